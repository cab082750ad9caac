package edge

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/kernel/web"
)

// echo shows what reached the portal.
func echo(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(r.Body)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	w.Header().Set("X-Frame-Options", "DENY")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "%s %s host=%s body=%d\n", r.Method, r.URL, r.Host, len(b))
	told, ok := web.ForwardedFrom(r.Context())
	fmt.Fprintf(w, "told=%v site=%s client=%s https=%v id=%v\n", ok, told.Site, told.Client, told.HTTPS,
		told.RequestID != "" && told.RequestID == web.RequestIDFrom(r.Context()))
	for _, k := range []string{"X-Guiyi-Site", "X-Guiyi-User", "X-Guiyi-Seal", "X-Forwarded-For", "X-Forwarded-Host",
		"X-Forwarded-Proto", "X-Forwarded-Prefix", "Forwarded", "X-Real-Ip", "Cookie"} {
		fmt.Fprintf(w, "%s=%s\n", k, strings.Join(r.Header.Values(k), "|"))
	}
}

// testSeal is shared by both processes of a test.
func testSeal(t *testing.T) *web.Seal {
	t.Helper()
	seal, err := web.NewSeal([]string{"a secret of at least thirty-two bytes"}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return seal
}

// portals are the two ways to reach a portal: in this process, and over the network.
func portals(t *testing.T, h http.HandlerFunc) map[string]http.Handler {
	seal := testSeal(t)
	s := httptest.NewServer(seal.Middleware(slog.New(slog.DiscardHandler))(h))
	t.Cleanup(s.Close)
	remote, err := NewProxy(s.URL, seal, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]http.Handler{"here": h, "remote": remote}
}

func TestPortalHeaders(t *testing.T) {
	w, _ := city(t)
	for name, portal := range portals(t, echo) {
		e := w.edge(func(o *Options) { o.Portal = portal })
		res := get(e, "GET", "/search?q=%E6%B8%85", "X-Guiyi-Site", "county", "X-Guiyi-User", "root", "X-Forwarded-For",
			"1.1.1.1", "X-Forwarded-Host", "evil",
			"X-Forwarded-Proto", "gopher", "X-Forwarded-Prefix", "/x", "Forwarded", "for=1.1.1.1", "X-Real-IP",
			"1.1.1.1", "Cookie", "s=1", "Connection", "X-Guiyi-Site, X-Forwarded-For")
		for _, want := range []string{"GET /search?q=%E6%B8%85 host=qinghe.gov.cn",
			"told=true site=qinghe client=192.0.2.1 https=false id=true\n", "X-Guiyi-Site=\n", "X-Guiyi-User=\n",
			"X-Guiyi-Seal=\n", "X-Forwarded-For=\n", "X-Forwarded-Host=\n", "X-Forwarded-Proto=\n",
			"X-Forwarded-Prefix=\n", "Forwarded=\n", "X-Real-Ip=\n", "Cookie=s=1\n"} {
			if !strings.Contains(res.Body.String(), want) {
				t.Errorf("%s: %q missing in\n%s", name, want, res.Body)
			}
		}
		if v := res.Header().Values("X-Frame-Options"); len(v) != 1 || v[0] != "DENY" ||
			len(res.Header().Values("Content-Security-Policy")) != 1 {
			t.Errorf("%s: %v", name, res.Header())
		}
	}
}

// Behind a trusted proxy the portal learns the client and protocol that the proxy names; nobody else is believed.
func TestPortalBehindProxy(t *testing.T) {
	w, _ := city(t)
	for name, portal := range portals(t, echo) {
		e := w.edge(func(o *Options) {
			o.Portal = portal
			o.Proxies = web.NewProxies([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"),
				netip.MustParsePrefix("fd00::/8")})
		})
		for _, tc := range []struct{ from, claims, proto, client, want string }{
			{"10.0.0.1:999", "203.0.113.9", "https", "203.0.113.9", "https"},
			// left of the client is hearsay
			{"10.0.0.1:999", "1.1.1.1, 203.0.113.9, 10.0.0.7", "http", "203.0.113.9", "http"},
			{"[fd00::1]:999", "2001:db8::9", "https", "2001:db8::9", "https"},
			{"10.0.0.1:999", "", "", "10.0.0.1", "http"},
			{"10.0.0.1:999", "unknown", "gopher", "10.0.0.1", "http"},
			{"192.0.2.1:999", "203.0.113.9", "https", "192.0.2.1", "http"}, // not ours
			{"@", "203.0.113.9", "https", "invalid IP", "http"},
		} {
			r := httptest.NewRequest("GET", "http://qinghe.gov.cn/search", nil)
			r.RemoteAddr = tc.from
			r.Header.Set("X-Forwarded-For", tc.claims)
			r.Header.Set("X-Forwarded-Proto", tc.proto)
			r.Header.Set("X-Forwarded-Host", "evil")
			r.Header.Set("X-Guiyi-Site", "county")
			res := httptest.NewRecorder()
			e.ServeHTTP(res, r)
			for _, want := range []string{"told=true site=qinghe client=" + tc.client + " https=" +
				strconv.FormatBool(tc.want == "https") + " "} {
				if !strings.Contains(res.Body.String(), want) {
					t.Errorf("%s, %+v: %q missing in\n%s", name, tc, want, res.Body)
				}
			}
		}
	}
}

func TestWhatIsDynamic(t *testing.T) {
	w, _ := city(t)
	reached := ""
	e := w.edge(func(o *Options) {
		o.Portal = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached = r.URL.Path })
	})
	for url, want := range map[string]bool{"/search": true, "/search?q=1": true, "/api/v1/search": true, "/_mode": true,
		"/_access": true,
		"/searchx": false, "/api": false, "/_mode/": false, "/": false, "/_m/p.png": false, "/x/api/": false,
		"//api/":        false,
		"/api/../zwgk/": false, "/api/%2e%2e/x": false, "/api//x": false, "/api/%5cx": false, "/api/%0ax": false,
		"/api/a%2fb": false, "evil.example/api/x": false} {
		reached = ""
		res := get(e, "GET", url)
		if (reached != "") != want {
			t.Errorf("%s: reached %q, status %d", url, reached, res.Code)
		}
	}
	for _, method := range []string{"POST", "PUT", "OPTIONS"} {
		reached = ""
		if get(e, method, "/api/x"); reached == "" {
			t.Errorf("%s does not reach the portal", method)
		}
	}
}

// TestTableOfAddresses: the edge hands on exactly the rows of the portal, and nothing that is published or kept free.
func TestTableOfAddresses(t *testing.T) {
	w, _ := city(t)
	reached := false
	e := w.edge(func(o *Options) {
		o.Portal = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true })
	})
	for _, row := range address.Rows() {
		reached = false
		get(e, "GET", row.Example())
		if reached != (row.By == address.Portal) {
			t.Errorf("%s is %s, handed on: %v", row.Example(), row.By, reached)
		}
	}
}

func TestPortalFailures(t *testing.T) {
	w, _ := city(t)
	dead := httptest.NewServer(nil)
	dead.Close()
	unreachable, err := NewProxy(dead.URL, testSeal(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		_ *http.Request) {
		panic(http.ErrAbortHandler)
	}))
	defer cut.Close()
	rude, err := NewProxy(cut.URL, testSeal(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for name, portal := range map[string]http.Handler{
		"none": nil, "unreachable": unreachable, "cuts": rude,
		"panics": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }),
	} {
		e := w.edge(func(o *Options) { o.Portal = portal })
		res := get(e, "GET", "/search")
		if res.Code != 502 || !strings.Contains(res.Body.String(), "服务暂不可用") ||
			strings.Contains(res.Body.String(), "boom") || res.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", name, res.Code, res.Body)
		}
		if res := get(e, "GET", "/"); res.Code != 200 {
			t.Errorf("%s: static page %d", name, res.Code)
		}
	}
}

// A portal that fails in the middle must not leave half an answer that looks whole.
func TestPortalPanicsHalfWay(t *testing.T) {
	w, _ := city(t)
	e := w.edge(func(o *Options) {
		o.Portal = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().(http.Flusher).Flush()
			panic("boom")
		})
	})
	s := httptest.NewUnstartedServer(e)
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	s.Start()
	defer s.Close()
	res, err := http.Get(s.URL + "/search")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if b, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("read %q without an error", b)
	}
}

func TestBodyLimit(t *testing.T) {
	w, _ := city(t)
	for name, portal := range portals(t, echo) {
		e := w.edge(func(o *Options) { o.Portal, o.BodyLimit = portal, 1000 })
		s := httptest.NewServer(e)
		for size, want := range map[int]int{1000: 200, 1001: 413} {
			for _, chunked := range []bool{false, true} {
				var body io.Reader = strings.NewReader(strings.Repeat("x", size))
				if chunked {
					body = io.MultiReader(body) // hides the length
				}
				res, err := http.Post(s.URL+"/api/x", "text/plain", body)
				if err != nil {
					t.Fatal(err)
				}
				res.Body.Close()
				if res.StatusCode != want {
					t.Errorf("%s, %d bytes, chunked %v: %d", name, size, chunked, res.StatusCode)
				}
			}
		}
		s.Close()
	}
}

// TestSecretsDiffer: with another secret or clock the portal refuses, the reader gets a notice, and the log says why.
func TestSecretsDiffer(t *testing.T) {
	w, _ := city(t)
	late := func() time.Time { return time.Now().Add(time.Hour) }
	for name, c := range map[string]struct {
		secret string
		now    func() time.Time
		want   string
	}{
		"secret": {"another secret of thirty-two bytes...", time.Now, "共享密钥与对方的不同"},
		"clock":  {"a secret of at least thirty-two bytes", late, "时间相差太大"},
	} {
		inner := httptest.NewServer(testSeal(t).Middleware(slog.New(slog.DiscardHandler))(http.HandlerFunc(echo)))
		t.Cleanup(inner.Close)
		seal, err := web.NewSeal([]string{c.secret}, c.now)
		if err != nil {
			t.Fatal(err)
		}
		var log logged
		remote, err := NewProxy(inner.URL, seal, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		res := get(w.edge(func(o *Options) { o.Portal = remote }), "GET", "/search")
		if res.Code != 502 || strings.Contains(res.Body.String(), "host=") ||
			res.Header().Get("X-Guiyi-Refused") != "" {
			t.Errorf("%s: %d %v %s", name, res.Code, res.Header(), res.Body)
		}
		if !strings.Contains(log.String(), c.want) || strings.Contains(log.String(), c.secret) {
			t.Errorf("%s: the log says %s", name, log.String())
		}
	}
}

func TestNewProxyRefuses(t *testing.T) {
	for _, target := range []string{"", "localhost:80", "ftp://x/", "http://", "://"} {
		if _, err := NewProxy(target, testSeal(t), nil); err == nil {
			t.Errorf("%q accepted", target)
		}
	}
}

// What arrives on the wire in odd shapes gets a clear answer, and never a page of another site.
func TestHostileRequests(t *testing.T) {
	_, e := city(t)
	at := strings.TrimPrefix(listen(t, e, nil), "http://")
	for name, tc := range map[string]struct {
		raw    string
		status string
	}{
		"no host":            {"GET / HTTP/1.1\r\n\r\n", "400"},
		"two hosts":          {"GET / HTTP/1.1\r\nHost: qinghe.gov.cn\r\nHost: x\r\n\r\n", "400"},
		"absolute address":   {"GET http://evil.example/ HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "421"},
		"asterisk":           {"OPTIONS * HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "204"},
		"asterisk of others": {"GET * HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "400"},
		"TRACE of all":       {"TRACE * HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "400"},
		"start of HTTP/2":    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "400"},
		"whole address":      {"GET http://qinghe.gov.cn/ HTTP/1.1\r\nHost: x\r\n\r\n", "200"},
		"address of a host":  {"GET http://qinghe.gov.cn HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "200"},
		"other scheme":       {"GET ftp://qinghe.gov.cn/ HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "400"},
		"address with user":  {"GET http://a:b@qinghe.gov.cn/ HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "400"},
		"connect":            {"CONNECT qinghe.gov.cn:443 HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "400"},
		"host with a path":   {"GET / HTTP/1.1\r\nHost: qinghe.gov.cn/x\r\n\r\n", "400"},
		"space in header":    {"GET / HTTP/1.1\r\nHost: qinghe.gov.cn\r\nX-Guiyi-Site : a\r\n\r\n", "400"},
		"smuggled length":    {"GET / HTTP/1.1\r\nHost: qinghe.gov.cn\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "400"},
		"length and chunks":  {"POST / HTTP/1.1\r\nHost: qinghe.gov.cn\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "405"},
		"odd escape":         {"GET /%zz HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "400"},
		"not utf-8":          {"GET /%ff%fe HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "404"},
		"backslashes":        {"GET /..\\..\\etc/passwd HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "404"},
		"climbing":           {"GET /../../../etc/passwd HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n", "404"},
		"old protocol":       {"GET / HTTP/1.0\r\nHost: qinghe.gov.cn\r\n\r\n", "200"},
		"odd cookie":         {"GET / HTTP/1.1\r\nHost: qinghe.gov.cn\r\nCookie: a11y=\x80\xff;;;=\r\n\r\n", "200"},
		"many ranges": {"GET /_m/p.png HTTP/1.1\r\nHost: qinghe.gov.cn\r\nRange: bytes=" + strings.Repeat("0-,",
			1000) + "0-\r\n\r\n", "200"},
	} {
		conn, err := net.Dial("tcp", at)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, tc.raw)
		line, err := bufio.NewReader(conn).ReadString('\n')
		conn.Close()
		if err != nil || !strings.Contains(line, " "+tc.status+" ") {
			t.Errorf("%s: %q %v", name, line, err)
		}
	}
}

// The portal is told whether to pack, by the weights that the client gives.
func TestPortalPacksAsWished(t *testing.T) {
	w, _ := city(t)
	for name, portal := range portals(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, strings.Join(r.Header.Values("Accept-Encoding"), "|"))
	}) {
		e := w.edge(func(o *Options) { o.Portal = portal })
		for wish, want := range map[string]string{
			"gzip":                       "gzip",
			"GZip ; q=1":                 "gzip",
			"x-gzip":                     "gzip",
			"*":                          "gzip",
			"br, zstd;q=0.2, gzip;q=0.1": "gzip",
			"identity;q=0, *;q=0.1":      "gzip",
			"":                           "identity",
			"br":                         "identity",
			"gzip;q=0":                   "identity",
			"gzip;q=0, *":                "identity",
			"*;q=0":                      "identity",
			"gzip;q=2":                   "identity",
			"gzip;q=0.5, identity":       "identity",
			"identity;q=0":               "identity", // nothing else can be had
		} {
			if got := get(e, "GET", "/search", "Accept-Encoding", wish).Body.String(); got != want {
				t.Errorf("%s: %q: the portal is asked for %q, want %q", name, wish, got, want)
			}
		}
	}
}
