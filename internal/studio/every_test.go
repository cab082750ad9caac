package studio_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"

	"guiyi/internal/app"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/kernel/token"
)

// What stands here holds of every operation of the document, and so of one that comes
// tomorrow: its tests are made from its description.

// request is an operation made ready to be called.
type request struct {
	op           operation
	method, path string
	body, kind   string
}

// each visits all operations, with parameters and bodies of a tenancy.
func (w *world) each(of *tenancy, visit func(r request)) {
	w.t.Helper()
	n := 0
	for path, item := range w.doc.Paths {
		for method, op := range item {
			n++
			visit(w.request(of, method, path, op))
		}
	}
	if n < 10 {
		w.t.Fatalf("only %d operations in the document", n)
	}
}

func (w *world) request(of *tenancy, method, path string, op operation) request {
	r := request{op: op, method: strings.ToUpper(method), path: path}
	for _, p := range op.Parameters {
		if p.In != "path" {
			continue
		}
		value, ok := of.params[p.Name]
		if !ok {
			w.t.Fatalf("%s: fixture_test.go gives no value for the path parameter %s", op.OperationID, p.Name)
		}
		r.path = strings.ReplaceAll(r.path, "{"+p.Name+"}", value)
	}
	if q := strings.ReplaceAll(queries[op.OperationID], "SITE", of.site.Code); q != "" {
		r.path += "?" + q
	}
	for kind, media := range op.RequestBody.Content {
		r.kind = kind
		if r.body = w.bodyOf(op, of); r.body == "" {
			raw, err := json.Marshal(w.doc.sample(media.Schema))
			w.must(err)
			r.body = string(raw)
		}
	}
	return r
}

func (w *world) send(secret string, r request, header ...string) *httptest.ResponseRecorder {
	if r.kind != "" {
		header = append([]string{"Content-Type", r.kind}, header...)
	}
	return w.call(secret, r.method, r.path, r.body, header...)
}

// refused checks that an answer is a problem of one of the statuses, in Chinese, that
// says what to do.
func (w *world) refused(what string, rec *httptest.ResponseRecorder, want ...int) {
	w.t.Helper()
	var p api.Problem
	if err := json.Unmarshal(rec.Body.Bytes(), &p); err != nil ||
		!strings.HasPrefix(rec.Header().Get("Content-Type"), "application/problem+json") {
		w.t.Errorf("%s: %d %s is no problem", what, rec.Code, rec.Body)
		return
	}
	if !slices.Contains(want, rec.Code) || p.Status != rec.Code || p.Title == "" || p.Instance == "" {
		w.t.Errorf("%s: %d %s, want %v", what, rec.Code, rec.Body, want)
	}
	if !strings.ContainsFunc(p.Detail, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		w.t.Errorf("%s: %q says nothing in Chinese", what, p.Detail)
	}
	for _, e := range p.Errors {
		if e.Field == "" || !strings.ContainsFunc(e.Detail, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			w.t.Errorf("%s: field %q: %q", what, e.Field, e.Detail)
		}
	}
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.EachURL(t, func(t *testing.T, dsn string) { fn(t, newWorld(t, dsn)) }, app.Migrations()...)
}

func TestEveryOperationDeclaresAPermission(t *testing.T) {
	w := newWorld(t, storetest.SQLite(t, app.Migrations()...))
	a := w.newAPI()
	if got := a.Permissionless(); len(got) > 0 {
		t.Errorf("operations without a permission: %v", got)
	}
	known := w.p.Tokens.Known
	used := map[string]bool{}
	w.each(w.a, func(r request) {
		used[r.op.Permission] = true
		if !slices.Contains(known, r.op.Permission) {
			t.Errorf("%s declares %q, which no token can have", r.op.OperationID, r.op.Permission)
		}
	})
	for _, p := range known {
		if !used[p] {
			t.Errorf("permission %s opens nothing", p)
		}
	}
	// It can fail: an operation that declares none is found, and closed to everybody.
	api.Register(a, api.Operation{ID: "forgotten", Method: "GET", Path: "/forgotten", Tag: "t"}, w.nothing)
	if got := a.Permissionless(); len(got) != 1 || got[0] != "forgotten" {
		t.Errorf("a forgotten permission is not found: %v", got)
	}
	rec := httptest.NewRecorder()
	r := httptest.NewRequest("GET", api.Base+"/forgotten", nil)
	r.Header.Set("Authorization", "Bearer "+w.all)
	if a.ServeHTTP(rec, r); rec.Code != 403 {
		t.Errorf("a forgotten permission opens: %d", rec.Code)
	}
}

func TestEveryOperationWantsTokenAndPermission(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		without := map[string]string{} // permission → token with all others
		for _, p := range w.p.Tokens.Known {
			others := slices.DeleteFunc(slices.Clone(w.p.Tokens.Known), func(o string) bool { return o == p })
			without[p] = w.token(token.Request{Permissions: others, All: true})
		}
		w.each(w.a, func(r request) {
			w.refused(r.op.OperationID+" without token", w.send("", r), 401)
			w.refused(r.op.OperationID+" with a wrong token", w.send("gy1_1_AAAAAAAAAAAAAAAAAAAAAAAAAA", r), 401)
			w.refused(r.op.OperationID+" without permission", w.send(without[r.op.Permission], r), 403)
		})
	})
}

// A token of b, with every permission, gets nothing of a: not its existence either.
func TestEveryOperationKeepsToItsSites(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var all []request
		w.each(w.a, func(r request) { all = append(all, r) })
		// Reading first: what is deleted cannot be read.
		order := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
		slices.SortStableFunc(all, func(x, y request) int {
			return (slices.Index(order, x.method)-slices.Index(order,
				y.method))*1000 + strings.Compare(x.op.OperationID, y.op.OperationID)
		})
		for _, r := range all {
			foreign := w.own(w.b, r)
			switch {
			case slices.Contains(platform, r.op.OperationID):
				w.refused(r.op.OperationID+" by one site", foreign, 403, 404)
				continue
			case strings.Contains(r.path, w.a.site.Code), strings.Contains(r.body, w.a.site.Code), w.names(r),
				strings.Contains(r.body, `"`+w.a.params["item"]+`"`):
				w.refused(r.op.OperationID+" of another site", foreign, 404)
			default: // a list over what the token reaches
				if foreign.Code >= 300 {
					t.Errorf("%s: %d %s", r.op.OperationID, foreign.Code, foreign.Body)
				}
				for name, value := range w.a.params {
					if name != "revision" && strings.Contains(foreign.Body.String(), `"`+value+`"`) {
						t.Errorf("%s shows %s %s of another site", r.op.OperationID, name, value)
					}
				}
			}
			// The same by its own token is carried out: so it was the site that was refused.
			if own := w.own(w.a, r); own.Code >= 300 && own.Code != 409 {
				t.Errorf("%s by its own site: %d %s (a body in fixture_test.go may be missing)", r.op.OperationID,
					own.Code, own.Body)
			}
		}
	})
}

// names reports whether a path parameter names something.
func (w *world) names(r request) bool {
	return slices.ContainsFunc(r.op.Parameters, func(p struct {
		Name, In string
		Required bool
		Schema   schema
	}) bool {
		return p.In == "path"
	})
}

func TestEveryOperationRefusesWrongParameters(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for path, item := range w.doc.Paths {
			for method, op := range item {
				r := w.request(w.a, method, path, op)
				with := func(query string) request {
					n := r
					path, old, _ := strings.Cut(r.path, "?")
					q, _ := url.ParseQuery(old)
					name, value, _ := strings.Cut(query, "=")
					plain, _ := url.QueryUnescape(value)
					q.Set(name, plain)
					n.path = path + "?" + q.Encode()
					return n
				}
				w.refused(op.OperationID+" unknown parameter", w.send(w.all, with("nonsense=1")), 422)
				for _, p := range op.Parameters {
					what := op.OperationID + " " + p.Name
					switch {
					case p.In == "path":
						for _, value := range []string{"%21%21", strings.Repeat("9", 300), "none"} {
							n := w.request(&tenancy{site: w.a.site, params: with1(w.a.params, p.Name, value)}, method,
								path, op)
							w.refused(what+"="+value, w.send(w.all, n), 404, 422)
						}
					case p.In == "query" && p.Name == "cursor":
						for _, value := range []string{"x", "eyJsIjoieCIsImEiOlsxXX0", strings.Repeat("A", 4001)} {
							w.refused(what+"="+value, w.send(w.all, with("cursor="+value)), 422)
						}
					case p.In == "query" && p.Schema.kind() == "integer":
						for _, value := range []string{"abc", "-1", "1.5", "99999999999999999999"} {
							w.refused(what+"="+value, w.send(w.all, with(p.Name+"="+value)), 422)
						}
					case p.In == "query" && p.Schema.kind() == "string":
						w.refused(what+" too long",
							w.send(w.all, with(p.Name+"="+url.QueryEscape(strings.Repeat("长", 3000)))), 404, 422)
					case p.In == "header":
						w.refused(what+" with a space", w.send(w.all, r, p.Name, "a b"), 422)
					}
				}
			}
		}
	})
}

func with1(m map[string]string, name, value string) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[k] = v
	}
	out[name] = value
	return out
}

func TestEveryOperationRefusesWrongBodies(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.each(w.a, func(r request) {
			if r.kind == "" {
				return
			}
			n := r
			n.kind = "text/x-other"
			w.refused(r.op.OperationID+" content type", w.send(w.all, n), 415)
			if r.kind != "application/json" {
				return
			}
			for name, body := range map[string]string{"nothing": "", "half": `{"a":`, "not JSON": "<xml/>",
				"not UTF-8": "{\"a\":\"\xff\xfe\"}", "list": "[]", "text": `"a"`, "number": "1", "null": "null",
				"unknown field": `{"nonsense":1}`,
				"deep":          strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)} {
				n := r
				n.body = body
				w.refused(r.op.OperationID+" "+name, w.send(w.all, n, "Content-Type", "application/json"), 400, 422)
			}
			w.fields(r)
		})
	})
}

// fields sends the body with each property missing, of a wrong type, and too long.
func (w *world) fields(r request) {
	s := w.doc.resolve(r.op.RequestBody.Content[r.kind].Schema)
	for name, p := range s.Properties {
		p = w.doc.resolve(p)
		wrong := map[string]any{"of another type": map[string]any{"a": []any{1}}}
		if p.kind() == "object" {
			wrong["of another type"] = "text"
		}
		if p.kind() == "string" {
			wrong["a number"], wrong["very long"] = 7, strings.Repeat("长", max(p.MaxLength+1, 100))
			if name == "html" { // bounded by the body alone
				delete(wrong, "very long")
			}
		}
		if slices.Contains(s.Required, name) {
			wrong["missing"] = nil
		}
		for what, value := range wrong {
			var body map[string]any
			w.must(json.Unmarshal([]byte(r.body), &body))
			if body[name] = value; value == nil {
				delete(body, name)
			}
			raw, err := json.Marshal(body)
			w.must(err)
			n := r
			n.body = string(raw)
			w.refused(r.op.OperationID+" "+name+" "+what, w.send(w.all, n), 422)
		}
	}
}
