package portal

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"guiyi/internal/dynamic"
	"guiyi/internal/dynamic/dynamictest"
	"guiyi/internal/kernel/a11y"
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

// post sends a form as a browser does.
func post(t *testing.T, path, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return dynamictest.Do(handler(t), r, headers...)
}

func TestAccessForm(t *testing.T) {
	if err := accessForm().Valid(); err != nil {
		t.Fatal(err)
	}
	cookie := "a11y=" + url.QueryEscape("elder=1&zoom=150")
	for _, c := range []struct{ name, body, want string }{
		{"some", "zoom=125&back=%2Fzwgk%2F", "zoom=125"},
		{"all", "zoom=200&art=1.25&theme=wb&mode=elder&mode=text&mode=cursor&back=%2Fzwgk%2F",
			"art=1.25&cursor=1&elder=1&text=1&theme=wb&zoom=200"},
		{"standard view", "zoom=100&art=1&theme=&back=%2Fzwgk%2F", "-"},
		{"nothing", "back=%2Fzwgk%2F", "-"},
	} {
		w := post(t, "/_access", c.body, dynamictest.HTTPS, "true", "Cookie", cookie)
		if got := stored(t, w); got != c.want || w.Code != http.StatusSeeOther ||
			w.Header().Get("Location") != "/zwgk/" || !w.Result().Cookies()[0].Secure {
			t.Errorf("%s: %d %q %v", c.name, w.Code, got, w.Header())
		}
	}
	if w := post(t, "/_access", "zoom=125&back=%2F%2Fevil.example"); w.Header().Get("Location") != "/_access?saved=1" {
		t.Errorf("leads to %q", w.Header().Get("Location"))
	}
	if w := post(t, "/_access", strings.Repeat("a", 64<<10+1)); w.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("large form: %d", w.Code)
	}
	if w := post(t, "/_mode", "elder=1&back=%2Fa"); stored(t, w) != "elder=1" || w.Header().Get("Location") != "/a" {
		t.Errorf("by the old address: %d %v", w.Code, w.Header())
	}
}

// A wrong value changes nothing; the page comes back with all that was chosen and says what is wrong.
func TestAccessFormFaults(t *testing.T) {
	for _, c := range []struct{ body, fault, href string }{
		{"zoom=999&theme=yb&mode=elder", "请从列出的选项中选择显示大小。", "#access-zoom-1"},
		{"zoom=125&theme=%3Cscript%3E&mode=elder", "请从列出的选项中选择配色。", "#access-theme-1"},
		{"zoom=125&zoom=150&theme=yb&mode=elder", "只能填写一个值。", "#access-zoom-1"},
		{"zoom=125&mode=elder&mode=evil", "请从列出的选项中选择阅读方式。", "#access-mode-1"},
	} {
		w := post(t, "/_access", c.body+"&back=%2Fzwgk%2F")
		body := w.Body.String()
		if w.Code != http.StatusBadRequest || len(w.Result().Cookies()) != 0 {
			t.Errorf("%s: %d %v", c.body, w.Code, w.Header())
		}
		for _, want := range []string{`<a href="` + c.href + `">` + c.fault, `value="elder" checked`,
			`name="back" value="/zwgk/"`, "<title>填写有误：无障碍与长者设置"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: %q is missing", c.body, want)
			}
		}
		if strings.Contains(body, "<script>") {
			t.Error("markup of the reader's is in the page")
		}
	}
}

func TestAccessPage(t *testing.T) {
	w := get(handler(t), "GET", "/_access?saved=1&back=/zwgk/", "Cookie",
		"a11y="+url.QueryEscape("elder=1&zoom=150&theme=yb&art=1.25"))
	body := w.Body.String()
	for _, want := range []string{`action="/_access" method="post"`, `name="back" value="/zwgk/"`,
		`name="zoom" value="150" checked`, `name="theme" value="yb" checked`, `name="mode" value="elder" checked`,
		`name="art" value="1.25" checked`, "设置已保存", `href="/_mode?back=%2Fzwgk%2F&amp;reset=1"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
	if n := strings.Count(body, " checked"); n != 4 || w.Code != 200 {
		t.Errorf("%d, %d boxes are checked", w.Code, n)
	}
	body = get(handler(t), "GET", "/_access").Body.String()
	if n := strings.Count(body, " checked"); n != 3 || strings.Contains(body, "设置已保存") {
		t.Errorf("the standard view: %d boxes are checked", n)
	}
	if body := get(handler(t), "GET", "/_access?back=//evil.example", "Referer",
		"https://www.qinghe.gov.cn/a/?b=1").Body.String(); !strings.Contains(body, `name="back" value="/a/?b=1"`) ||
		strings.Contains(body, "evil") {
		t.Error("does not lead back to the page before")
	}
}

// Every setting that the cookie knows can be chosen in the form.
func TestAccessFormIsWhole(t *testing.T) {
	body := get(handler(t), "GET", "/_access").Body.String()
	for name, values := range a11y.Values() {
		for _, value := range values {
			want := `name="` + name + `" value="` + value + `"`
			if value == "1" && name != "art" {
				want = `name="mode" value="` + name + `"`
			}
			if !strings.Contains(body, want) {
				t.Errorf("%s=%s cannot be chosen", name, value)
			}
		}
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
