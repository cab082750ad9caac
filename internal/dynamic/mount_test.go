package dynamic_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/dynamic/dynamictest"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/theme"
)

func says(text string) dynamic.Handler {
	return func(w http.ResponseWriter, r *dynamic.Request) error {
		_, err := fmt.Fprint(w, text, " ", r.Method)
		return err
	}
}

// access is a mount that answers both addresses of the settings.
func access(get, post dynamic.Handler) dynamic.Mount {
	return dynamic.Mount{Name: address.MountAccess, Routes: []dynamic.Route{
		{Pattern: address.Access, Get: get, Post: post},
		{Pattern: address.AccessMode, Get: get, Post: post},
	}}
}

func qr(get dynamic.Handler, perMinute int) dynamic.Mount {
	return dynamic.Mount{Name: address.MountQR, Routes: []dynamic.Route{
		{Pattern: address.QR, Get: get, PerMinute: perMinute},
	}}
}

// A mount must answer the rows of its name by their methods: no more, no less.
func TestMountIsHeldAgainstTheTable(t *testing.T) {
	h := says("")
	route := func(pattern string, get, post dynamic.Handler) dynamic.Route {
		return dynamic.Route{Pattern: pattern, Get: get, Post: post}
	}
	mount := func(name string, routes ...dynamic.Route) dynamic.Mount {
		return dynamic.Mount{Name: name, Routes: routes}
	}
	for name, c := range map[string]struct {
		mounts []dynamic.Mount
		good   bool
	}{
		"none":            {nil, true},
		"whole":           {[]dynamic.Mount{access(h, h), qr(h, 0)}, true},
		"row missing":     {[]dynamic.Mount{mount("access", route("/_access", h, h))}, false},
		"method missing":  {[]dynamic.Mount{access(h, nil)}, false},
		"method too many": {[]dynamic.Mount{mount("qr", route("/_qr", h, h))}, false},
		"unknown path":    {[]dynamic.Mount{mount("qr", route("/_qr", h, nil), route("/qr", h, nil))}, false},
		"path of another": {[]dynamic.Mount{mount("qr", route("/_qr", h, nil), route("/search", h, nil))}, false},
		"published path":  {[]dynamic.Mount{mount("qr", route("/_qr", h, nil), route("/{$}", h, nil))}, false},
		"reserved path":   {[]dynamic.Mount{mount("letter", route("/letters/", h, nil))}, false},
		"twice":           {[]dynamic.Mount{qr(h, 0), qr(h, 0)}, false},
		"without a name":  {[]dynamic.Mount{mount("", route("/api/", h, nil))}, false},
	} {
		_, err := dynamic.New(dynamic.Options{Sites: dynamictest.City{}}, c.mounts...)
		if (err == nil) != c.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestUnanswered(t *testing.T) {
	missing := map[string]bool{}
	for _, row := range dynamic.Unanswered(qr(says(""), 0)) {
		missing[row.Pattern] = true
	}
	for pattern, want := range map[string]bool{"/search": true, "/api/v1/search": true, "/_access": true, "/_qr": false,
		"/api/": false, "/{$}": false, "/letters/": false} {
		if missing[pattern] != want {
			t.Errorf("%s is missing: %v", pattern, !want)
		}
	}
}

func TestMethods(t *testing.T) {
	h := dynamictest.Handler(t, dynamic.Options{}, access(says("get"), says("post")), qr(says("qr"), 0))
	for _, c := range []struct {
		method, path, want, allow string
		status                    int
	}{
		{"GET", "/_access", "get GET", "", 200},
		{"HEAD", "/_access", "get HEAD", "", 200},
		{"POST", "/_access", "post POST", "", 200},
		{"PUT", "/_access", "不接受此种请求方式", "GET, HEAD, POST, OPTIONS", 405},
		{"BREW", "/_access", "不接受此种请求方式", "GET, HEAD, POST, OPTIONS", 405},
		{"OPTIONS", "/_access", "", "GET, HEAD, POST, OPTIONS", 204},
		{"OPTIONS", "/_qr", "", "GET, HEAD, OPTIONS", 204},
		{"POST", "/_qr", "不接受此种请求方式", "GET, HEAD, OPTIONS", 405},
		{"OPTIONS", "/search", "没有找到这个页面", "", 404}, // not mounted
		{"GET", "/_qr", "qr GET", "", 200},
		{"GET", "/search", "没有找到这个页面", "", 404}, // not mounted
		{"GET", "/_qr/", "没有找到这个页面", "", 404},
		{"GET", "/zwgk/", "没有找到这个页面", "", 404},
	} {
		w := dynamictest.Get(h, c.method, c.path)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: %d %v %.200s", c.method, c.path, w.Code, w.Header(), w.Body)
		}
	}
}

// What is too much is told as a page to a browser and as a problem to a program, per address and network.
func TestRate(t *testing.T) {
	at := time.Unix(1000, 0)
	h := dynamictest.Handler(t, dynamic.Options{Now: func() time.Time { return at }}, qr(says("qr"), 2))
	for i, want := range []int{200, 200, 429, 429} {
		accept := "text/html"
		if i == 3 {
			accept = "application/json"
		}
		w := dynamictest.Get(h, "GET", "/_qr", dynamictest.Client, "192.0.2.7", "Accept", accept)
		if w.Code != want {
			t.Fatalf("call %d: %d", i, w.Code)
		}
		if want == 429 && (w.Header().Get("Retry-After") != "61" || w.Header().Get("Cache-Control") != "no-store" ||
			!strings.Contains(w.Body.String(), "请求过于频繁，请在 61 秒后重试") ||
			(accept == "text/html") != strings.HasPrefix(w.Body.String(), a11y.PageStart)) {
			t.Errorf("%v %s", w.Header(), w.Body)
		}
	}
	if w := dynamictest.Get(h, "GET", "/_qr", dynamictest.Client, "192.0.2.8"); w.Code != 200 {
		t.Errorf("another reader: %d", w.Code)
	}
	for i, want := range []int{200, 200, 429} {
		from := fmt.Sprintf("2001:db8::%d", i)
		if w := dynamictest.Get(h, "GET", "/_qr", dynamictest.Client, from); w.Code != want {
			t.Errorf("one IPv6 network, call %d: %d", i, w.Code)
		}
	}
	at = at.Add(time.Minute)
	if w := dynamictest.Get(h, "GET", "/_qr", dynamictest.Client, "192.0.2.7"); w.Code != 200 {
		t.Errorf("a minute later: %d", w.Code)
	}
}

// An error becomes the page of the site, with its frame and the reader's settings, and shows no cause.
func TestErrorPages(t *testing.T) {
	var err error
	fails := func(http.ResponseWriter, *dynamic.Request) error { return err }
	h := dynamictest.Handler(t, dynamic.Options{}, qr(fails, 0))
	for _, c := range []struct {
		err    error
		status int
		want   string
	}{
		{fault.New(fault.NotFound, "没有这封来信"), 404, "没有找到这个页面"},
		{fault.New(fault.Invalid, "参数有误"), 400, "参数有误"},
		{fault.New(fault.Unavailable, "稍后再试"), 503, "稍后再试"},
		{fault.Wrap(fault.Forbidden, errors.New("secret"), "没有权限"), 403, "没有权限"},
		{errors.New("secret cause"), 500, "系统内部错误"},
	} {
		err = c.err
		w := dynamictest.Get(h, "GET", "/_qr", "Cookie", "a11y=elder%3D1")
		body := w.Body.String()
		if w.Code != c.status || !strings.HasPrefix(body, `<!DOCTYPE html>`+"\n"+`<html lang="zh-CN" data-elder>`) ||
			!strings.Contains(body, c.want) || strings.Contains(body, "secret") ||
			!strings.Contains(body, `href="/search"`) || strings.Contains(body, "暂时无法搜索") {
			t.Errorf("%v: %d %.300s", c.err, w.Code, body)
		}
		w = dynamictest.Get(h, "GET", "/_qr", "Accept", "application/json")
		if w.Code != c.status || !strings.Contains(w.Header().Get("Content-Type"), "problem+json") {
			t.Errorf("%v as JSON: %d %v", c.err, w.Code, w.Header())
		}
		w = dynamictest.Get(h, "GET", "/_qr", dynamictest.Site, "nowhere")
		if w.Code != c.status || !strings.Contains(w.Body.String(), "无法显示") {
			t.Errorf("%v without a site: %d", c.err, w.Code)
		}
	}
}

// down is a platform whose register cannot be read.
type down struct{ dynamictest.City }

func (down) Site(context.Context, string) (*dynamic.Site, error) {
	return nil, fault.New(fault.Unavailable, "数据库暂时连接不上")
}

func TestRender(t *testing.T) {
	page := func(w http.ResponseWriter, r *dynamic.Request) error {
		s, err := r.Site()
		if err != nil {
			return err
		}
		if again, err := r.Site(); again != s || err != nil {
			t.Errorf("another site: %v", err)
		}
		return r.Render(w, http.StatusOK, theme.NotFound{Page: s.Page("标题<b>")})
	}
	h := dynamictest.Handler(t, dynamic.Options{}, qr(page, 0))
	w := dynamictest.Get(h, "GET", "/_qr")
	body := w.Body.String()
	if !strings.Contains(body, "<title>标题&lt;b&gt;_清河市人民政府</title>") || !strings.Contains(body, "noindex") ||
		w.Header().Get("Cache-Control") != "no-store" ||
		strings.Join(w.Header().Values("Vary"), ", ") != "Accept-Encoding, Cookie" {
		t.Errorf("%v %.300s", w.Header(), body)
	}
	h = dynamictest.Handler(t, dynamic.Options{Sites: down{}}, qr(page, 0))
	if w := dynamictest.Get(h, "GET", "/_qr"); w.Code != 503 || !strings.Contains(w.Body.String(), "连接不上") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRequest(t *testing.T) {
	type facts struct {
		client, site string
		https        bool
	}
	var got facts
	h := dynamictest.Handler(t, dynamic.Options{}, qr(func(_ http.ResponseWriter, r *dynamic.Request) error {
		got = facts{r.Client(), r.SiteCode(), r.HTTPS()}
		return nil
	}, 0))
	for _, c := range []struct{ from, https, client string }{
		{"192.0.2.1", "", "192.0.2.1"},
		{"2001:db8:1:2:3::4", "true", "2001:db8:1:2::/64"},
		{"::ffff:192.0.2.1", "", "::ffff:192.0.2.1"},
		{"", "", ""},
	} {
		dynamictest.Get(h, "GET", "/_qr", dynamictest.Client, c.from, dynamictest.HTTPS, c.https)
		if want := (facts{c.client, "qinghe", c.https == "true"}); got != want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
	// what headers claim is nothing
	r := httptest.NewRequest("GET", "/_qr", nil)
	r.Header.Set("X-Guiyi-Site", "qinghe")
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	r.Header.Set("X-Forwarded-Proto", "https")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got != (facts{}) {
		t.Errorf("a claim is believed: %+v", got)
	}
}

// TestUnknownReadersAreOne: who is not known does not get a rate of his own by claiming an address.
func TestUnknownReadersAreOne(t *testing.T) {
	h := dynamictest.Handler(t, dynamic.Options{}, qr(says("qr"), 2))
	for i, want := range []int{200, 200, 429} {
		r := httptest.NewRequest("GET", "/_qr", nil)
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i))
		r.RemoteAddr = fmt.Sprintf("198.51.100.%d:1", i)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("call %d: %d", i, w.Code)
		}
	}
}

// TestCrossSiteForms: what another site makes a browser send is refused; links to here are followed.
func TestCrossSiteForms(t *testing.T) {
	h := dynamictest.Handler(t, dynamic.Options{}, access(says("get"), says("post")))
	for _, c := range []struct {
		name, method string
		headers      []string
		status       int
	}{
		{"own page", "POST", []string{"Sec-Fetch-Site", "same-origin", "Origin", "https://www.qinghe.gov.cn"}, 200},
		{"typed in", "POST", []string{"Sec-Fetch-Site", "none"}, 200},
		{"another site", "POST", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403},
		{"a neighbour", "POST", []string{"Sec-Fetch-Site", "same-site"}, 403},
		{"old browser, own page", "POST", []string{"Origin", "https://www.qinghe.gov.cn"}, 200},
		{"old browser, another site", "POST", []string{"Origin", "https://evil.example"}, 403},
		{"old browser, hidden origin", "POST", []string{"Origin", "null"}, 403},
		{"very old browser", "POST", nil, 200}, // the token of a form binds it to its session
		{"link from another site", "GET", []string{"Sec-Fetch-Site", "cross-site"}, 200},
	} {
		if w := dynamictest.Get(h, c.method, "/_access", c.headers...); w.Code != c.status {
			t.Errorf("%s: %d", c.name, w.Code)
		}
	}
}
