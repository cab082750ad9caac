package cli_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"guiyi/test/freeport"
)

// public is the platform as the public reaches it: one process, or an edge whose portal is another one.
type public struct {
	t    *testing.T
	at   string // of the edge
	log  string // of the edge
	data string // of the edge
	edge *exec.Cmd
}

// startPublic starts the demo city.
func startPublic(t *testing.T, apart bool) *public {
	t.Helper()
	dir := t.TempDir()
	exe := link(t, dir)
	at := func() string {
		a, err := freeport.Address()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	p := &public{t: t, at: at(), log: filepath.Join(dir, "edge.log"), data: filepath.Join(dir, "one")}
	one := []string{"GUIYI_DATA_DIR=" + p.data, "GUIYI_STUDIO_LISTEN=" + at(), "GUIYI_PUBLIC_LISTEN=" + p.at}
	if !apart {
		p.edge = p.start(exe, p.log, one, "--demo")
		p.await()
		return p
	}
	portal := at()
	one = append(one, "GUIYI_PORTAL_LISTEN="+portal, "GUIYI_ROLES=studio,portal,worker")
	p.start(exe, filepath.Join(dir, "one.log"), one, "--demo")
	var bus struct{ URL, Token string }
	waitFor(t, "the bus is announced", func() bool {
		b, err := os.ReadFile(filepath.Join(p.data, "bus", "bus.json"))
		return err == nil && json.Unmarshal(b, &bus) == nil
	})
	waitFor(t, "the portal's secret and the key are there", func() bool {
		keys, _ := filepath.Glob(filepath.Join(p.data, "keys", "*.pub"))
		secrets, _ := filepath.Glob(filepath.Join(p.data, "portal*"))
		return len(keys) > 0 && len(secrets) > 0
	})
	shared := p.data
	p.data = filepath.Join(dir, "edge")
	for _, pattern := range []string{"keys/*.pub", "portal*"} {
		found, err := filepath.Glob(filepath.Join(shared, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			rel, _ := filepath.Rel(shared, file)
			to := filepath.Join(p.data, rel)
			b, err := os.ReadFile(file)
			if err == nil {
				err = os.MkdirAll(filepath.Dir(to), 0o700)
			}
			if err == nil {
				err = os.WriteFile(to, b, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	p.edge = p.start(exe, p.log, []string{"GUIYI_ROLES=edge", "GUIYI_DATA_DIR=" + p.data, "GUIYI_STUDIO_LISTEN=" + at(),
		"GUIYI_PUBLIC_LISTEN=" + p.at, "GUIYI_BUS_URL=" + bus.URL, "GUIYI_BUS_TOKEN=" + bus.Token,
		"GUIYI_PORTAL_URL=http://" + portal, "GUIYI_BLOB=dir:" + filepath.Join(shared, "blob")})
	p.await()
	return p
}

func (p *public) start(exe, log string, env []string, args ...string) *exec.Cmd {
	p.t.Helper()
	out, err := os.Create(log)
	if err != nil {
		p.t.Fatal(err)
	}
	defer out.Close()
	cmd := exec.Command(exe, append([]string{"serve"}, args...)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), env...), out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd
}

func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(90 * time.Second); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("did not come to be: " + what)
		}
	}
}

// await waits until the home page is there and the search finds something.
func (p *public) await() {
	p.t.Helper()
	for path, want := range map[string]string{"/": "<main", "/search?q=清河": "<mark>清河</mark>"} {
		waitFor(p.t, path+" answers, see "+p.log, func() bool {
			res, err := http.Get("http://" + p.at + path)
			if err != nil {
				return false
			}
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			return err == nil && res.StatusCode == http.StatusOK && strings.Contains(string(b), want)
		})
	}
}

// raw sends bytes as they are and returns every answer until the edge closes the connection.
func (p *public) raw(text string) (out []*http.Response, bodies []string) {
	p.t.Helper()
	c, err := net.Dial("tcp", p.at)
	if err != nil {
		p.t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(10 * time.Second))
	io.WriteString(c, text) // the answers are looked at
	method, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n"), " ")
	for r := bufio.NewReader(c); ; {
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			return out, bodies
		}
		body, _ := io.ReadAll(res.Body)
		out, bodies = append(out, res), append(bodies, string(body))
	}
}

// TestPublicListener sends what clients in the wild send, good and bad, to the program as it runs, in one process and
// with the portal in another.
func TestPublicListener(t *testing.T) {
	for name, apart := range map[string]bool{"one process": false, "edge apart": true} {
		t.Run(name, func(t *testing.T) {
			p := startPublic(t, apart)
			p.bodies(apart)
			p.methods()
			p.refused()
			p.paths()
			p.packed()
			p.encodings()
			p.tooMany()
			p.noted()
			log, err := os.ReadFile(p.log)
			if err != nil || strings.Contains(string(log), "portal not reached") {
				t.Errorf("%v: faults of clients are told as faults of the portal:\n%s", err, log)
			}
		})
	}
}

const head = " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"

// bodies that cannot be read are the client's fault, and nothing behind them is a request.
// A portal in the same process may answer without reading them; the connection is closed all the same.
func (p *public) bodies(apart bool) {
	for what, body := range map[string]string{
		"hexadecimal prefix": "0x3\r\nabc\r\n0\r\n\r\n",
		"no line end":        "3\r\nabc0\r\n\r\n",
		"line feeds":         "3\nabc\n0\n\n",
		"long extension":     "3;" + strings.Repeat("x", 9000) + "\r\nabc\r\n0\r\n\r\n",
		"sign":               "+3\r\nabc\r\n0\r\n\r\n",
		"no number":          "three\r\nabc\r\n0\r\n\r\n",
	} {
		for _, path := range []string{"/search", "/_mode", "/_access", "/api/v1/search", "/"} {
			res, _ := p.raw("POST " + path + head + "Transfer-Encoding: chunked\r\n\r\n" + body)
			if len(res) != 1 || apart && res[0].StatusCode < 400 || res[0].StatusCode >= 500 {
				p.t.Errorf("POST %s, %s: %v", path, what, res)
			}
		}
	}
	for _, path := range []string{"/search", "/_mode", "/", "/api/v1/search"} {
		res, _ := p.raw("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n" +
			"0\r\n\r\nGET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		if len(res) != 1 {
			p.t.Errorf("POST %s with a length and chunks: %d answers", path, len(res))
		}
	}
}

func (p *public) methods() {
	secured := []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy",
		"Permissions-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Request-Id"}
	for request, want := range map[string]struct {
		status int
		allow  string
	}{
		"POST /search":                  {405, "GET, HEAD, OPTIONS"},
		"PUT /search":                   {405, "GET, HEAD, OPTIONS"},
		"BREW /api/v1/search":           {405, "GET, HEAD, OPTIONS"},
		"DELETE /_access":               {405, "GET, HEAD, POST, OPTIONS"},
		"POST /_qr":                     {405, "GET, HEAD, OPTIONS"},
		"POST /":                        {405, "GET, HEAD, OPTIONS"},
		"OPTIONS /":                     {204, "GET, HEAD, OPTIONS"},
		"OPTIONS /search":               {204, "GET, HEAD, OPTIONS"},
		"OPTIONS /api/v1/search":        {204, "GET, HEAD, OPTIONS"},
		"OPTIONS *":                     {204, "GET, HEAD, OPTIONS"},
		"GET /nothing":                  {404, ""},
		"GET /api/v1/nothing":           {404, ""},
		"GET /api/v1/search":            {400, ""},
		"GET /api/v1/search?site=":      {400, ""},
		"GET /zwgk":                     {301, ""},
		"GET /_mode?elder=1":            {303, ""},
		"HEAD /search":                  {200, ""},
		"GET /.well-known/security.txt": {200, ""},
		"GET *":                         {400, ""},
		"TRACE *":                       {400, ""},
		"GET ftp://localhost/":          {400, ""},
		"GET http://a:b@localhost/":     {400, ""},
		"GET http://nobody.example/":    {421, ""},
		// an empty line first (RFC 9112, 2.2)
		"\r\nGET /search":      {200, ""},
		"\r\n\r\nGET /_access": {200, ""},
	} {
		res, _ := p.raw(request + head + "\r\n")
		if len(res) != 1 || res[0].StatusCode != want.status || res[0].Header.Get("Allow") != want.allow {
			p.t.Errorf("%s: %v", request, res)
			continue
		}
		for _, name := range secured {
			if got := res[0].Header.Values(name); len(got) != 1 {
				p.t.Errorf("%s: %s is %q", request, name, got)
			}
		}
	}
}

// refused sends what never becomes a request: the answer has the headers of every answer, but for the id.
func (p *public) refused() {
	const to = " HTTP/1.1\r\nHost: localhost\r\n"
	for request, status := range map[string]int{
		"GET / HTTP/1.1\r\n\r\n":                                         400,
		"GET /" + to + "Host: localhost\r\n\r\n":                         400,
		"GET /" + to + "Host: rsj.localhost\r\n\r\n":                     400,
		"GET /search" + to + "X-Guiyi-Site : rsj\r\n\r\n":                400,
		"GET /search" + to + "X: a\rb\r\n\r\n":                           400,
		"GET /search" + to + "X(a): b\r\n\r\n":                           400,
		"GET /a b" + to + "\r\n":                                         400,
		"GET /\r\n":                                                      400,
		"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n":                      505,
		"POST /search" + to + "Content-Length: 3, 3\r\n\r\nabc":          400,
		"POST /search" + to + "Transfer-Encoding: chunked, x\r\n\r\n":    501,
		"GET /" + to + "X: " + strings.Repeat("a", 200_000) + "\r\n\r\n": 431,
		"\r\n\r\n\r\nGET /" + to + "\r\n":                                400,
	} {
		res, _ := p.raw(request)
		if len(res) != 1 || res[0].StatusCode != status || len(res[0].Header.Values("Content-Security-Policy")) != 1 ||
			len(res[0].Header.Values("X-Content-Type-Options")) != 1 {
			p.t.Errorf("%.80q: %v", request, res)
		}
	}
}

// paths that climb lead nowhere.
func (p *public) paths() {
	for _, path := range []string{"/../guiyi.db", "/%2e%2e/guiyi.db", "/%2e%2e%2fguiyi.db", "/zwgk/..%5cguiyi.db",
		"/..%252fguiyi.db", "/%c0%ae%c0%ae/guiyi.db", "/..%ef%bc%8fguiyi.db", "/..;/guiyi.db", "/....//guiyi.db",
		"/%00/guiyi.db", "/search/..%2fguiyi.db", "/_mode/%2e%2e/keys", "/api/../heads/qinghe.json", "/.%2e/guiyi.db",
		"/..%09/guiyi.db", "/.git/config", "//guiyi.db", "/_m/../../guiyi.db", "/search/../guiyi.db"} {
		res, bodies := p.raw("GET " + path + head + "\r\n")
		if len(res) != 1 || res[0].StatusCode != 400 && res[0].StatusCode != 404 {
			p.t.Errorf("GET %s: %v", path, res)
		} else if strings.Contains(bodies[0], "SQLite format") {
			p.t.Errorf("GET %s gives a file", path)
		}
	}
}

func (p *public) packed() {
	res, bodies := p.raw("GET /search?q=%E6%B8%85%E6%B2%B3" + head + "Accept-Encoding: gzip\r\n\r\n")
	vary := strings.Join(res[0].Header.Values("Vary"), ", ")
	if res[0].Header.Get("Content-Encoding") != "gzip" || !strings.Contains(vary, "Accept-Encoding") ||
		!strings.Contains(vary, "Cookie") {
		p.t.Fatalf("%v", res[0].Header)
	}
	z, err := gzip.NewReader(strings.NewReader(bodies[0]))
	if err != nil {
		p.t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(page), "清河") || len(page) < 2*len(bodies[0]) {
		p.t.Errorf("%d bytes of %d, %v", len(bodies[0]), len(page), err)
	}
}

func (p *public) encodings() {
	ask := func(q string) (res []*http.Response, found []string) {
		res, bodies := p.raw("GET /api/v1/search?q=" + q + head + "\r\n")
		for _, body := range bodies { // what was understood differs
			items, _, _ := strings.Cut(strings.TrimSuffix(body, "}\n"), `,"notes":`)
			found = append(found, items)
		}
		return res, found
	}
	utf8, want := ask("%E6%B8%85%E6%B2%B3")
	gbk, got := ask("%C7%E5%BA%D3")
	for tries := 0; tries < 50 && want[0] != got[0]; tries++ { // the index may still be taking the city in
		utf8, want = ask("%E6%B8%85%E6%B2%B3")
		gbk, got = ask("%C7%E5%BA%D3")
	}
	if utf8[0].StatusCode != 200 || gbk[0].StatusCode != 200 || want[0] != got[0] {
		p.t.Errorf("GBK: %d, UTF-8: %d", gbk[0].StatusCode, utf8[0].StatusCode)
	}
	_, page := p.raw("GET /search?q=%C7%E5%BA%D3" + head + "\r\n")
	if !strings.Contains(page[0], "GBK 编码，已识别为“清河”") || !strings.Contains(page[0], "<mark>清河</mark>") {
		p.t.Errorf("the page does not say that the words were in GBK, or finds nothing:\n%s", mainOf(page[0]))
	}
}

// tooMany asks faster than one address may, and is told so by page and interface.
func (p *public) tooMany() {
	for _, path := range []string{"/search?q=", "/_qr?p=/", "/api/v1/search?q=%E6%B8%85"} {
		var res []*http.Response
		var bodies []string
		for n := 0; n < 450; n++ {
			if res, bodies = p.raw("GET " + path + head + "Accept: text/html\r\n\r\n"); res[0].StatusCode == 429 {
				break
			}
		}
		if res[0].StatusCode != 429 || res[0].Header.Get("Retry-After") == "" || !strings.Contains(bodies[0], "秒后重试") ||
			!strings.Contains(bodies[0], `<main id="main"`) {
			p.t.Errorf("%s: %d %v %.300s", path, res[0].StatusCode, res[0].Header, bodies[0])
		}
	}
	if res, _ := p.raw("GET /" + head + "\r\n"); res[0].StatusCode != 200 {
		p.t.Error("published pages are not for who searched too much")
	}
}

// noted looks for the lines of requests in the access log, also after kill -9.
func (p *public) noted() {
	for _, path := range []string{"/", "/search?q=13800138000&name=%E6%9D%8E", "/nothing/here"} {
		p.raw("GET " + path + head + "Referer: https://www.gov.cn/?token=abc\r\nUser-Agent: probe\r\n\r\n")
	}
	time.Sleep(1100 * time.Millisecond) // what is older than a second is on disk
	_ = p.edge.Process.Kill()
	b, err := os.ReadFile(filepath.Join(p.data, "access", "access.log"))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, want := range []string{`"GET / HTTP/1\.1" 200 \d+`, `"GET /search\?q=\*\*\*&name=\*\*\* HTTP/1\.1" 429 \d+`,
		`"GET /nothing/here HTTP/1\.1" 404 \d+`} {
		line := regexp.MustCompile(`127\.0\.0\.1 - - \[[^\]]+ \+0800\] ` + want +
			` "https://www\.gov\.cn/\?token=\*\*\*" "probe" "localhost" \d+\.\d{6} [0-9a-z-]+` + "\n")
		if n := len(line.FindAll(b, -1)); n != 1 {
			p.t.Errorf("%d lines like %s in\n%s", n, want, tail(b))
		}
	}
}

func mainOf(page string) string {
	_, rest, _ := strings.Cut(page, "<main")
	return rest[:min(3000, len(rest))]
}

func tail(b []byte) string { return string(b[max(0, len(b)-2000):]) }
