package edge

import (
	"strings"
	"testing"
)

func TestPagesWithAttributes(t *testing.T) {
	w, e := city(t)
	const cookie = "a11y=elder%3D1%26zoom%3D150"
	want := strings.Replace(string(pageBody("清河")), `<html lang="zh-CN">`,
		`<html lang="zh-CN" data-elder data-zoom="150">`, 1)
	tags := map[string]bool{}
	for accept, enc := range map[string]string{"": "", "gzip, br, zstd": "gzip", "br": "", "gzip;q=0": ""} {
		for range 2 { // made, then kept
			res := get(e, "GET", "/", "Cookie", cookie, "Accept-Encoding", accept)
			h := res.Header()
			if res.Code != 200 || h.Get("Content-Encoding") != enc ||
				string(decompress(t, enc, res.Body.Bytes())) != want {
				t.Errorf("%q: %d %v", accept, res.Code, h)
			}
			if h.Get("Cache-Control") != cacheOwn || h.Get("Vary") != "Accept-Encoding, Cookie" ||
				!strings.HasPrefix(h.Get("Etag"), `W/"`) || h.Get("Last-Modified") != "" {
				t.Errorf("%q: %v", accept, h)
			}
			tags[h.Get("Etag")] = true
			if again := get(e, "GET", "/", "Cookie", cookie, "Accept-Encoding", accept, "If-None-Match",
				h.Get("Etag")); again.Code != 304 || again.Header().Get("Vary") != "Accept-Encoding, Cookie" {
				t.Errorf("%q: revalidation %d", accept, again.Code)
			}
		}
	}
	plain := get(e, "GET", "/").Header().Get("Etag")
	other := get(e, "GET", "/", "Cookie", "a11y=text%3D1").Header().Get("Etag")
	if len(tags) != 1 || tags[plain] || tags[other] {
		t.Errorf("tags: %v, plain %s, other mode %s", tags, plain, other)
	}
	for _, headers := range [][]string{{"If-None-Match", plain}, {"If-Modified-Since", "Wed, 18 Nov 2037 11:06:40 GMT"},
		{"Range", "bytes=0-3"}} {
		if res := get(e, "GET", "/", append(headers, "Cookie", cookie)...); res.Code != 200 ||
			res.Body.String() != want {
			t.Errorf("%v with a mode: %d", headers, res.Code)
		}
	}
	if res := get(e, "GET", "/nothing", "Cookie", cookie); res.Code != 404 ||
		!strings.Contains(res.Body.String(), "data-elder") || res.Header().Get("Etag") != "" {
		t.Errorf("404: %d", res.Code)
	}
	for _, url := range []string{"/rss.xml", "/_m/p.png", "/_a/0123456789ab.site.css"} {
		if res := get(e, "GET", url, "Cookie", cookie); strings.Contains(res.Body.String(), "data-elder") ||
			strings.Contains(res.Header().Get("Vary"), "Cookie") {
			t.Errorf("%s has attributes", url)
		}
	}
	if res := get(e, "GET", "/", "Cookie", "a11y=<script>"); res.Header().Get("Etag") != plain {
		t.Error("an invalid cookie changed the page")
	}
	w.quiet()
}

func TestAttributesOfDamagedPage(t *testing.T) {
	w, e := city(t)
	entry := w.entry("qinghe", "/zwgk/t50.html") // without variants
	w.flip(w.at(entry.Loc, 90))
	if res := get(e, "GET", "/zwgk/t50.html", "Cookie", "a11y=elder%3D1"); res.Code != 503 {
		t.Errorf("status %d", res.Code)
	}
	if len(w.seen(Tampered)) != 1 {
		t.Error("not reported")
	}
}
