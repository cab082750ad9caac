// Package apitest checks answers of an API against its own document.
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

// Conforms reports an answer whose status or body the document does not describe. path is below api.Base.
func Conforms(t testing.TB, a *api.API, method, path string, rec *httptest.ResponseRecorder) {
	t.Helper()
	op := operation(a, method, path)
	if op == nil {
		return // an address that is none
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
		t.Errorf("%s %s: the answer does not fit the document: %s", method, path, fmt.Sprint(err))
	}
}

// operation finds the operation of a path: the one with the fewest names in it.
func operation(a *api.API, method, path string) (found *huma.Operation) {
	path, _, _ = strings.Cut(path, "?")
	fewest := -1
	a.Each(func(m, template string, op *huma.Operation) {
		if names := fits(strings.TrimPrefix(template, api.Base), path); m == method && names >= 0 &&
			(fewest < 0 || names < fewest) {
			found, fewest = op, names
		}
	})
	return found
}

// fits counts the names of a template that a path fits, -1 when it does not.
func fits(template, path string) (names int) {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return -1
	}
	for i, part := range want {
		switch {
		case strings.HasPrefix(part, "{") && have[i] != "":
			names++
		case part != have[i]:
			return -1
		}
	}
	return names
}
