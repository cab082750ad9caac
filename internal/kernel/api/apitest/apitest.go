// Package apitest checks the responses of an API against its OpenAPI document.
package apitest

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"guiyi/internal/kernel/api"
)

// Conforms fails the test if the document does not describe the status or body of a response. path is relative to
// api.Base.
func Conforms(t testing.TB, a *api.API, method, path string, rec *httptest.ResponseRecorder) {
	t.Helper()
	op := operation(a, method, path)
	if op == nil {
		return // no operation has this address
	}
	described := op.Responses[strconv.Itoa(rec.Code)]
	if described == nil {
		t.Errorf("%s %s: status %d is not in the document", method, path, rec.Code)
		return
	}
	kind, _, _ := strings.Cut(rec.Header().Get("Content-Type"), ";")
	media := described.Content[kind]
	if rec.Body.Len() == 0 && len(described.Content) == 0 || !strings.HasSuffix(kind, "json") {
		return
	}
	if media == nil || media.Schema == nil {
		t.Errorf("%s %s: %d with %s is not in the document", method, path, rec.Code, kind)
		return
	}
	var v any
	if err := json.Unmarshal(rec.Body.Bytes(), &v); err != nil {
		t.Errorf("%s %s: %v", method, path, err)
		return
	}
	res := &huma.ValidateResult{}
	huma.Validate(a.Document().Components.Schemas, media.Schema, huma.NewPathBuffer(nil, 0), huma.ModeReadFromServer, v,
		res)
	for _, err := range res.Errors {
		t.Errorf("%s %s: the response does not match the document: %s", method, path, fmt.Sprint(err))
	}
}

// operation returns the operation that matches method and path. If several match, it returns the one with the fewest
// path parameters.
func operation(a *api.API, method, path string) (found *huma.Operation) {
	path, _, _ = strings.Cut(path, "?")
	fewest := -1
	a.Each(func(m, template string, op *huma.Operation) {
		if params := matchPath(strings.TrimPrefix(template, api.Base), path); m == method && params >= 0 &&
			(fewest < 0 || params < fewest) {
			found, fewest = op, params
		}
	})
	return found
}

// matchPath returns the number of path parameters in a template that matches path, or -1 if it does not match.
func matchPath(template, path string) (params int) {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return -1
	}
	for i, part := range want {
		switch {
		case strings.HasPrefix(part, "{") && have[i] != "":
			params++
		case part != have[i]:
			return -1
		}
	}
	return params
}
