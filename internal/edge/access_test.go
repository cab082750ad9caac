package edge

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

func TestAccessAttributes(t *testing.T) {
	for value, want := range map[string]string{
		"zoom=125&theme=yb&elder=1&text=1&cursor=1&art=1.25": ` data-elder data-zoom="125" data-theme="yb" data-text-only data-cursor data-art="1.25"`,
		"elder=1":                               " data-elder",
		"zoom=100&art=1&elder=0":                "",
		"zoom=130":                              "",
		"zoom=1250":                             "",
		"theme=YB":                              "",
		"theme=yb\"onload=x":                    "",
		"x=1&elder=1&&=&y":                      " data-elder",
		"elder=1;theme=yb":                      "",
		"":                                      "",
		strings.Repeat("x=1&", 200) + "elder=1": "",
	} {
		if got := accessAttributes(url.QueryEscape(value)); got != want {
			t.Errorf("%q: %q, want %q", value, got, want)
		}
	}
	if accessAttributes("%zz") != "" {
		t.Error("bad escape")
	}
}

func TestCookieAttributes(t *testing.T) {
	for header, want := range map[string]string{
		"a11y=elder%3D1":                " data-elder",
		"Hm_lvt=1; a11y=elder%3D1; x=y": " data-elder",
		`a11y="elder%3D1"`:              " data-elder",
		"a11y=elder=1":                  " data-elder",
		"xa11y=elder%3D1":               "",
		"a11y":                          "",
		"a11y=; a11y=elder%3D1":         "",
		"A11Y=elder%3D1":                "",
		";;;=;a11y=elder%3D1":           " data-elder",
	} {
		if got := cookieAttributes([]string{header}); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
	if got := cookieAttributes([]string{"x=y", "a11y=text%3D1"}); got != " data-text-only" {
		t.Errorf("two headers: %q", got)
	}
}

func FuzzCookieAttributes(f *testing.F) {
	for _, s := range []string{"a11y=zoom%3D125%26theme%3Dyb", `a11y="elder=1"`, "a=b; a11y=art%3D0.9", "a11y=%3Cscript%3E"} {
		f.Add(s)
	}
	shape := regexp.MustCompile(`^( data-elder)?( data-zoom="1[257][05]"| data-zoom="200")?( data-theme="(yb|by|wb)")?( data-text-only)?( data-cursor)?( data-art="(0\.9|1\.25)")?$`)
	f.Fuzz(func(t *testing.T, s string) {
		if got := cookieAttributes([]string{s}); !shape.MatchString(got) {
			t.Errorf("%q gives %q", s, got)
		}
	})
}

func TestSplicedPages(t *testing.T) {
	w, e := city(t)
	const cookie = "a11y=elder%3D1%26zoom%3D150"
	want := strings.Replace(string(pageBody("清河")), `<html lang="zh-CN">`, `<html lang="zh-CN" data-elder data-zoom="150">`, 1)
	tags := map[string]bool{}
	for accept, enc := range map[string]string{"": "", "gzip, br, zstd": "gzip", "br": "", "gzip;q=0": ""} {
		for range 2 { // made, then kept
			res := get(e, "GET", "/", "Cookie", cookie, "Accept-Encoding", accept)
			h := res.Header()
			if res.Code != 200 || h.Get("Content-Encoding") != enc || string(decompress(t, enc, res.Body.Bytes())) != want {
				t.Errorf("%q: %d %v", accept, res.Code, h)
			}
			if h.Get("Cache-Control") != cacheOwn || h.Get("Vary") != "Accept-Encoding, Cookie" || !strings.HasPrefix(h.Get("Etag"), `W/"`) || h.Get("Last-Modified") != "" {
				t.Errorf("%q: %v", accept, h)
			}
			tags[h.Get("Etag")] = true
			if again := get(e, "GET", "/", "Cookie", cookie, "Accept-Encoding", accept, "If-None-Match", h.Get("Etag")); again.Code != 304 || again.Header().Get("Vary") != "Accept-Encoding, Cookie" {
				t.Errorf("%q: revalidation %d", accept, again.Code)
			}
		}
	}
	plain := get(e, "GET", "/").Header().Get("Etag")
	other := get(e, "GET", "/", "Cookie", "a11y=text%3D1").Header().Get("Etag")
	if len(tags) != 1 || tags[plain] || tags[other] {
		t.Errorf("tags: %v, plain %s, other mode %s", tags, plain, other)
	}
	for _, headers := range [][]string{{"If-None-Match", plain}, {"If-Modified-Since", "Wed, 18 Nov 2037 11:06:40 GMT"}, {"Range", "bytes=0-3"}} {
		if res := get(e, "GET", "/", append(headers, "Cookie", cookie)...); res.Code != 200 || res.Body.String() != want {
			t.Errorf("%v with a mode: %d", headers, res.Code)
		}
	}
	if res := get(e, "GET", "/nothing", "Cookie", cookie); res.Code != 404 || !strings.Contains(res.Body.String(), "data-elder") || res.Header().Get("Etag") != "" {
		t.Errorf("404: %d", res.Code)
	}
	for _, url := range []string{"/rss.xml", "/_m/p.png", "/_a/0123456789ab.site.css"} {
		if res := get(e, "GET", url, "Cookie", cookie); strings.Contains(res.Body.String(), "data-elder") || strings.Contains(res.Header().Get("Vary"), "Cookie") {
			t.Errorf("%s was spliced", url)
		}
	}
	if res := get(e, "GET", "/", "Cookie", "a11y=<script>"); res.Header().Get("Etag") != plain {
		t.Error("an invalid cookie changed the page")
	}
	w.quiet()
}

func TestSpliceOfDamagedPage(t *testing.T) {
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
