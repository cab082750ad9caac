package studio_test

import (
	"compress/gzip"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"guiyi/internal/studio"
)

func consoleOf(t *testing.T, files fstest.MapFS) http.Handler {
	t.Helper()
	h, err := studio.New(studio.Options{Version: "1", Console: files, Ops: http.NotFoundHandler(),
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// The page is never kept, its files always are; nothing beside them is served.
func TestConsole(t *testing.T) {
	script := strings.Repeat("console;", 500)
	h := consoleOf(t, fstest.MapFS{
		"index.html":       {Data: []byte("<!doctype html><title>归一</title>")},
		"assets/app-1.js":  {Data: []byte(script)},
		"placeholder.txt":  {Data: []byte("no")},
		"assets/app-1.css": {Data: []byte("a{}")},
	})
	get := func(path string, header ...string) *http.Response {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		if len(header) > 0 {
			r.Header.Set("Accept-Encoding", header[0])
		}
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec.Result()
	}
	page := get("/")
	policy := page.Header.Get("Content-Security-Policy")
	if page.StatusCode != 200 || page.Header.Get("Cache-Control") != "no-cache" ||
		!strings.Contains(policy, "script-src 'self';") || !strings.Contains(policy, "frame-ancestors 'none'") {
		t.Errorf("page: %d %v", page.StatusCode, page.Header)
	}
	for range 2 {
		js := get("/assets/app-1.js", "gzip, br")
		z, err := gzip.NewReader(js.Body)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil || string(body) != script || !strings.Contains(js.Header.Get("Cache-Control"), "immutable") ||
			!strings.HasPrefix(js.Header.Get("Content-Type"), "text/javascript") {
			t.Errorf("script: %v %v", err, js.Header)
		}
	}
	if plain, _ := io.ReadAll(get("/assets/app-1.js").Body); string(plain) != script {
		t.Error("a client that takes no gzip gets gzip")
	}
	for _, path := range []string{"/placeholder.txt", "/assets/", "/assets/app-2.js", "/index.html", "/nowhere"} {
		if got := get(path); got.StatusCode != 404 {
			t.Errorf("%s answers %d", path, got.StatusCode)
		}
	}
}

// A binary without the console says how to build it, and the API works.
func TestConsoleNotBuilt(t *testing.T) {
	h := consoleOf(t, fstest.MapFS{"placeholder.txt": {}})
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), "make build") {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}
