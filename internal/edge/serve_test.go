package edge

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"guiyi/internal/publish/manifest"
)

func TestStatic(t *testing.T) {
	w, e := city(t)
	page := pageBody("清河")
	for _, tc := range []struct {
		url, method string
		headers     []string
		status      int
		want        map[string]string // header → value, "-" for absent
		body        string            // substring
	}{
		{url: "/", status: 200, body: string(page),
			want: map[string]string{"Cache-Control": cachePage, "Content-Type": "text/html; charset=utf-8",
				"Vary":           "Accept-Encoding",
				"Content-Length": fmt.Sprint(len(page)), "Last-Modified": "Wed, 18 Nov 2026 11:06:40 GMT",
				"Content-Encoding": "-", "Etag": `"` + manifest.Sum(page).String()[:32] + `"`,
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN",
				"Strict-Transport-Security": "-"}},
		{url: "/zwgk/", status: 200, body: "政务公开"},
		{url: "/%E6%94%BF%E5%8A%A1.html", status: 200, body: "中文地址"},
		{url: "/_a/0123456789ab.site.css", status: 200, body: "a{b:c}",
			want: map[string]string{"Cache-Control": cacheFixed, "Content-Type": "text/css", "Accept-Ranges": "bytes"}},
		{url: "/_m/p.png", status: 200, body: "0123456789",
			want: map[string]string{"Cache-Control": cacheFixed, "Vary": "-"}},
		{url: "/rss.xml", status: 200, want: map[string]string{"Cache-Control": cacheFeed}},
		{url: "/?utm=1", status: 200, body: "清河"},
		{url: "/old.html", status: 301, want: map[string]string{"Location": "/%E6%94%BF%E5%8A%A1.html"}},
		{url: "/away", status: 302, want: map[string]string{"Location": "https://www.gov.cn/"}},
		{url: "/old.jsp?id=7&k=%E4%B8%AD", status: 301, want: map[string]string{"Location": "/zwgk/"}},
		{url: "/old.jsp?id=8", status: 404},
		{url: "/zwgk", status: 301, want: map[string]string{"Location": "/zwgk/"}},
		{url: "/zwgk?p=1", status: 301, want: map[string]string{"Location": "/zwgk/?p=1"}},
		{url: "/zwgk/index.html", status: 301, want: map[string]string{"Location": "/zwgk/"}},
		{url: "/index.html", status: 301, want: map[string]string{"Location": "/"}},
		{url: "/a/", status: 301, want: map[string]string{"Location": "/a/index.html"}},
		{url: "/zwgk/t1.html/", status: 301, want: map[string]string{"Location": "/zwgk/t1.html"}},
		{url: "/gone.html", status: 410, body: "已经撤下", want: map[string]string{"Cache-Control": "no-store"}},
		{url: "/gone-with-page.html", status: 410, body: "已撤下，说明",
			want: map[string]string{"Cache-Control": "no-cache"}},
		{url: "/nothing", status: 404, body: "页面不存在",
			want: map[string]string{"Cache-Control": "no-cache", "Etag": "-", "Last-Modified": "-"}},
		{url: "/404.html", status: 404, body: "页面不存在"},
		{url: "/closed.html", status: 503, want: map[string]string{"Cache-Control": "no-store"}},
		{url: "/zwgk/../", status: 404}, {url: "/zwgk/%2e%2e/", status: 404}, {url: "//zwgk/", status: 404},
		{url: "/zwgk%2Ft1.html", status: 400}, {url: "/%5c", status: 400}, {url: "/%5C%2f", status: 400},
		{url: "/%00", status: 404},
		{url: "/" + strings.Repeat("a", 2000), status: 404},
		{url: "/" + strings.Repeat("a", maxURI), status: 414},
		{url: "/", method: "POST", status: 405, want: map[string]string{"Allow": "GET, HEAD, OPTIONS"}},
		{url: "/", method: "DELETE", status: 405}, {url: "/", method: "TRACE", status: 405},
		{url: "/", method: "get", status: 405},
		{url: "QINGHE.gov.cn:8080/", status: 200}, {url: "qinghe.gov.cn./", status: 200},
		{url: "qinghe.localhost:8080/", status: 200},
		{url: "localhost:8080/", status: 200}, {url: "127.0.0.1:1/", status: 200}, {url: "[::1]:80/", status: 200},
		{url: "127.9.9.9/", status: 200},
		{url: "evil.example/", status: 421, body: "没有这个网站"}, {url: "xqinghe.gov.cn/", status: 421},
		{url: "10.0.0.1/", status: 421},
		{url: "qinghe.gov.cn:80:80/", status: 421}, {url: "qinghe.gov.cn@evil.example/", status: 421},
		{url: ".localhost/", status: 421}, {url: "[::1/", status: 421},
	} {
		t.Run(tc.method+tc.url[:min(len(tc.url), 40)], func(t *testing.T) {
			if tc.method == "" {
				tc.method = "GET"
			}
			res := get(e, tc.method, tc.url, tc.headers...)
			if res.Code != tc.status {
				t.Errorf("status %d, want %d", res.Code, tc.status)
			}
			for k, v := range tc.want {
				if got := res.Header().Get(k); got != v && !(v == "-" && got == "") {
					t.Errorf("%s: %q, want %q", k, got, v)
				}
			}
			if !strings.Contains(res.Body.String(), tc.body) {
				t.Errorf("body %.300q lacks %q", res.Body, tc.body)
			}
			if csp := res.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") {
				t.Errorf("CSP %q", csp)
			}
		})
	}
	w.quiet()
}

func TestHeadEqualsGet(t *testing.T) {
	_, e := city(t)
	for _, url := range []string{"/", "/nothing", "/old.html", "/gone.html", "/_m/v.mp4", "/_m/p.png", "/rss.xml",
		"/zwgk", "evil.example/", "/search", "/" + strings.Repeat("a", 5000)} {
		for _, headers := range [][]string{nil, {"Accept-Encoding", "br"},
			{"Accept-Encoding", "gzip", "Cookie", "a11y=elder%3D1"}, {"If-None-Match", "*"}} {
			a, b := get(e, "GET", url, headers...), get(e, "HEAD", url, headers...)
			if id := a.Header().Get("X-Request-Id"); id != "" && id == b.Header().Get("X-Request-Id") {
				t.Errorf("%s: two requests have one id", url)
			}
			a.Header().Del("X-Request-Id")
			b.Header().Del("X-Request-Id")
			if a.Code != b.Code || asJSON(a.Header()) != asJSON(b.Header()) {
				t.Errorf("%s %v: GET %d %v\nHEAD %d %v", url, headers, a.Code, a.Header(), b.Code, b.Header())
			}
			if b.Body.Len() != 0 {
				t.Errorf("%s: HEAD has a body", url)
			}
			if a.Code != 304 && a.Header().Get("Content-Length") != fmt.Sprint(a.Body.Len()) {
				t.Errorf("%s: length %s of %d", url, a.Header().Get("Content-Length"), a.Body.Len())
			}
		}
	}
}

func TestEncodings(t *testing.T) {
	_, e := city(t)
	want := pageBody("清河")
	for accept, enc := range map[string]string{
		"": "", "gzip": "gzip", "gzip, deflate, br, zstd": "br", "zstd, gzip": "zstd", "br;q=0, gzip": "gzip",
		"br;q=0.1, gzip;q=0.9": "gzip",
		"*":                    "br", "*;q=0": "", "gzip;q=0": "", "identity": "", "identity;q=1, gzip;q=0.5": "",
		"GZIP":   "gzip",
		"x-gzip": "gzip", "deflate": "",
		"gzip;q=2": "", "gzip;q=": "", ";q=1,gzip": "gzip", "br;x=1": "", "gzip;q=0.001": "gzip", "*, br;q=0": "zstd",
		"identity;q=0, *;q=0": "", "gzip;q=1.0001": "",
	} {
		res := get(e, "GET", "/", "Accept-Encoding", accept)
		if got := res.Header().Get("Content-Encoding"); got != enc {
			t.Errorf("%q: %q, want %q", accept, got, enc)
		}
		if !bytes.Equal(decompress(t, enc, res.Body.Bytes()), want) {
			t.Errorf("%q: wrong bytes", accept)
		}
	}
	tags := map[string]bool{}
	for _, accept := range []string{"br", "gzip", "zstd", "identity"} {
		tags[get(e, "GET", "/", "Accept-Encoding", accept).Header().Get("Etag")] = true
	}
	if len(tags) != 4 {
		t.Errorf("encodings share tags: %v", tags)
	}
}

func decompress(t *testing.T, enc string, b []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(b)
	switch enc {
	case "br":
		r = brotli.NewReader(r)
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	case "zstd":
		z, err := zstd.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		r = z
	}
	out, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestConditional(t *testing.T) {
	_, e := city(t)
	tag := get(e, "GET", "/", "Accept-Encoding", "gzip").Header().Get("Etag")
	plain := get(e, "GET", "/").Header().Get("Etag")
	const modified, before, after = "Wed, 18 Nov 2026 11:06:40 GMT", "Wed, 18 Nov 2026 11:06:39 GMT",
		"Wed, 18 Nov 2026 11:06:41 GMT"
	for _, tc := range []struct {
		headers []string
		status  int
	}{
		{[]string{"If-None-Match", tag}, 304},
		{[]string{"If-None-Match", "W/" + tag}, 304},
		{[]string{"If-None-Match", `"x", ` + tag}, 304},
		{[]string{"If-None-Match", `"x"`, "If-None-Match", tag}, 304},
		{[]string{"If-None-Match", "*"}, 304},
		{[]string{"If-None-Match", plain}, 200},
		{[]string{"If-None-Match", strings.Trim(tag, `"`)}, 200},
		{[]string{"If-None-Match", `"` + tag}, 200},
		{[]string{"If-None-Match", `"x"`, "If-Modified-Since", after}, 200},
		{[]string{"If-Modified-Since", modified}, 304},
		{[]string{"If-Modified-Since", after}, 304},
		{[]string{"If-Modified-Since", before}, 200},
		{[]string{"If-Modified-Since", "yesterday"}, 200},
		{[]string{"If-Match", tag}, 200},
		{[]string{"If-Match", "W/" + tag}, 412},
		{[]string{"If-Match", `"x"`}, 412},
		{[]string{"If-Unmodified-Since", before}, 412},
		{[]string{"If-Unmodified-Since", modified}, 200},
	} {
		res := get(e, "GET", "/", append(tc.headers, "Accept-Encoding", "gzip")...)
		if res.Code != tc.status {
			t.Errorf("%v: %d, want %d", tc.headers, res.Code, tc.status)
		}
		if res.Code == 304 {
			h := res.Header()
			if res.Body.Len() > 0 || h.Get("Etag") != tag || h.Get("Vary") == "" ||
				h.Get("Cache-Control") != cachePage || h.Get("Content-Length") != "" ||
				h.Get("Content-Encoding") != "" {
				t.Errorf("304: %v", h)
			}
		}
	}
	if res := get(e, "GET", "/nothing", "If-None-Match", "*"); res.Code != 404 {
		t.Errorf("a condition on a missing page gives %d", res.Code)
	}
}

func TestRanges(t *testing.T) {
	_, e := city(t)
	film := video()
	size := len(film)
	for _, file := range []struct {
		url  string
		body []byte
	}{{"/_m/p.png", []byte("0123456789")}, {"/_m/v.mp4", film},
		{"/_a/0123456789ab.site.css", []byte(strings.Repeat("a{b:c}", 100))}} {
		n := len(file.body)
		tag := get(e, "HEAD", file.url).Header().Get("Etag")
		for _, tc := range []struct {
			spec     string
			from, to int // half open; to 0: unsatisfiable; -1: whole
			headers  []string
		}{
			{spec: "bytes=0-0", from: 0, to: 1}, {spec: "bytes=2-5", from: 2, to: 6},
			{spec: "bytes=3-", from: 3, to: n}, {spec: "bytes=-4", from: n - 4, to: n},
			{spec: "bytes=0-999999999", from: 0, to: n}, {spec: "bytes=-999999999", from: 0, to: n},
			{spec: fmt.Sprintf("bytes=%d-%d", n-1, n-1), from: n - 1, to: n},
			{spec: fmt.Sprintf("bytes=%d-", n)}, {spec: "bytes=-0"}, {spec: "bytes=99999999999999999999-"},
			{spec: "bytes=0-1,3-4", to: -1}, {spec: "bytes=5-2", to: -1}, {spec: "bytes=", to: -1},
			{spec: "bytes=-", to: -1}, {spec: "bytes=a-b", to: -1}, {spec: "bytes=+1-2", to: -1},
			{spec: "items=0-1", to: -1}, {spec: "bytes=--1", to: -1}, {spec: "bytes=0-1-2", to: -1},
			{spec: "bytes=0x1-2", to: -1},
			{spec: "bytes=2-5", from: 2, to: 6, headers: []string{"If-Range", tag}},
			{spec: "bytes=2-5", to: -1, headers: []string{"If-Range", `"other"`}},
			{spec: "bytes=2-5", to: -1, headers: []string{"If-Range", "W/" + tag}},
			{spec: "bytes=2-5", from: 2, to: 6, headers: []string{"If-Range", "Wed, 18 Nov 2026 11:06:40 GMT"}},
			{spec: "bytes=2-5", to: -1, headers: []string{"If-Range", "Wed, 18 Nov 2026 11:06:41 GMT"}},
		} {
			res := get(e, "GET", file.url, append([]string{"Range", tc.spec}, tc.headers...)...)
			checkRange(t, file.url+" "+tc.spec, res, file.body, tc.from, tc.to)
		}
	}
	for _, x := range [][2]int{{0, size}, {manifest.ChunkSize - 1, manifest.ChunkSize + 1},
		{manifest.ChunkSize, 2 * manifest.ChunkSize}, {size - 800, size}, {1, 4*manifest.ChunkSize + 5}} {
		res := get(e, "GET", "/_m/v.mp4", "Range", fmt.Sprintf("bytes=%d-%d", x[0], x[1]-1))
		checkRange(t, fmt.Sprint(x), res, film, x[0], x[1])
	}
	if res := get(e, "GET", "/_a/0123456789ab.site.css", "Range", "bytes=1-3", "Accept-Encoding",
		"br"); res.Header().Get("Content-Encoding") != "" || res.Code != 206 {
		t.Error("a range is of the identity form")
	}
	if res := get(e, "GET", "/_a/0123456789ab.site.css", "Range", "bytes=1-3,5-6", "Accept-Encoding",
		"br"); res.Header().Get("Content-Encoding") != "br" || res.Code != 200 {
		t.Error("an ignored range keeps the whole file from being compressed")
	}
	if res := get(e, "HEAD", "/_m/v.mp4", "Range", "bytes=0-1"); res.Code != 200 ||
		res.Header().Get("Content-Length") != fmt.Sprint(size) {
		t.Errorf("HEAD with Range: %d", res.Code)
	}
	if res := get(e, "GET", "/nothing", "Range", "bytes=0-1"); res.Code != 404 {
		t.Errorf("range of a missing page: %d", res.Code)
	}
}

func checkRange(t *testing.T, name string, res *httptest.ResponseRecorder, body []byte, from, to int) {
	t.Helper()
	n := len(body)
	switch {
	case to == 0:
		if res.Code != 416 || res.Header().Get("Content-Range") != fmt.Sprintf("bytes */%d", n) ||
			res.Header().Get("Etag") != "" {
			t.Errorf("%s: %d %v", name, res.Code, res.Header())
		}
	case to < 0:
		if res.Code != 200 || !bytes.Equal(res.Body.Bytes(), body) || res.Header().Get("Content-Range") != "" {
			t.Errorf("%s: %d, %d bytes", name, res.Code, res.Body.Len())
		}
	default:
		if res.Code != 206 || !bytes.Equal(res.Body.Bytes(), body[from:to]) ||
			res.Header().Get("Content-Range") != fmt.Sprintf("bytes %d-%d/%d", from, to-1, n) ||
			res.Header().Get("Content-Length") != fmt.Sprint(to-from) {
			t.Errorf("%s: %d, %d bytes, %v", name, res.Code, res.Body.Len(), res.Header())
		}
	}
}

func TestClosedSite(t *testing.T) {
	w, e := city(t)
	w.set(e, w.publish("qinghe", func(h *manifest.Head) { h.State = "closed" },
		func(*pack) []manifest.Change { return nil }))
	for _, url := range []string{"/", "/zwgk/t1.html", "/_m/v.mp4", "/search?q=x", "/api/v1/search", "/nothing",
		"/old.html"} {
		for _, method := range []string{"GET", "HEAD", "POST"} {
			res := get(e, method, url)
			if res.Code != 503 || res.Header().Get("Cache-Control") != "no-store" ||
				res.Header().Get("Retry-After") == "" {
				t.Errorf("%s %s: %d %v", method, url, res.Code, res.Header())
			}
			if method == "GET" && !strings.Contains(res.Body.String(), "网站已关停") {
				t.Errorf("%s: %.100s", url, res.Body)
			}
		}
	}
	w.set(e, w.publish("qinghe", func(h *manifest.Head) { h.State = "running" },
		func(*pack) []manifest.Change { return nil }))
	if res := get(e, "GET", "/"); res.Code != 200 {
		t.Errorf("reopened: %d", res.Code)
	}
	for state, open := range map[string]bool{"trial": true, "closing": true, "applying": false, "offline": false,
		"archived": false} {
		w.set(e, w.publish("qinghe", func(h *manifest.Head) { h.State = state },
			func(*pack) []manifest.Change { return nil }))
		if res := get(e, "GET", "/"); (res.Code == 200) != open {
			t.Errorf("%s: %d", state, res.Code)
		}
	}
}

func TestOverTheWire(t *testing.T) {
	_, e := city(t)
	kept := httptest.NewTLSServer(nil) // for its certificate
	defer kept.Close()
	base := listen(t, e, &tls.Config{Certificates: kept.TLS.Certificates})
	for _, proto := range []int{1, 2} {
		tr := kept.Client().Transport.(*http.Transport).Clone()
		tr.ForceAttemptHTTP2 = proto == 2
		if proto == 1 {
			tr.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
			tr.Protocols = nil
			tr.TLSClientConfig.NextProtos = []string{"http/1.1"}
		}
		req, _ := http.NewRequest("GET", base+"/_m/v.mp4", nil)
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !bytes.Equal(b, video()) || res.ProtoMajor != proto {
			t.Errorf("HTTP/%d as %s: %d bytes, %v", proto, res.Proto, len(b), err)
		}
		if res.Header.Get("Strict-Transport-Security") == "" {
			t.Error("no HSTS over TLS")
		}
		tr.CloseIdleConnections()
	}
	req, _ := http.NewRequest("GET", listen(t, e, nil)+"/", nil)
	req.Header.Set("X-Long", strings.Repeat("a", 70<<10))
	res, err := http.DefaultClient.Do(req)
	if err != nil || res.StatusCode != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("70 KiB of headers: %v %v", res, err)
	}
}

// TestOldAddresses: whichever spelling a browser, WeChat or an old page sends, the address of an older system leads to
// its page; where two old sites had the same one, the host decides; nothing leads to another site.
func TestOldAddresses(t *testing.T) {
	w, e := city(t)
	w.set(e, w.publish("qinghe", func(h *manifest.Head) { h.Hosts = []string{"old.gov.cn", "qinghe.gov.cn"} },
		func(*pack) []manifest.Change {
			to := func(path, location string) manifest.Change {
				return manifest.Put(manifest.Entry{Path: path, Status: 301, Location: location})
			}
			return []manifest.Change{
				to("/list.jsp?cat=政策&id=5", "/zwgk/t1.html"), to("/news/show.asp?cid=3&id=12", "/zwgk/t2.html"),
				to("/art/1.html", "/zwgk/t3.html"), to("/?p=123", "/zwgk/t4.html"), to("/xw/", "/zwgk/t5.html"),
				to("/_old/old.gov.cn/news/show.asp?cid=3&id=12", "/zwgk/t6.html"),
			}
		}))
	for address, want := range map[string]string{
		"/list.jsp?cat=%E6%94%BF%E7%AD%96&id=5":                          "/zwgk/t1.html",
		"/list.jsp?cat=%e6%94%bf%e7%ad%96&id=5":                          "/zwgk/t1.html",
		"/list.jsp?id=5&cat=%D5%FE%B2%DF":                                "/zwgk/t1.html",
		"/list.jsp;jsessionid=A1?id=5&cat=%u653F%u7B56":                  "/zwgk/t1.html",
		"/News/Show.asp?ID=12&cid=3":                                     "/zwgk/t2.html",
		"/News/Show.asp?cid=3&ID=12":                                     "/zwgk/t2.html",
		"/news/SHOW.ASP?cid=3&id=12&from=singlemessage&isappinstalled=0": "/zwgk/t2.html",
		"old.gov.cn/News/Show.asp?cid=3&ID=12":                           "/zwgk/t6.html",
		"OLD.gov.cn:8080/News/Show.asp?cid=3&ID=12&_=1":                  "/zwgk/t6.html",
		"/art/1.html?from=timeline":                                      "/zwgk/t3.html",
		"/art/1.html?x=1":                                                "/zwgk/t3.html",
		"/?p=123":                                                        "/zwgk/t4.html",
		"/index.php?p=123":                                               "/zwgk/t4.html",
		"/xw":                                                            "/zwgk/t5.html",
		"/xw/index.jsp":                                                  "/zwgk/t5.html",
	} {
		if res := get(e, "GET", address); res.Code != http.StatusMovedPermanently ||
			res.Header().Get("Location") != want {
			t.Errorf("%s: %d to %q, want %q", address, res.Code, res.Header().Get("Location"), want)
		}
	}
	for _, address := range []string{"/news/show.asp?cid=3&id=13", "/list.jsp?cat=政&id=5", "/list.jsp", "/?p=124x",
		"/list.jsp?id=5", "/ART/1.html", "/art/2.html?from=timeline", "/_old/else/art/1.html"} {
		res := get(e, "GET", address)
		if address == "/?p=124x" && res.Code == http.StatusOK {
			continue // the home page, whatever is asked of it
		}
		if res.Code != http.StatusNotFound {
			t.Errorf("%s: %d %s", address, res.Code, res.Header().Get("Location"))
		}
	}
}
