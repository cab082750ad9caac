package api

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// What was given and is empty is refused, not taken for absent: a program that failed to fill it means something else.
func TestEmptyParameters(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for target, field := range map[string]string{
			"/notes?limit=":           "query.limit",
			"/notes?cursor=":          "query.cursor",
			"/notes?limit":            "query.limit", // without the sign
			"/notes?limit=5&limit=":   "query.limit",
			"/notes?cursor=&limit=":   "query.cursor",
			"/notes?unknown=":         "query.unknown",
			"/notes?limit=%20":        "query.limit",
			"/notes?cursor=%E3%80%80": "query.cursor", // a wide blank
			"/notes?limit=5&limit=5":  "query.limit",
			"/notes?limit=5&limit=6":  "query.limit",
			"/notes?cursor=a%00b":     "query.cursor",
			"/notes?cursor=a%0Ab":     "query.cursor",
			"/notes?cursor=%FF":       "query.cursor",
			"/notes?limit[]=5":        "query.limit[]",
			"/notes?Limit=5":          "query.Limit",
		} {
			rec := w.call("GET", target, "")
			p := problem(t, rec)
			if rec.Code != 422 || len(p.Errors) == 0 || p.Errors[0].Field != field {
				t.Errorf("%s: %d %s", target, rec.Code, rec.Body)
			}
		}
		for _, target := range []string{"/notes?limit=5;limit=6", "/notes?limit=%zz", "/notes?%=1", "/notes?a=5&%"} {
			rec := w.call("GET", target, "")
			if p := problem(t, rec); rec.Code != 422 || !strings.Contains(p.Detail, "写法有误") {
				t.Errorf("%s: %d %s", target, rec.Code, rec.Body)
			}
		}
		for _, target := range []string{"/notes", "/notes?", "/notes?limit=5", "/notes?&limit=5&"} {
			if rec := w.call("GET", target, ""); rec.Code != 200 {
				t.Errorf("%s: %d %s", target, rec.Code, rec.Body)
			}
		}
		if rec := w.call("GET", "/notes?limit=", "", "Authorization", "Bearer wrong"); rec.Code != 401 {
			t.Errorf("a stranger learns about parameters: %d", rec.Code)
		}
	})
}

func TestEmptyKey(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for name, keys := range map[string][]string{
			"empty": {""}, "a blank": {" "}, "two": {"a", "b"}, "one of two empty": {"a", ""},
			"too long": {strings.Repeat("k", 256)}, "with a blank inside": {"a b"}, "Chinese": {"键"},
		} {
			r := httptest.NewRequestWithContext(t.Context(), "POST", Base+"/notes", strings.NewReader(`{"text":"x"}`))
			r.Header.Set("Authorization", "Bearer "+w.secret)
			r.Header.Set("Content-Type", "application/json")
			r.Header["Idempotency-Key"] = keys
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, r)
			if p := problem(t, rec); rec.Code != 422 || !strings.Contains(p.Detail, "Idempotency-Key") {
				t.Errorf("%s: %d %s", name, rec.Code, rec.Body)
			}
		}
		if n := w.notes(); n != 0 {
			t.Errorf("%d notes were made", n)
		}
		if rec := w.call("GET", "/notes", "", "Idempotency-Key", ""); rec.Code != 200 {
			t.Errorf("a reading request needs no key: %d", rec.Code)
		}
	})
}
