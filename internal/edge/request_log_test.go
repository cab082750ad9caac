package edge

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"guiyi/internal/edge/accesslog"
	"guiyi/internal/kernel/web"
)

// noted is an edge with an access log, and what reads its lines.
func noted(t *testing.T, edit func(*Options)) (e *Edge, lines func() []string) {
	t.Helper()
	w, _ := city(t)
	dir := t.TempDir()
	log, err := accesslog.Open(accesslog.Options{Dir: dir, Format: accesslog.Combined, Zone: time.UTC,
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	e = w.edge(func(o *Options) {
		o.Access = log
		o.Portal = http.HandlerFunc(echo)
		o.Proxies = web.NewProxies([]netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")})
		if edit != nil {
			edit(o)
		}
	})
	seen := 0
	return e, func() []string {
		if err := log.Flush(); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(dir, "access.log"))
		if os.IsNotExist(err) {
			return nil // nothing was noted yet
		}
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
		fresh := all[seen:]
		seen = len(all)
		return fresh
	}
}

// Every answer of the edge has one line that says what went out.
func TestEveryAnswerIsNoted(t *testing.T) {
	e, lines := noted(t, nil)
	for _, tc := range []struct {
		method, address string
		headers         []string
		want            string // of the line: request, status
	}{
		{"GET", "/", nil, `"GET / HTTP/1.1" 200`},
		{"HEAD", "/zwgk/", nil, `"HEAD /zwgk/ HTTP/1.1" 200 0 `},
		{"GET", "/zwgk/", []string{"If-None-Match", "*"}, `"GET /zwgk/ HTTP/1.1" 304 0 `},
		{"GET", "/zwgk/", []string{"Cookie", "a11y=elder%3D1"}, `"GET /zwgk/ HTTP/1.1" 200`},
		{"GET", "/nothing?phone=13800138000", nil, `"GET /nothing?phone=*** HTTP/1.1" 404`},
		{"GET", "/nothing/13800138000", nil, `"GET /nothing/*** HTTP/1.1" 404`},
		{"GET", "/old.html", nil, `"GET /old.html HTTP/1.1" 301`},
		{"GET", "/zwgk", nil, `"GET /zwgk HTTP/1.1" 301`},
		{"GET", "/gone.html", nil, `"GET /gone.html HTTP/1.1" 410`},
		{"GET", "/_m/p.png", []string{"Range", "bytes=2-4"}, `"GET /_m/p.png HTTP/1.1" 206 3 `},
		{"GET", "/_m/v.mp4", []string{"Range", "bytes=100-"}, `"GET /_m/v.mp4 HTTP/1.1" 206 1311397 `},
		{"POST", "/", nil, `"POST / HTTP/1.1" 405`},
		{"OPTIONS", "/", nil, `"OPTIONS / HTTP/1.1" 204 0 `},
		{"GET", "evil.example/", nil, `"GET / HTTP/1.1" 421`},
		{"GET", "/search?q=13800138000", nil, `"GET /search?q=*** HTTP/1.1" 200`},
		{"HEAD", "/search", nil, `"HEAD /search HTTP/1.1" 200 0 `},
		{"GET", "/api/%5cx", nil, `"GET /api/%5cx HTTP/1.1" 400`},
		{"GET", "/" + strings.Repeat("a", 5000), nil, `HTTP/1.1" 414`},
	} {
		res := get(e, tc.method, tc.address, tc.headers...)
		got := lines()
		if len(got) != 1 || !strings.Contains(got[0], tc.want) {
			t.Errorf("%s %.60s: %q, want %q", tc.method, tc.address, got, tc.want)
			continue
		}
		made := tc.method == "OPTIONS" || strings.Contains(tc.address, "search")
		file := res.Code/100 == 2 && !made || res.Code == 304
		if id := res.Header().Get("X-Request-Id"); file != (id == "") || !strings.HasSuffix(got[0], id) {
			t.Errorf("%s %.60s: id %q is not in %q", tc.method, tc.address, id, got[0])
		}
		if res.Code == 200 && tc.method == "GET" && !strings.Contains(got[0], " 200 "+itoa(int64(res.Body.Len()))+" ") {
			t.Errorf("%s: %d bytes, noted as %q", tc.address, res.Body.Len(), got[0])
		}
	}
}

func TestNotedClient(t *testing.T) {
	e, lines := noted(t, nil)
	for _, tc := range []struct{ from, claims, id, want, wantID string }{
		{"192.0.2.1:9", "203.0.113.9", "", "192.0.2.1", ""}, // claims of a stranger count for nothing
		{"192.0.2.1:9", "", "of-a-stranger", "192.0.2.1", ""},
		{"10.0.0.1:9", "1.1.1.1, 203.0.113.9, 10.2.3.4", "id-of-the-balancer", "203.0.113.9", "id-of-the-balancer"},
		{"10.0.0.1:9", "2001:db8::9", "bad\nid", "2001:db8::9", ""},
		{"10.0.0.1:9", "\" 200 1 \"x", "short", "10.0.0.1", ""},
	} {
		r := httptest.NewRequest("GET", "http://qinghe.gov.cn/", nil)
		r.RemoteAddr = tc.from
		r.Header.Set("X-Forwarded-For", tc.claims)
		r.Header.Set("X-Request-Id", tc.id)
		r.Header.Set("Referer", "https://www.gov.cn/l?token=1")
		r.Header.Set("User-Agent", "a\"b\x1b[2J")
		res := httptest.NewRecorder()
		e.ServeHTTP(res, r)
		got := lines()[0]
		if !strings.HasPrefix(got, tc.want+" - - [") ||
			!strings.Contains(got, `"https://www.gov.cn/l?token=***" "a\x22b\x1b[2J" "qinghe.gov.cn" `) {
			t.Errorf("%+v: %s", tc, got)
		}
		if id := got[strings.LastIndexByte(got, ' ')+1:]; tc.wantID != "" && id != tc.wantID || id == tc.id && tc.wantID == "" {
			t.Errorf("%+v: id %q", tc, id)
		}
	}
}

// The portal gets the id of the line, and what it answers is noted, also when it fails.
func TestPortalIsNoted(t *testing.T) {
	var got string
	e, lines := noted(t, func(o *Options) {
		o.Portal = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			got = r.Header.Get("X-Request-Id")
			switch r.URL.Path {
			case "/_mode":
				w.WriteHeader(http.StatusSeeOther)
			case "/_qr":
				panic("boom")
			case "/search":
				io.WriteString(w, "12345")
			}
		})
	})
	for path, want := range map[string]string{"/_mode": " 303 0 ", "/_qr": " 502 ", "/search": " 200 5 ",
		"/api/": " 200 0 "} {
		get(e, "GET", path, "X-Request-Id", "claimed-by-the-client")
		line := lines()[0]
		if !strings.Contains(line, want) || !strings.HasSuffix(line, " "+got) || got == "claimed-by-the-client" {
			t.Errorf("%s: %s, portal saw %q", path, line, got)
		}
	}
}

// A client that goes away while a large file is sent is noted with what it took.
func TestNotedWhenCut(t *testing.T) {
	e, lines := noted(t, nil)
	base := listen(t, e, nil)
	c := rawRequest(t, base, "GET /_m/v.mp4 HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n")
	io.ReadFull(c, make([]byte, 1000)) // some of it
	c.Close()
	whole := regexp.MustCompile(`"GET /_m/v.mp4 HTTP/1.1" 200 \d+ `)
	await(t, func() bool {
		for _, line := range lines() {
			if line != "" {
				return whole.MatchString(line)
			}
		}
		return false
	})
}
