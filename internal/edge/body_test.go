package edge

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// rawRequest opens a connection and sends bytes as they are.
func rawRequest(t *testing.T, base, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(30 * time.Second))
	io.WriteString(c, text) // the answer is looked at
	return c
}

// await waits until something is so.
func await(t *testing.T, so func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("did not come to be")
		}
	}
}

// answers reads all answers on a connection until the server closes it.
func answers(c net.Conn) (out []string) {
	r := bufio.NewReader(c)
	for {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			return out
		}
		body, _ := io.ReadAll(res.Body)
		out = append(out, fmt.Sprint(res.StatusCode, " ", string(body)))
	}
}

// logged is a log that can be read while it is written.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// What is wrong with a body is the fault of its client: 400 and no word of the portal being away.
func TestMalformedBodies(t *testing.T) {
	w, _ := city(t)
	var log logged
	seal := testSeal(t)
	inner := httptest.NewServer(seal.Middleware(slog.New(slog.DiscardHandler))(http.HandlerFunc(echo)))
	t.Cleanup(inner.Close)
	remote, err := NewProxy(inner.URL, seal, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for name, portal := range map[string]http.Handler{"here": http.HandlerFunc(echo), "remote": remote} {
		base := listen(t, w.edge(func(o *Options) { o.Portal, o.BodyLimit = portal, 100_000 }), nil)
		for what, tc := range map[string]struct{ body, want string }{
			"good":                       {"5\r\nhello\r\n0\r\n\r\n", "200"},
			"good with an extension":     {"5;a=b\r\nhello\r\n0\r\n\r\n", "200"},
			"good with a trailer":        {"5\r\nhello\r\n0\r\nX-A: b\r\n\r\n", "200"},
			"size with 0x":               {"0x5\r\nhello\r\n0\r\n\r\n", "400"},
			"size with a sign":           {"+5\r\nhello\r\n0\r\n\r\n", "400"},
			"negative size":              {"-1\r\nhello\r\n0\r\n\r\n", "400"},
			"size that is no number":     {"five\r\nhello\r\n0\r\n\r\n", "400"},
			"no size":                    {"\r\nhello\r\n0\r\n\r\n", "400"},
			"size beyond 64 bits":        {"10000000000000005\r\nhello\r\n0\r\n\r\n", "400"},
			"no end of line after chunk": {"5\r\nhello0\r\n\r\n", "400"},
			"chunk longer than its size": {"5\r\nhello world\r\n0\r\n\r\n", "400"},
			"line feeds alone":           {"5\nhello\n0\n\n", "400"},
			"extension of 9 kB":          {"5;" + strings.Repeat("e", 9000) + "\r\nhello\r\n0\r\n\r\n", "400"},
			"many extensions": {strings.Repeat("1;"+strings.Repeat("e", 3000)+"\r\nx\r\n", 30) + "0\r\n\r\n",
				"400"},
			"trailer that is none": {"5\r\nhello\r\n0\r\nno colon here\r\n\r\n", "400"},
			"too large in chunks":  {"186a1\r\n" + strings.Repeat("x", 100_001) + "\r\n0\r\n\r\n", "413"},
			"a later chunk is wrong": {strings.Repeat("3e8\r\n"+strings.Repeat("y", 1000)+"\r\n", 20) + "zz\r\n",
				"400"},
		} {
			c := rawRequest(t, base, "POST /api/x HTTP/1.1\r\nHost: qinghe.gov.cn\r\nTransfer-Encoding: chunked\r\n"+
				"\r\n"+tc.body)
			got := answers(c)
			if len(got) != 1 || !strings.HasPrefix(got[0], tc.want+" ") {
				t.Errorf("%s, %s: %.80q, want one %s", name, what, got, tc.want)
			}
		}
		// shorter than its length
		c := rawRequest(t, base, "POST /api/x HTTP/1.1\r\nHost: qinghe.gov.cn\r\nContent-Length: 10\r\n\r\nhello")
		c.(*net.TCPConn).CloseWrite()
		if got := answers(c); len(got) > 1 || len(got) == 1 && !strings.HasPrefix(got[0], "400 ") {
			t.Errorf("%s, cut short: %.80q", name, got)
		}
	}
	if strings.Contains(log.String(), "portal") {
		t.Errorf("faults of clients are told as faults of the portal:\n%s", log.String())
	}
}

// A length beside chunks gets one answer, then the connection is closed: what follows is nobody's request.
func TestNothingIsSmuggled(t *testing.T) {
	w, _ := city(t)
	for name, portal := range portals(t, echo) {
		base := listen(t, w.edge(func(o *Options) { o.Portal = portal }), nil)
		for _, path := range []string{"/search", "/", "/api/x", "/nothing"} {
			for _, lines := range []string{"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
				"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
				"transfer-encoding: Chunked\r\ncontent-length: 0\r\n"} {
				c := rawRequest(t, base, "POST "+path+" HTTP/1.1\r\nHost: qinghe.gov.cn\r\n"+lines+
					"\r\n0\r\n\r\nGET /zwgk/ HTTP/1.1\r\nHost: qinghe.gov.cn\r\n\r\n")
				if got := answers(c); len(got) != 1 || strings.Contains(got[0], "政务公开") {
					t.Errorf("%s, %s, %q: %.60q", name, path, lines, got)
				}
			}
		}
		// two requests with lengths are two requests
		post := "POST /search HTTP/1.1\r\nHost: qinghe.gov.cn\r\nContent-Length: 2\r\n\r\nhi"
		c := rawRequest(t, base, post+post+
			"GET / HTTP/1.1\r\nHost: qinghe.gov.cn\r\nConnection: close\r\n\r\n")
		if got := answers(c); len(got) != 3 {
			t.Errorf("%s: %d answers to three good requests", name, len(got))
		}
	}
}

// A body that comes too slowly is cut off; one that comes steadily is not, however long it takes.
func TestSlowBodies(t *testing.T) {
	w, _ := city(t)
	pace := BodyPace{Grace: 100 * time.Millisecond, BytesPerSecond: 1000, SlowAfter: 20 * time.Millisecond, MaxSlow: 3}
	for name, portal := range portals(t, echo) {
		e := w.edge(func(o *Options) { o.Portal, o.BodyPace = portal, pace })
		base := listen(t, e, nil)
		head := "POST /api/x HTTP/1.1\r\nHost: qinghe.gov.cn\r\nContent-Length: 3000\r\n\r\n"
		for what, drip := range map[string]func(net.Conn){
			"silent":        func(net.Conn) {},
			"a byte a time": func(c net.Conn) { trickle(c, 1, 30*time.Millisecond, 3000) },
		} {
			c := rawRequest(t, base, head)
			go drip(c)
			if got := answers(c); len(got) != 1 || !strings.HasPrefix(got[0], "408 ") {
				t.Errorf("%s, %s: %.60q", name, what, got)
			}
		}
		c := rawRequest(t, base, head)
		go trickle(c, 100, 10*time.Millisecond, 3000) // 10,000 bytes a second, for longer than the grace
		res, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil || res.StatusCode != 200 {
			t.Errorf("%s, steady: %v %v", name, res, err)
		}
		await(t, func() bool { return e.slow.count() == 0 })
	}
}

// trickle sends total bytes in pieces.
func trickle(c net.Conn, piece int, pause time.Duration, total int) {
	for sent := 0; sent < total; sent += piece {
		if _, err := c.Write(bytes.Repeat([]byte("x"), piece)); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

func (s *slowBodies) count() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, v := range s.open {
		n += v
	}
	return n
}

// One address may have a few slow bodies under way; the next is sent away, others are not touched.
func TestManySlowBodies(t *testing.T) {
	w, _ := city(t)
	pace := BodyPace{Grace: time.Minute, SlowAfter: 20 * time.Millisecond, MaxSlow: 3}
	for name, portal := range portals(t, echo) {
		e := w.edge(func(o *Options) { o.Portal, o.BodyPace = portal, pace })
		base := listen(t, e, nil)
		head := "POST /api/x HTTP/1.1\r\nHost: qinghe.gov.cn\r\nContent-Length: 5\r\n\r\n"
		var open []net.Conn
		for range 3 {
			open = append(open, rawRequest(t, base, head))
		}
		await(t, func() bool { return e.slow.count() == 3 })
		if got := answers(rawRequest(t, base, head)); len(got) != 1 || !strings.HasPrefix(got[0], "429 ") ||
			!strings.Contains(got[0], "请求过于频繁") {
			t.Errorf("%s: the fourth gets %.60q", name, got)
		}
		if res := get(e, "POST", "/api/x"); res.Code != 200 {
			t.Errorf("%s: a quick request beside slow ones gets %d", name, res.Code)
		}
		for _, c := range open { // they may go on
			io.WriteString(c, "hello") // the answer is looked at
			if res, err := http.ReadResponse(bufio.NewReader(c), nil); err != nil || res.StatusCode != 200 {
				t.Errorf("%s: %v %v", name, res, err)
			}
		}
		await(t, func() bool { return e.slow.count() == 0 })
	}
}

// A portal that takes its time is not the client's slowness.
func TestSlowPortalIsNoSlowBody(t *testing.T) {
	w, _ := city(t)
	pace := BodyPace{Grace: 20 * time.Millisecond, BytesPerSecond: 1 << 30, SlowAfter: 10 * time.Millisecond}
	e := w.edge(func(o *Options) {
		o.BodyPace = pace
		o.Portal = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			time.Sleep(100 * time.Millisecond)
			echo(w, r)
		})
	})
	res, err := http.Post(listen(t, e, nil)+"/api/x", "text/plain", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Error(res.Status)
	}
}

// OPTIONS is answered with what may be done, and every answer has the security headers.
func TestEveryAnswerIsSecured(t *testing.T) {
	_, e := city(t)
	base := listen(t, e, nil)
	for _, line := range []string{"OPTIONS *", "OPTIONS /", "OPTIONS /nothing", "GET /", "GET /old.html",
		"GET /nothing",
		"DELETE /", "TRACE /", "BREW /", "GET /search", "GET /%00", "HEAD /"} {
		c := rawRequest(t, base, line+" HTTP/1.1\r\nHost: qinghe.gov.cn\r\nConnection: close\r\n\r\n")
		method, _, _ := strings.Cut(line, " ")
		res, err := http.ReadResponse(bufio.NewReader(c), &http.Request{Method: method})
		if err != nil {
			t.Fatal(line, err)
		}
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options",
			"Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"} {
			if name == "Cross-Origin-Resource-Policy" && res.StatusCode == http.StatusOK {
				continue // published files may be shown by anybody
			}
			if len(res.Header.Values(name)) != 1 {
				t.Errorf("%s: %d of %s", line, len(res.Header.Values(name)), name)
			}
		}
		must := res.StatusCode == http.StatusMethodNotAllowed || method == "OPTIONS"
		if allow := res.Header.Get("Allow"); must != (allow == "GET, HEAD, OPTIONS") {
			t.Errorf("%s: %d, Allow %q", line, res.StatusCode, allow)
		}
		if method == "OPTIONS" && res.StatusCode != http.StatusNoContent {
			t.Errorf("%s: %d", line, res.StatusCode)
		}
	}
}
