package portal

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"guiyi/internal/dynamic"
	"guiyi/internal/dynamic/dynamictest"
)

func handler(t testing.TB) http.Handler {
	return dynamictest.Handler(t, dynamic.Options{}, Access(), QR())
}

var get = dynamictest.Get

// stored returns the settings the answer stores, decoded; "-" when it deletes them.
func stored(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	for _, c := range w.Result().Cookies() {
		if c.Name != "a11y" {
			continue
		}
		if c.MaxAge < 0 {
			return "-"
		}
		if c.Path != "/" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("%+v", c)
		}
		plain, err := url.QueryUnescape(c.Value)
		if err != nil {
			t.Fatal(err)
		}
		return plain
	}
	return ""
}

func TestMode(t *testing.T) {
	h := handler(t)
	cookie := "a11y=" + url.QueryEscape("elder=1&zoom=150")
	for _, c := range []struct{ name, target, cookie, want, back string }{
		{"elder on", "/_mode?elder=1", "", "elder=1", "/zwgk/"},
		{"elder off", "/_mode?elder=0", cookie, "zoom=150", "/zwgk/"},
		{"added", "/_mode?theme=yb", cookie, "elder=1&theme=yb&zoom=150", "/zwgk/"},
		{"form", "/_mode?all=1&zoom=200&art=1.25&theme=&text=1", cookie, "art=1.25&text=1&zoom=200", "/zwgk/"},
		{"form of defaults", "/_mode?all=1&zoom=100&art=1&theme=", cookie, "-", "/zwgk/"},
		{"reset", "/_mode?reset=1&elder=1", cookie, "-", "/zwgk/"},
		{"unknown values", "/_mode?zoom=999&theme=%3Cscript%3E&evil=1", cookie, "elder=1", "/zwgk/"},
		{"wrong cookie", "/_mode?elder=1", "a11y=%25zz;", "elder=1", "/zwgk/"},
		{"given back", "/_mode?elder=1&back=%2Fsearch%3Fq%3Da", "", "elder=1", "/search?q=a"},
	} {
		w := get(h, "GET", c.target, "Cookie", c.cookie, "Referer", "https://www.qinghe.gov.cn/zwgk/")
		if got := stored(t, w); got != c.want || w.Code != http.StatusSeeOther || w.Header().Get("Location") != c.back {
			t.Errorf("%s: %d %q to %q, want %q to %q", c.name, w.Code, got, w.Header().Get("Location"), c.want, c.back)
		}
	}
}

func TestModeStaysOnSite(t *testing.T) {
	h := handler(t)
	for _, back := range []string{
		"https://evil.example/", "//evil.example/", "/\\evil.example", "/%5cevil.example", "\\\\evil",
		"javascript:alert(1)", "evil", "", "/a\r\nSet-Cookie: x=1", "/\t/evil.example",
		"/_mode?elder=1", "/_access", "http:/evil", "/a//b", "/../x", "/%2f%2fevil.example",
		"/" + strings.Repeat("a", 3000),
	} {
		w := get(h, "GET", "/_mode?elder=1&back="+url.QueryEscape(back), "Referer", "https://evil.example/x")
		if got := w.Header().Get("Location"); got != "/_access?saved=1" || w.Code != http.StatusSeeOther {
			t.Errorf("back %q leads to %q (%d)", back, got, w.Code)
		}
		if len(w.Result().Cookies()) != 1 {
			t.Errorf("back %q: cookies %v", back, w.Result().Cookies())
		}
	}
	for back, want := range map[string]string{"/": "/", "/zwgk/?a=1&b=%E6%B8%85": "/zwgk/?a=1&b=%E6%B8%85",
		"/a#part": "/a"} {
		if got := get(h, "GET", "/_mode?elder=1&back="+url.QueryEscape(back)).Header().Get("Location"); got != want {
			t.Errorf("back %q leads to %q", back, got)
		}
	}
}

func TestModeByPost(t *testing.T) {
	post := func(body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/_access", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return dynamictest.Do(handler(t), r, dynamictest.HTTPS, "true")
	}
	w := post("all=1&zoom=125&back=%2Fzwgk%2F")
	if got := stored(t, w); got != "zoom=125" || w.Code != http.StatusSeeOther ||
		w.Header().Get("Location") != "/zwgk/" || !w.Result().Cookies()[0].Secure {
		t.Errorf("%d %q %v", w.Code, got, w.Header())
	}
	if w := post(strings.Repeat("a", 64<<10)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("large form: %d", w.Code)
	}
}

func TestAccessPage(t *testing.T) {
	w := get(handler(t), "GET", "/_access?saved=1&back=/zwgk/", "Cookie",
		"a11y="+url.QueryEscape("elder=1&zoom=150&theme=yb&art=1.25"))
	body := w.Body.String()
	for _, want := range []string{`action="/_mode"`, `name="back" value="/zwgk/"`, `name="zoom" value="150" checked`,
		`name="theme" value="yb" checked`,
		`name="elder" value="1" checked`, `name="art" value="1.25" checked`, "设置已保存"} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if strings.Contains(body, `name="text" value="1" checked`) || w.Code != 200 {
		t.Errorf("%d, text mode is checked", w.Code)
	}
	if body := get(handler(t), "GET", "/_access?back=//evil.example", "Referer",
		"https://www.qinghe.gov.cn/a/?b=1").Body.String(); !strings.Contains(body, `name="back" value="/a/?b=1"`) ||
		strings.Contains(body, "evil") {
		t.Error("does not lead back to the page before")
	}
}

func TestAttributesAreWritten(t *testing.T) {
	h := handler(t)
	for cookie, want := range map[string]string{
		"":                  `<html lang="zh-CN">`,
		"elder=1":           `<html lang="zh-CN" data-elder>`,
		"zoom=125&theme=yb": `<html lang="zh-CN" data-zoom="125" data-theme="yb">`,
		"zoom=126&theme=x":  `<html lang="zh-CN">`,
		"text=1&cursor=1&art=0.9&elder=1&theme=wb&zoom=200": `<html lang="zh-CN" data-elder data-zoom="200" data-theme="wb" data-text-only data-cursor data-art="0.9">`,
	} {
		for _, target := range []string{"/_access", "/nothing"} {
			if body := get(h, "GET", target, "Cookie",
				"a11y="+url.QueryEscape(cookie)).Body.String(); !strings.HasPrefix(body, "<!DOCTYPE html>\n"+want) {
				t.Errorf("%s with %q: %.120s", target, cookie, body)
			}
		}
	}
}

func FuzzSamePath(f *testing.F) {
	for _, s := range []string{"/a?b=c#d", "//evil", "/\\evil", "/%2e%2e/", "/a;b", "/\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := samePath(s)
		if !ok {
			return
		}
		base, _ := url.Parse("https://www.qinghe.gov.cn/x/")
		u, err := base.Parse(got)
		if err != nil || u.Host != base.Host || u.Scheme != "https" || strings.HasPrefix(got, "//") ||
			strings.ContainsAny(got, "\\\r\n\t ") {
			t.Fatalf("%q leads to %q", s, got)
		}
	})
}
