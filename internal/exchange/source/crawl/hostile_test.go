package crawl

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

const page = `<!DOCTYPE html><html><head><title>甲地召开会议部署春耕生产</title></head><body><p>正文</p></body></html>`

// collect crawls a hostile host from its start page and returns the result of each address.
func collect(t *testing.T, start string, o Options, patience time.Duration) map[string]source.Input {
	t.Helper()
	o.Delay = time.Nanosecond
	src, err := Open(start, o)
	if err != nil {
		t.Fatal(err)
	}
	if patience > 0 {
		src.(*crawl).f.client.Timeout = patience
	}
	got := map[string]source.Input{}
	for in, err := range src.Inputs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if in.Problem != nil && !strings.ContainsFunc(fault.Text(in.Problem),
			func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			t.Errorf("%s: no clear text: %v", in.Name, in.Problem)
		}
		got[strings.TrimPrefix(in.Name, start)] = in
	}
	return got
}

// pour writes until the client closes the connection, and returns the number of bytes.
func pour(w io.Writer, block []byte, most int64) (n int64) {
	for n < most {
		m, err := w.Write(block)
		if n += int64(m); err != nil {
			return n
		}
	}
	return n
}

// TestHostileHost: an attack at one address affects only this address.
func TestHostileHost(t *testing.T) {
	const most = 1 << 30
	var mu sync.Mutex
	poured := map[string]int64{}
	note := func(r *http.Request, n int64) {
		mu.Lock()
		poured[r.URL.Path] += n
		mu.Unlock()
	}
	gone := make(chan struct{})
	spaces := bytes.Repeat([]byte(" "), 1<<20)
	packed := func(encoding string, pack func(io.Writer) io.WriteCloser) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if encoding != "" {
				w.Header().Set("Content-Encoding", encoding)
			}
			z := pack(w)
			fmt.Fprint(z, page)
			note(r, pour(z, spaces, 32<<20))
			_ = z.Close()
		}
	}
	gz := func(w io.Writer) io.WriteCloser { z, _ := gzip.NewWriterLevel(w, gzip.BestSpeed); return z }
	tricks := map[string]http.HandlerFunc{
		"/endless": func(w http.ResponseWriter,
			r *http.Request) {
			fmt.Fprint(w, page)
			note(r, pour(w, spaces, most))
		},
		"/gzip":       packed("gzip", gz),
		"/gzip-twice": packed("gzip", func(w io.Writer) io.WriteCloser { return gz(gz(w)) }),
		"/file.gz":    packed("", gz),
		"/brotli":     packed("br", func(w io.Writer) io.WriteCloser { return brotli.NewWriterLevel(w, 1) }),
		"/zstd": packed("zstd", func(w io.Writer) io.WriteCloser {
			z, _ := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
			return z
		}),
		"/short": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000000")
			fmt.Fprint(w, page)
		},
		"/negative": func(w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"+page)
		},
		"/two-lengths": func(w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\n"+page)
		},
		"/headers": func(w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 1<<20)+"\r\n\r\n"+page)
		},
		"/no-http": func(w http.ResponseWriter, _ *http.Request) { raw(w, "SSH-2.0-OpenSSH_9.6\r\n") },
		"/loop":    func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) },
		"/file": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "file:///etc/passwd")
			w.WriteHeader(302)
		},
		"/ftp": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "ftp://127.0.0.1/x")
			w.WriteHeader(302)
		},
		"/userinfo": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://user:secret@"+r.Host+"/last")
			w.WriteHeader(302)
		},
		"/bad": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://%zz/")
			w.WriteHeader(302)
		},
		"/laughs": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, laughs("urlset")+"<urlset><url><loc>&l;</loc></url></urlset>")
		},
		"/deep": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<urlset>"+strings.Repeat("<url>", 1_000_000))
		},
		"/feed-bomb": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "<rss><channel>"+strings.Repeat("<item></item>", 500_000)+"</channel></rss>")
		},
		"/slow": func(w http.ResponseWriter, r *http.Request) { // endless, a byte at a time
			for {
				if _, err := w.Write([]byte("<")); err != nil {
					return
				}
				w.(http.Flusher).Flush()
				select {
				case <-time.After(20 * time.Millisecond):
				case <-r.Context().Done():
					return
				case <-gone:
					return
				}
			}
		},
		"/silent": func(_ http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
			case <-gone:
			}
		},
	}
	links := ""
	for path := range tricks {
		links += `<a href="` + path + `">x</a>`
	}
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch do := tricks[r.URL.Path]; {
		case do != nil:
			do(w, r)
		case r.URL.Path == "/":
			fmt.Fprint(w, `<html><body>`+links+`<a href="/last">x</a></body></html>`)
		case r.URL.Path == "/last":
			fmt.Fprint(w, page)
		default:
			http.NotFound(w, r)
		}
	}))
	got := collect(t, h.URL, Options{Private: true}, 5*time.Second)
	close(gone)
	h.Close() // all handlers have ended
	for path := range tricks {
		in, ok := got[path]
		if !ok {
			in, ok = got[path+"#1"]
		}
		if !ok && path != "/laughs" {
			t.Errorf("%s is not accounted for", path)
			continue
		}
		if in.Problem == nil && path != "/laughs" {
			t.Errorf("%s: accepted %d bytes", path, len(in.Raw))
		}
		t.Logf("%s: %d bytes poured, %v", path, poured[path], fault.Text(in.Problem))
	}
	if in := got["/last"]; in.Problem != nil || string(in.Raw) != page {
		t.Errorf("the good page was lost: %v", in.Problem)
	}
	if n := poured["/endless"]; n > 64<<20 {
		t.Errorf("an endless page was read on for %d MiB", n>>20)
	}
}

// raw writes a response that net/http would not write.
func raw(w http.ResponseWriter, text string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, text)
}

func laughs(root string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE ` + root + ` [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">`)
	for c := 'b'; c <= 'l'; c++ {
		fmt.Fprintf(&b, `<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	return b.String() + "]>"
}

// TestHugeRobots: only the permitted part of an endless robots.txt is read. A host whose rules cannot be read is not
// crawled.
func TestHugeRobots(t *testing.T) {
	var asked []string
	var n int64
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		if r.URL.Path == "/robots.txt" {
			n = pour(w, []byte(strings.Repeat("Disallow: /x\n", 10_000)), 1<<30)
			return
		}
		fmt.Fprint(w, page)
	}))
	defer h.Close()
	got := collect(t, h.URL, Options{Private: true}, 0)
	h.Close() // waits for the handlers
	if in := got["/"]; in.Problem == nil || slices.Contains(asked, "/") {
		t.Errorf("crawled in spite of its rules: %v %v", in.Problem, asked)
	}
	if n > 64<<20 {
		t.Errorf("%d MiB of robots.txt were read", n>>20)
	}
}

// TestRebinding: the address is checked when the connection is made. So a name that resolves differently after an
// earlier check is refused.
func TestRebinding(t *testing.T) {
	asked := false
	h := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer h.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(h.URL, "http://"))
	f := newFetcher(Options{Hosts: []string{"rebind.example:" + port}, Delay: time.Nanosecond})
	transport := f.client.Transport.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return dial(ctx, network, net.JoinHostPort("127.0.0.1", port)) // the address that the name now resolves to
	}
	for range 3 {
		if _, err := f.get(t.Context(), "http://rebind.example:"+port+"/", source.MaxPage); !fault.Is(err,
			fault.Forbidden) || !strings.Contains(fault.Text(err), "内部网络") {
			t.Errorf("%v", err)
		}
	}
	if asked {
		t.Error("the inner host was reached")
	}
}

// TestSpellings: an internal address is refused in every spelling, at the latest when dialling.
func TestSpellings(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1",
		"0.0.0.0", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
		"[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[fd12:3456::1]", "[64:ff9b::127.0.0.1]", "169.254.169.254",
		"[::ffff:169.254.169.254]", "100.100.100.200", "localhost", "LOCALHOST.", "127.0.0.1.", "①②⑦.0.0.1"} {
		src, err := Open("http://"+host+":1/", Options{Delay: time.Nanosecond})
		if err != nil {
			continue // refused before any request
		}
		for in, err := range src.Inputs(t.Context()) {
			if err != nil || in.Problem == nil {
				t.Errorf("%s: %v %v", host, err, in.Problem)
			}
		}
	}
}

// FuzzGate: any address or redirect that passes the checks is http or https, on an allowed host, without a user name.
func FuzzGate(f *testing.F) {
	for _, s := range []string{"http://a.example/", "//b.example/x", "http://a.example@b.example/",
		"http://a.example:80/", "\\\\b.example", "http://a.example\\@b.example/", "/x", "javascript:x"} {
		f.Add(s)
	}
	base, _ := url.Parse("http://a.example/dir/")
	fetch := newFetcher(Options{Hosts: []string{"a.example"}})
	f.Fuzz(func(t *testing.T, s string) {
		u, err := base.Parse(s)
		if err != nil || !fetch.allowed(u) {
			return
		}
		if h := strings.ToLower(u.Hostname()); h != "a.example" || u.User != nil || u.Scheme != "http" &&
			u.Scheme != "https" {
			t.Errorf("%q passed as %s", s, u)
		}
	})
}

// TestRedirectBound: an endless redirect causes six requests for one address, not more.
func TestRedirectBound(t *testing.T) {
	asked := 0
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		asked++
		http.Redirect(w, r, fmt.Sprintf("/%d", asked), http.StatusFound)
	}))
	defer h.Close()
	u, err := url.Parse(h.URL)
	if err != nil {
		t.Fatal(err)
	}
	f := newFetcher(Options{Hosts: []string{u.Host}, Private: true, Delay: time.Nanosecond})
	if _, err := f.get(t.Context(), h.URL+"/", source.MaxPage); !fault.Is(err, fault.Invalid) || asked != 6 {
		t.Errorf("%d requests, %v", asked, err)
	}
}

// TestRobotsOfAnotherHost: a redirect of robots.txt does not lead to a host that is not allowed.
func TestRobotsOfAnotherHost(t *testing.T) {
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.Redirect(w, r, other.URL+"/robots.txt", http.StatusFound)
			return
		}
		fmt.Fprint(w, page)
	}))
	defer h.Close()
	collect(t, h.URL, Options{Private: true}, 0)
	if reached {
		t.Error("a host that is not allowed was asked for its robots.txt")
	}
}
