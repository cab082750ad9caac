package studio_test

import (
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"guiyi/internal/app"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/store/storetest"
)

func (w *world) nothing(context.Context, *struct{}) (*struct{}, error) { return nil, nil }

// The reference needs no script and nothing from elsewhere, and names every operation.
func TestReference(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	rec := w.call("", "GET", api.Base+"/docs", "")
	page := rec.Body.String()
	if rec.Code != 200 || !strings.Contains(rec.Header().Get("Content-Security-Policy"), "default-src 'none'") ||
		strings.Contains(rec.Header().Get("Content-Security-Policy"), "unsafe") {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	if strings.Contains(page, "<script") || strings.Contains(page, "style=") ||
		regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(page) {
		t.Error("the page runs scripts, has inline styles, or loads from elsewhere")
	}
	w.each(w.a, func(r request) {
		if !strings.Contains(page, `<section id="`+r.op.OperationID+`">`) {
			t.Errorf("the page does not tell of %s", r.op.OperationID)
		}
	})
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(page, -1) {
		if !strings.Contains(page, `id="`+m[1]+`"`) {
			t.Errorf("a link leads to #%s, which is not there", m[1])
		}
	}
	if css := w.call("", "GET", api.Base+"/docs.css", ""); css.Code != 200 ||
		css.Header().Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("css: %d", css.Code)
	}
}

func TestDocument(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	rec := w.call("", "GET", api.Base+"/openapi.json", "")
	var doc map[string]any
	if err := json.Unmarshal(rec.Body.Bytes(), &doc); err != nil || doc["openapi"] != "3.1.0" {
		t.Fatalf("%v %v", doc["openapi"], err)
	}
	if text, err := app.Document(); err != nil || string(text) != rec.Body.String() {
		t.Errorf("without a database the document is another: %v", err)
	}
	yaml := w.call("", "GET", api.Base+"/openapi.yaml", "").Body.String()
	if !strings.Contains(yaml, "operationId: list-sites") || strings.Contains(rec.Body.String(), "ErrorModel") {
		t.Error("the YAML form is empty, or errors are described as huma's")
	}
	ids := map[string]bool{}
	w.each(w.a, func(r request) {
		if ids[r.op.OperationID] || !regexp.MustCompile(`^[a-z]+(-[a-z]+)+$`).MatchString(r.op.OperationID) {
			t.Errorf("operation id %q is repeated or of another form", r.op.OperationID)
		}
		ids[r.op.OperationID] = true
		if r.op.Responses["422"].Content["application/problem+json"].Schema.Ref != "#/components/schemas/Problem" {
			t.Errorf("%s does not tell of its problems", r.op.OperationID)
		}
	})
}

// Health and metrics stay where they were; nothing of the API is open.
func TestOpsBesideTheAPI(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	if rec := w.call("", "GET", "/metrics", ""); rec.Code != 404 ||
		rec.Header().Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("the handler of operators is not asked: %d", rec.Code)
	}
	w.refused("unknown", w.call("", "GET", api.Base+"/nowhere", ""), 404)
	w.refused("unknown, strange path", w.call("", "GET", api.Base+"/sites/../tokens", ""), 400)
}

// The log says who did what, and holds no secret.
func TestLogNamesTheToken(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	w.call(w.a.secret, "GET", api.Base+"/sites", "", "X-Request-Id", "request-12345")
	log := w.log.String()
	id := strings.Split(w.a.secret, "_")[1]
	if !regexp.MustCompile(`msg=api operation=list-sites path=/api/v1/sites actor=token:` + id +
		` status=200 .*request_id=request-12345`).MatchString(log) {
		t.Errorf("log: %s", log)
	}
	for _, secret := range []string{w.a.secret, w.b.secret, w.all} {
		if strings.Contains(log, strings.Split(secret, "_")[2]) {
			t.Error("the log holds a secret")
		}
	}
}
