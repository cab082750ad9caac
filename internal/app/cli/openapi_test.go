package cli

import (
	"bytes"
	"encoding/json"
	"testing"
)

// The document is printed without a data folder, and whole: every operation names its permission and its responses.
func TestOpenAPI(t *testing.T) {
	var out, errs bytes.Buffer
	if status := Main([]string{"openapi"}, &out, &errs); status != 0 {
		t.Fatalf("status %d, %s", status, errs.String())
	}
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Permission  string `json:"x-permission"`
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil || doc.OpenAPI != "3.1.0" || len(doc.Paths) < 30 {
		t.Fatalf("%v, %d paths", err, len(doc.Paths))
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			if op.OperationID == "" || op.Permission == "" || len(op.Responses) < 5 {
				t.Errorf("%s %s: %+v", method, path, op)
			}
		}
	}
	errs.Reset()
	if status := Main([]string{"openapi", "more"}, &out, &errs); status != 2 || errs.Len() == 0 {
		t.Errorf("with an argument: status %d, %s", status, errs.String())
	}
}
