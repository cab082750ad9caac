package exchange_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/exchange/source"
	"guiyi/internal/exchange/source/crawl"
)

// host is a small government site.
type host struct {
	*httptest.Server
	mu   sync.Mutex
	hits []string
	at   []time.Time
}

func newHost(t *testing.T, robots string, pages map[string]string) *host {
	t.Helper()
	h := &host{}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		h.hits = append(h.hits, r.URL.RequestURI())
		h.at = append(h.at, time.Now())
		h.mu.Unlock()
		if r.URL.Path == "/robots.txt" {
			if robots == "" {
				http.NotFound(w, r)
			} else if robots == "500" {
				http.Error(w, "down", http.StatusInternalServerError)
			} else if to, ok := strings.CutPrefix(robots, "→"); ok {
				http.Redirect(w, r, to, http.StatusFound)
			} else {
				fmt.Fprint(w, robots)
			}
			return
		}
		text, ok := pages[r.URL.RequestURI()]
		if !ok {
			http.NotFound(w, r)
			return
		}
		text = strings.ReplaceAll(text, "HOST", h.URL)
		if to, ok := strings.CutPrefix(text, "→"); ok {
			http.Redirect(w, r, to, http.StatusFound)
			return
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *host) seen(path string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, hit := range h.hits {
		if hit == path {
			return true
		}
	}
	return false
}

func collect(t *testing.T, w *exchangetest.World, start string, o crawl.Options) *exchange.Report {
	t.Helper()
	if o.Delay == 0 {
		o.Delay = time.Nanosecond
	}
	src, err := crawl.Open(start, o)
	if err != nil {
		t.Fatal(err)
	}
	return w.Import(exchange.Request{Source: src})
}

func TestCrawl(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		h := newHost(t, "User-agent: *\nDisallow: /private/\nDisallow: /*?print", map[string]string{
			"/": `<html><head><title>清河市人民政府</title></head><body><a href="/a.html">甲</a><a href="b/b.html#top">乙</a><a href="/private/x.html">内部</a><a href="/gone.html">没了</a>
				<a href="http://elsewhere.example/">外面</a><a href="/f.pdf">文件</a><a href="javascript:go()">脚本</a><a href="/a.html?print">打印</a><a href="/moved">搬了</a></body></html>`,
			"/a.html": exchangetest.Page("甲地召开会议部署春耕生产",
				body+`<p><img src="/i/p.png"><a href="/f.pdf">附件：方案</a></p>`),
			"/b/b.html": exchangetest.Page("乙地召开会议部署防汛工作",
				body+`<p><img src="http://cdn.example/q.png" alt="远处的图"></p>`),
			"/private/x.html": exchangetest.Page("内部", body), "/i/p.png": png,
			"/f.pdf": "%PDF-1.4\n%âãÏÓ\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF",
			"/moved": "→/c/c.html", "/c/c.html": exchangetest.Page("丙地召开会议部署抗旱工作",
				body+`<p><a href="d.html">下一篇</a></p>`), "/c/d.html": exchangetest.Page("丁地召开会议部署安全生产", body),
		})
		r := collect(t, w, h.URL, crawl.Options{Private: true})
		if r.Imported != 4 || r.Reasons[source.ReasonFetch] != 3 {
			t.Fatalf("report: %+v %v %+v", r.Totals, r.Reasons, r.Lines)
		}
		if h.seen("/private/x.html") || h.seen("/a.html?print") {
			t.Error("robots.txt was not obeyed")
		}
		items := w.Items()
		a := items[h.URL+"/a.html"].Edition
		if len(a.Media) != 1 || len(a.Files) != 1 || !strings.Contains(a.Body, a.Media[0].Path()) ||
			!strings.Contains(a.Body, a.Files[0].Path()) {
			t.Errorf("picture and file: %s", a.Body)
		}
		if b := items[h.URL+"/b/b.html"].Edition.Body; !strings.Contains(b,
			`<a href="http://cdn.example/q.png">查看原图：远处的图</a>`) {
			t.Errorf("a picture of another host should be a link: %s", b)
		}
		if !h.seen("/c/d.html") {
			t.Error("links are resolved against the address before the redirect")
		}
		if again := collect(t, w, h.URL, crawl.Options{Private: true}); again.Unchanged != 4 ||
			again.Imported+again.Updated+again.Merged > 0 {
			t.Errorf("second crawl: %+v", again.Totals)
		}
	})
}

func TestSitemap(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		h := newHost(t, "", map[string]string{
			"/sitemap.xml": `<?xml version="1.0" encoding="UTF-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>HOST/s1.xml.gz</loc></sitemap><sitemap><loc>HOST/bad.xml</loc></sitemap></sitemapindex>`,
			"/s1.xml.gz": zipped(t,
				`<urlset><url><loc>/a.html</loc></url><url><loc>http://elsewhere.example/x.html</loc></url></urlset>`),
			"/bad.xml": `<urlset><url><loc>/a`,
			"/a.html":  exchangetest.Page("甲地召开会议部署春耕生产", body+`<a href="/b.html">别的</a>`),
			"/b.html":  exchangetest.Page("乙", body),
		})
		r := collect(t, w, h.URL+"/sitemap.xml", crawl.Options{Private: true})
		if r.Imported != 1 || r.Quarantined != 2 || h.seen("/b.html") {
			t.Errorf("report: %+v %+v", r.Totals, r.Lines)
		}
	})
}

// TestCrawlGzip: compressed pages and site maps are read like others. A damaged one goes into quarantine with its
// reason.
func TestCrawlGzip(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		page := exchangetest.Page("甲地召开会议部署春耕生产", body+`<p><a href="/b.html">别的</a></p>`)
		h := newHost(t, "", map[string]string{
			"/sitemap.xml.gz": zipped(t,
				`<urlset><url><loc>/a.html.gz</loc></url><url><loc>/rss.xml.gz</loc></url><url><loc>/cut.gz</loc></url><url><loc>/bad.gz</loc></url>`+
					`<url><loc>/bomb.gz</loc></url><url><loc>/large.html</loc></url></urlset>`),
			"/a.html.gz": zipped(t, page), "/b.html": exchangetest.Page("乙地召开会议部署防汛工作", body),
			"/rss.xml.gz": zipped(t,
				`<rss version="2.0"><channel><title>清河要闻</title><item><title>丙地召开会议部署抗旱工作</title><link>http://x.gov.cn/c.html</link><description><![CDATA[`+body+`]]></description></item></channel></rss>`),
			"/cut.gz": zipped(t, page)[:40], "/bad.gz": "\x1f\x8b这不是压缩文件",
			"/bomb.gz": zipped(t, page+strings.Repeat(" ", 17<<20)), "/large.html": page + strings.Repeat(" ", 17<<20),
		})
		r := collect(t, w, h.URL+"/sitemap.xml.gz", crawl.Options{Private: true})
		if r.Imported != 2 || r.Quarantined != 4 || r.Reasons[source.ReasonMalformed] != 2 ||
			r.Reasons[source.ReasonSize] != 2 {
			t.Fatalf("report: %+v %v %+v", r.Totals, r.Reasons, r.Lines)
		}
		if a := w.Items()[h.URL+"/a.html.gz"]; a.Edition == nil || a.Edition.Title != "甲地召开会议部署春耕生产" {
			t.Errorf("the packed page: %+v", a)
		}
		collect(t, w, h.URL+"/a.html.gz", crawl.Options{Private: true})
		if !h.seen("/b.html") {
			t.Error("the links of a packed page were not followed")
		}
	})
}

// TestRefusedTargets lists ways of reaching the own network; all are refused.
func TestRefusedTargets(t *testing.T) {
	w := exchangetest.SQLite(t)
	secret := newHost(t, "", map[string]string{"/": exchangetest.Page("内部系统", body)})
	port := strings.TrimPrefix(secret.URL, "http://127.0.0.1")
	for _, start := range []string{secret.URL, "http://localhost" + port, "http://169.254.169.254/latest/meta-data/",
		"http://[::1]" + port, "http://10.0.0.1/", "http://192.168.1.1/",
		"http://0.0.0.0" + port, "http://[::ffff:127.0.0.1]" + port, "http://[64:ff9b::7f00:1]/",
		"http://100.64.0.1/"} {
		r := collect(t, w, start, crawl.Options{})
		if r.Reasons[source.ReasonFetch] != 1 || r.Imported != 0 || !strings.Contains(r.Lines[0].Detail, "内部网络") {
			t.Errorf("%s: %+v", start, r.Lines)
		}
	}
	if len(secret.hits) != 0 {
		t.Errorf("the inner system was asked: %v", secret.hits)
	}
	outside := newHost(t, "", map[string]string{"/": "→" + secret.URL + "/",
		"/meta": "→http://169.254.169.254/latest/meta-data/", "/v6": "→http://[::1]/", "/ten": "→http://10.0.0.1/",
		"/file": "→file:///etc/passwd", "/loop": "→/loop"})
	for _, path := range []string{"/", "/meta", "/v6", "/ten", "/file", "/loop"} {
		r := collect(t, w, outside.URL+path, crawl.Options{Private: true}) // only the list of allowed hosts refuses it
		if r.Reasons[source.ReasonFetch] != 1 || r.Imported != 0 {
			t.Errorf("%s: %+v", path, r.Lines)
		}
	}
	if len(secret.hits) != 0 {
		t.Errorf("a redirect led to the inner system: %v", secret.hits)
	}
	for _, bad := range []string{"ftp://x/", "file:///etc/passwd", "http://", "http://user:pw@x/", "/etc/passwd"} {
		if _, err := crawl.Open(bad, crawl.Options{}); err == nil {
			t.Errorf("%s: accepted", bad)
		}
	}
}

func TestCrawlDelay(t *testing.T) {
	w := exchangetest.SQLite(t)
	h := newHost(t, "User-agent: *\nCrawl-delay: 0.2\n",
		map[string]string{"/": exchangetest.Page("甲地召开会议部署春耕生产", body+`<img src="/p.png"><a href="/b.html">乙</a>`),
			"/p.png": png, "/b.html": exchangetest.Page("乙地召开会议部署防汛工作", body)})
	begin := time.Now()
	collect(t, w, h.URL, crawl.Options{Private: true})
	for i := 2; i < len(h.at); i++ { // after robots.txt; a request may be late but not early
		if least := time.Duration(i-1) * 200 * time.Millisecond; h.at[i].Sub(begin) < least {
			t.Errorf("request %d came after %v, want %v", i, h.at[i].Sub(begin), least)
		}
	}
	if len(h.at) != 4 {
		t.Errorf("%d requests: %v", len(h.at), h.hits)
	}
}

// TestRedirectGate: the target of a redirect is checked like any other address.
func TestRedirectGate(t *testing.T) {
	w := exchangetest.SQLite(t)
	page := exchangetest.Page("甲地召开会议部署春耕生产", body)
	other := newHost(t, "User-agent: *\nDisallow: /inner/\nCrawl-delay: 0.2\n",
		map[string]string{"/inner/a.html": page, "/open.html": page, "/hop": "→/open.html"})
	h := newHost(t, "User-agent: *\nDisallow: /private/\n", map[string]string{
		"/private/a.html": page, "/here": "→/private/a.html", "/there": "→" + other.URL + "/inner/a.html",
		"/twice": "→/here", "/good": "→" + other.URL + "/hop",
	})
	o := crawl.Options{Private: true, Hosts: []string{strings.TrimPrefix(h.URL, "http://"),
		strings.TrimPrefix(other.URL, "http://")}}
	for _, path := range []string{"/here", "/there", "/twice"} {
		r := collect(t, w, h.URL+path, o)
		if r.Imported != 0 || r.Reasons[source.ReasonFetch] != 1 || !strings.Contains(r.Lines[0].Detail, "robots.txt") {
			t.Errorf("%s: %+v %+v", path, r.Totals, r.Lines)
		}
	}
	if h.seen("/private/a.html") || other.seen("/inner/a.html") {
		t.Error("a redirect went past robots.txt")
	}
	from, begin := len(other.at), time.Now()
	if r := collect(t, w, h.URL+"/good", o); r.Imported != 1 {
		t.Errorf("two good redirects: %+v %+v", r.Totals, r.Lines)
	}
	hits := other.hits[from:]
	if want := []string{"/robots.txt", "/hop", "/open.html"}; !slices.Equal(hits, want) {
		t.Fatalf("the other host was asked for %v, want %v", hits, want)
	}
	if gap := other.at[from+2].Sub(begin); gap < 200*time.Millisecond {
		t.Errorf("a redirect was followed after %v", gap)
	}
	moved := newHost(t, "→/rules.txt",
		map[string]string{"/rules.txt": "User-agent: *\nDisallow: /a.html\nDisallow: /rules.txt\n", "/a.html": page})
	if r := collect(t, w, moved.URL+"/a.html", crawl.Options{Private: true}); r.Imported != 0 ||
		!moved.seen("/rules.txt") || moved.seen("/a.html") {
		t.Errorf("a robots.txt that moved: %+v %v", r.Totals, moved.hits)
	}
}

func TestRobotsDown(t *testing.T) {
	w := exchangetest.SQLite(t)
	h := newHost(t, "500", map[string]string{"/": exchangetest.Page("甲", body)})
	if r := collect(t, w, h.URL, crawl.Options{Private: true}); r.Imported != 0 || h.seen("/") {
		t.Errorf("a host whose robots.txt fails was crawled: %+v", r.Totals)
	}
}

func TestPageLimit(t *testing.T) {
	w := exchangetest.SQLite(t)
	pages := map[string]string{}
	for i := range 20 {
		pages["/?n="+fmt.Sprint(i)] = exchangetest.Page(fmt.Sprintf("第%d期简报发布", i),
			body+fmt.Sprintf(`<p>第%d期</p><a href="/?n=%d">下一期</a><a href="/?n=%d">再下一期</a>`, i, i+1, i+2))
	}
	h := newHost(t, "", pages)
	r := collect(t, w, h.URL+"/?n=0", crawl.Options{Private: true, MaxPages: 5})
	if r.Imported != 5 || r.Reasons[source.ReasonSize] != 1 ||
		!strings.Contains(r.Lines[0].Detail+r.Lines[len(r.Lines)-1].Detail, "请提高上限") {
		t.Errorf("report: %+v %+v", r.Totals, r.Lines)
	}
}

// TestPageLimitCounts: addresses beyond the memory of a crawl are counted too, each once.
func TestPageLimitCounts(t *testing.T) {
	w := exchangetest.SQLite(t)
	var list strings.Builder
	for i := range 100 {
		fmt.Fprintf(&list, "<url><loc>/%d.html</loc></url><url><loc>/%d.html#again</loc></url>", i, i)
	}
	h := newHost(t, "", map[string]string{"/sitemap.xml": "<urlset>" + list.String() + list.String() + "</urlset>",
		"/0.html": exchangetest.Page("甲地召开会议部署春耕生产", body)})
	r := collect(t, w, h.URL+"/sitemap.xml", crawl.Options{Private: true, MaxPages: 2})
	if r.Imported != 1 || r.Quarantined != 1 || !strings.Contains(r.Lines[0].Detail, "还有 99 个地址没有采") {
		t.Errorf("report: %+v %+v", r.Totals, r.Lines)
	}
}
