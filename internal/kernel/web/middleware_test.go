package web

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

var ok = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "ok") })

func TestRequestID(t *testing.T) {
	var seen string
	h := RequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = RequestIDFrom(r.Context()) }))
	for sent, keep := range map[string]bool{
		"abcdef0123456789": true, "req-1.2_3": true, "": false, "short": false, strings.Repeat("a", 65): false,
		"-starts-badly": false, "has space": false, "<script>alert": false, "行政中心请求编号": false, "line\nbreak-1": false,
	} {
		w := get(h, "/", "X-Request-Id", sent)
		if (seen == sent) != keep || w.Header().Get("X-Request-Id") != seen || !requestIDShape.MatchString(seen) {
			t.Errorf("%q: id %q, answered %q", sent, seen, w.Header().Get("X-Request-Id"))
		}
	}
	first := get(h, "/").Header().Get("X-Request-Id")
	if second := get(h, "/").Header().Get("X-Request-Id"); first == second {
		t.Errorf("two requests have the id %s", first)
	}
	if RequestIDFrom(context.Background()) != "" {
		t.Error("an id without a request")
	}
}

func TestChainOrder(t *testing.T) {
	var order string
	mark := func(s string) Middleware {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { order += s; next.ServeHTTP(w, r) })
		}
	}
	get(Chain(ok, mark("a"), mark("b"), mark("c")), "/")
	if order != "abc" {
		t.Errorf("order = %s", order)
	}
}

func TestAccessLog(t *testing.T) {
	var log bytes.Buffer
	a := AccessLog{Log: slog.New(slog.NewJSONHandler(&log, nil)), ShowQuery: []string{"q", "page"}}
	h := RequestID(a.Middleware(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "12345")
	})))
	get(h, "/search?q=%E5%85%AC%E7%A7%AF%E9%87%91&token=hunter2&page=2&idcard=hunter2&%zz=hunter2&bare&q%00=hunter2")
	line := log.String()
	for _, want := range []string{
		`"status":418`, `"bytes":5`, `"path":"/search"`, `"method":"GET"`, `"ip":"192.0.2.1"`, `"request_id":"`,
		`"host":"example.com"`,
		`q=%E5%85%AC%E7%A7%AF%E9%87%91`, `page=2`, `token=*`, `idcard=*`, `bare=*`,
	} {
		if !strings.Contains(line, want) {
			t.Errorf("missing %s in %s", want, line)
		}
	}
	if strings.Contains(line, "hunter2") {
		t.Errorf("a value is logged: %s", line)
	}
	log.Reset()
	get(h, "/"+strings.Repeat("%E6%94%BF", 5000)+"?q="+strings.Repeat("x", 5000))
	if log.Len() > 3000 {
		t.Errorf("a long request makes a line of %d bytes", log.Len())
	}
	log.Reset()
	get(a.Middleware(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})), "/a%0ab=c")
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), `"status":200`) {
		t.Errorf("a request forges log lines: %q", log.String())
	}
}

func TestSecurityHeaders(t *testing.T) {
	proxies := NewProxies([]netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")})
	h := SecurityHeaders(proxies)(ok)
	w := get(h, "/")
	for name, want := range map[string]string{
		"Content-Security-Policy":    CSP,
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Strict-Transport-Security":  "",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s = %q", name, got)
		}
	}
	if w.Header().Get("Permissions-Policy") == "" || strings.Contains(CSP, "unsafe") {
		t.Error("policy missing or weak")
	}
	if got := get(h, "/", "X-Forwarded-Proto", "https").Header().Get("Strict-Transport-Security"); got == "" {
		t.Error("no HSTS behind a trusted TLS proxy")
	}
	if got := get(SecurityHeaders(Proxies{})(ok), "/", "X-Forwarded-Proto",
		"https").Header().Get("Strict-Transport-Security"); got != "" {
		t.Error("a client's header switches HSTS on")
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.TLS = &tls.ConnectionState{}
	w = httptest.NewRecorder()
	SecurityHeaders(Proxies{})(ok).ServeHTTP(w, r)
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no HSTS over TLS")
	}
}

func TestLimitBody(t *testing.T) {
	rs, _ := responder()
	h := rs.LimitBody(10)(rs.Adapt(func(w http.ResponseWriter, r *http.Request) error {
		_, err := io.Copy(w, r.Body)
		return err
	}))
	for name, c := range map[string]struct {
		body     string
		declared bool
		status   int
	}{
		"within":             {"0123456789", true, 200},
		"declared too large": {"0123456789a", true, 413},
		"chunked too large":  {strings.Repeat("0123456789", 100), false, 413},
		"none":               {"", true, 200},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
		if !c.declared {
			r.ContentLength = -1
			// The handler must not have answered when the limit is met.
			h := rs.LimitBody(10)(rs.Adapt(func(_ http.ResponseWriter, r *http.Request) error {
				_, err := io.ReadAll(r.Body)
				return err
			}))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), "10 字节") {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
			continue
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestTimeout(t *testing.T) {
	rs, _ := responder()
	w := get(Timeout(time.Nanosecond)(rs.Adapt(func(_ http.ResponseWriter, r *http.Request) error {
		<-r.Context().Done()
		return r.Context().Err()
	})), "/")
	if w.Code != 503 {
		t.Errorf("= %d %s", w.Code, w.Body)
	}
}

func TestCheckPath(t *testing.T) {
	rs, _ := responder()
	h := rs.CheckPath(ok)
	for raw, want := range map[string]int{
		"/": 200, "/xwdt/szyw/": 200, "/xwdt/t20261120_1.html": 200, "/%E6%94%BF%E5%8A%A1/": 200, "/a..b/c": 200,
		"/...": 200, "/a%20b": 200,
		"/../etc/passwd": 400, "/a/../b": 400, "/a/..": 400, "/./a": 400, "/a//b": 400, "//a": 400, "/a/%2e%2e/b": 400,
		"/a%2fb": 400,
		"/a%2Fb": 400, "/a%5cb": 400, "/a%00": 400, "/a%0ab": 400, "/%ff": 400, "/a%c2%85": 400,
		"/" + strings.Repeat("a", 3000): 400,
	} {
		u, err := url.ParseRequestURI(raw)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL = u
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("%.60s: %d, want %d", raw, w.Code, want)
		}
	}
}

func TestStateCookie(t *testing.T) {
	c := StateCookie{Name: "view", Values: map[string][]string{"zoom": {"100", "125"}, "theme": {"yb"}, "big": {"1"}}}
	w := httptest.NewRecorder()
	c.Set(w, map[string]string{"zoom": "125", "theme": "yb", "big": "2", "other": "x"}, true)
	cookie := w.Result().Cookies()[0]
	if !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode || cookie.Path != "/" || cookie.MaxAge < 1 {
		t.Errorf("cookie = %v", cookie)
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(cookie)
	if got := c.Read(r); len(got) != 2 || got["zoom"] != "125" || got["theme"] != "yb" {
		t.Errorf("Read = %v", got)
	}
	if got := c.Read(httptest.NewRequest(http.MethodGet, "/", nil)); len(got) != 0 {
		t.Errorf("without a cookie: %v", got)
	}
	w = httptest.NewRecorder()
	c.Set(w, nil, false)
	if gone := w.Result().Cookies()[0]; gone.MaxAge >= 0 {
		t.Errorf("cookie = %v, want it forgotten", gone)
	}
	for value, want := range map[string]int{
		"zoom=125&theme=yb": 2, "zoom%3D125%26theme%3Dyb": 2, "zoom=999": 0, `zoom="><script>`: 0, "%zz": 0, "zoom": 0,
		"":                                     0,
		"zoom=125&" + strings.Repeat("x", 600): 0, "zoom=125&zoom=evil": 1, "ZOOM=125": 0, "zoom=125%00": 0,
	} {
		if got := c.Parse(value); len(got) != want {
			t.Errorf("Parse(%.40q) = %v", value, got)
		}
	}
}

func TestClientIP(t *testing.T) {
	proxies := NewProxies([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")})
	for name, c := range map[string]struct {
		remote string
		xff    []string
		want   string
	}{
		"direct":                    {"203.0.113.9:1234", nil, "203.0.113.9"},
		"direct client lies":        {"203.0.113.9:1234", []string{"1.1.1.1"}, "203.0.113.9"},
		"one proxy":                 {"10.0.0.1:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"client lies to the proxy":  {"10.0.0.1:1", []string{"1.1.1.1, 203.0.113.9"}, "203.0.113.9"},
		"two proxies":               {"10.0.0.1:1", []string{"1.1.1.1, 203.0.113.9, 10.0.0.2"}, "203.0.113.9"},
		"two header lines":          {"10.0.0.1:1", []string{"203.0.113.9", "10.0.0.2"}, "203.0.113.9"},
		"all are proxies":           {"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		"no header":                 {"10.0.0.1:1", nil, "10.0.0.1"},
		"junk":                      {"10.0.0.1:1", []string{"203.0.113.9, unknown"}, "10.0.0.1"},
		"empty items":               {"10.0.0.1:1", []string{",,"}, "10.0.0.1"},
		"with port":                 {"10.0.0.1:1", []string{"203.0.113.9:5555"}, "203.0.113.9"},
		"IPv6":                      {"[::1]:1", []string{"2001:db8::7"}, "2001:db8::7"},
		"IPv6 in brackets":          {"[::1]:1", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		"mapped IPv4 is the proxy":  {"[::ffff:10.0.0.1]:1", []string{"203.0.113.9"}, "203.0.113.9"},
		"no remote address at all":  {"", []string{"203.0.113.9"}, "invalid IP"},
		"unix socket":               {"@", nil, "invalid IP"},
		"script in place of an IP":  {"10.0.0.1:1", []string{"<script>"}, "10.0.0.1"},
		"zone is not taken serious": {"[fe80::1%eth0]:1", nil, "fe80::1"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.xff}}
		if got := proxies.ClientIP(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if (Proxies{}).Trusts(netip.MustParseAddr("127.0.0.1")) {
		t.Error("somebody is trusted by default")
	}
}

func TestRecorderKeepsTheServersAbilities(t *testing.T) {
	s := httptest.NewServer(AccessLog{Log: slog.New(slog.DiscardHandler)}.Middleware(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if _, isReaderFrom := w.(io.ReaderFrom); !isReaderFrom {
				t.Error("files would be copied through memory")
			}
			w.WriteHeader(http.StatusEarlyHints)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Errorf("Flush = %v", err)
			}
			if n, err := io.Copy(w, strings.NewReader("body")); n != 4 || err != nil {
				t.Errorf("Copy = %d, %v", n, err)
			}
			if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)); errors.Is(err,
				http.ErrNotSupported) {
				t.Error("deadlines are out of reach")
			}
		})))
	defer s.Close()
	resp, err := http.Get(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); string(body) != "body" || err != nil || resp.StatusCode != 200 {
		t.Errorf("= %d %q %v", resp.StatusCode, body, err)
	}
}

func FuzzRequestID(f *testing.F) {
	f.Add("abcdef0123456789")
	f.Add("a\r\nSet-Cookie: x=y")
	f.Fuzz(func(t *testing.T, id string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header["X-Request-Id"] = []string{id}
		w := httptest.NewRecorder()
		RequestID(ok).ServeHTTP(w, r)
		if got := w.Header().Get("X-Request-Id"); len(got) < 8 || len(got) > 64 ||
			strings.ContainsAny(got, " \r\n\t<>\"'%") {
			t.Fatalf("%q becomes %q", id, got)
		}
	})
}

func FuzzStateCookie(f *testing.F) {
	c := StateCookie{Name: "view", Values: map[string][]string{"zoom": {"100", "125"}, "theme": {"yb"}}}
	f.Add("zoom=125&theme=yb")
	f.Add("zoom%3D125%26theme%3Dyb")
	f.Add(`zoom="><script>`)
	f.Fuzz(func(t *testing.T, value string) {
		for name, choice := range c.Parse(value) {
			if !(name == "zoom" && (choice == "100" || choice == "125") || name == "theme" && choice == "yb") {
				t.Fatalf("%q gives %q=%q", value, name, choice)
			}
		}
	})
}

func FuzzGoodPath(f *testing.F) {
	for _, p := range []string{"/", "/a/../b", "/%2e%2e/", "/a%2fb", "/a\\b", "//x", "/a/./b", "/政务/"} {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, err := url.ParseRequestURI(raw)
		if err != nil || !GoodPath(u) {
			return
		}
		clean := path.Clean(u.Path)
		if strings.HasSuffix(u.Path, "/") && clean != "/" {
			clean += "/"
		}
		if clean != u.Path || strings.Contains(u.Path, "\\") || strings.ContainsRune(u.Path, 0) ||
			!utf8.ValidString(u.Path) {
			t.Fatalf("%q is accepted as %q", raw, u.Path)
		}
	})
}

func FuzzClientIP(f *testing.F) {
	proxies := NewProxies([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
	f.Add("10.0.0.1:1", "1.1.1.1, 10.0.0.2")
	f.Add("", ",,[::1]")
	f.Fuzz(func(_ *testing.T, remote, xff string) {
		proxies.ClientIP(&http.Request{RemoteAddr: remote, Header: http.Header{"X-Forwarded-For": {xff}}})
	})
}
