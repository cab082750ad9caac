package themetest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guiyi/internal/theme"
	"guiyi/internal/theme/themetest"
	"guiyi/web"
)

func handler(t *testing.T) http.Handler {
	t.Helper()
	base, err := web.Theme("default")
	if err != nil {
		t.Fatal(err)
	}
	set, err := theme.Load(base)
	if err != nil {
		t.Fatal(err)
	}
	h, err := themetest.Handler(set)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func get(t *testing.T, h http.Handler, target, cookie, referer string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	if cookie != "" {
		r.AddCookie(&http.Cookie{Name: "a11y", Value: cookie})
	}
	if referer != "" {
		r.Header.Set("Referer", referer)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestEverySampleIsServed(t *testing.T) {
	h := handler(t)
	for _, s := range themetest.Samples() {
		w := get(t, h, s.Path, "", "")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "<!DOCTYPE html>\n<html lang=\"zh-CN\">") ||
			w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d", s.Kind, w.Code)
		}
	}
	if w := get(t, h, "/nothing", "", ""); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "没有找到") {
		t.Errorf("unknown address: %d", w.Code)
	}
	if w := get(t, h, "/_m/bridge.svg", "", ""); w.Header().Get("Content-Type") != "image/svg+xml" ||
		w.Body.Len() == 0 {
		t.Error("picture")
	}
}

func TestSettingsInTag(t *testing.T) {
	h := handler(t)
	body := get(t, h, "/", "zoom=150&theme=wb&elder=1", "").Body.String()
	if !strings.HasPrefix(body,
		"<!DOCTYPE html>\n<html lang=\"zh-CN\" data-zoom=\"150\" data-theme=\"wb\" data-elder>") {
		t.Error(body[:90])
	}
}

func TestModeStoresAndReturns(t *testing.T) {
	h := handler(t)
	cases := []struct{ query, before, referer, cookie, location string }{
		{"elder=1", "zoom=125", "http://example.com/a.html?x=1", "elder=1&zoom=125", "/a.html?x=1"},
		{"elder=0", "elder=1", "", "", "/"},
		{"all=1&zoom=100&theme=&art=1&back=/b.html", "elder=1&zoom=150", "", "", "/b.html"},
		{"reset=1", "elder=1", "https://elsewhere.example/", "", "/"},
		{"elder=1&back=//evil.example/", "", "", "elder=1", "/"},
	}
	for _, c := range cases {
		w := get(t, h, "/_mode?"+c.query, c.before, c.referer)
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != c.location {
			t.Errorf("%s: %d to %s", c.query, w.Code, w.Header().Get("Location"))
		}
		if got := w.Result().Cookies()[0].Value; got != c.cookie {
			t.Errorf("%s: cookie %q, want %q", c.query, got, c.cookie)
		}
	}
}
