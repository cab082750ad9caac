package searchweb

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"guiyi/internal/dynamic"
	"guiyi/internal/dynamic/dynamictest"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/store"
	"guiyi/internal/search"
	"guiyi/internal/search/bleveindex"
)

func day(y int, m time.Month, d int) int64 {
	return time.Date(y, m, d, 9, 30, 0, 0, store.Shanghai()).UnixMilli()
}

func index(t testing.TB) *search.Index {
	t.Helper()
	x, err := search.Open(t.Context(), search.Options{Dir: t.TempDir(), Driver: bleveindex.Open})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	_, err = x.Upsert(t.Context(),
		search.Document{ID: "1", ItemID: 1, Type: "政策文件", Title: "清河市公积金提取办法",
			Body: "住房公积金提取条件如下。<script>alert(1)</script>", DocNo: "清政发〔2026〕18号",
			PublishedAt: day(2026, 11, 20), Places: []search.Place{
				{Site: "qinghe", Column: "zwgk/zcwj", ColumnName: "政策文件", URL: "/zwgk/zcwj/t1.html"},
				{Site: "linshui", Column: "zcwj", ColumnName: "文件", URL: "/zcwj/t9.html"}}},
		search.Document{ID: "2", ItemID: 2, Type: "公告", Title: "公积金中心<b>搬迁</b>公告", Body: "公积金中心搬迁。",
			PublishedAt: day(2026, 11, 1),
			Places: []search.Place{{Site: "qinghe", Column: "zwgk/tzgg", ColumnName: "通知公告",
				URL: "/zwgk/tzgg/t2.html"}}},
		search.Document{ID: "3", ItemID: 3, Type: "公告", Title: "临水县公积金业务公告", Body: "县里的公积金。",
			PublishedAt: day(2024, 5, 6),
			Places:      []search.Place{{Site: "linshui", Column: "zcwj", ColumnName: "文件", URL: "/zcwj/t3.html"}}})
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func now() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, store.Shanghai()) }

func with(t testing.TB, o Options) http.Handler {
	return dynamictest.Handler(t, dynamic.Options{Now: now}, Mount(o))
}

func handler(t testing.TB) http.Handler { return with(t, Options{Search: index(t)}) }

var get = dynamictest.Get

func q(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return "/search?" + v.Encode()
}

func TestSearchPage(t *testing.T) {
	h := handler(t)
	for _, c := range []struct {
		name, target string
		want, not    []string
	}{
		{"nothing asked", "/search", []string{"想找什么", "公积金提取", "noindex"}, []string{"找到"}},
		{"all sites", q("q", "公积金"), []string{"找到 <b>3</b> 条", "清河市<mark>公积金</mark>提取办法", `href="/zwgk/zcwj/t1.html"`,
			"https://www.linshui.gov.cn/zcwj/t3.html",
			"清政发〔2026〕18号", "2026-11-20", "全部站点", "政策文件"}, []string{"/zcwj/t9.html"}},
		{"one site", q("q", "公积金", "site", "linshui"), []string{"t3.html", "https://www.linshui.gov.cn/zcwj/t9.html"},
			[]string{"t2.html", "t1.html"}},
		{"one column", q("q", "公积金", "site", "qinghe", "column", "zwgk/tzgg"), []string{"t2.html"},
			[]string{"t1.html", "t3.html"}},
		{"column tree", q("q", "公积金", "site", "qinghe", "column", "zwgk"), []string{"t1.html", "t2.html", "通知公告"},
			[]string{"t3.html"}},
		{"one type", q("q", "公积金", "type", "政策文件"), []string{"t1.html"}, []string{"t2.html", "t3.html"}},
		{"a week", q("q", "公积金", "period", "w"), []string{"t1.html"}, []string{"t2.html", "t3.html"}},
		{"a month", q("q", "公积金", "period", "m"), []string{"t1.html", "t2.html"}, []string{"t3.html"}},
		{"a year", q("q", "公积金", "year", "2024"), []string{"t3.html"}, []string{"t1.html"}},
		{"days", q("q", "公积金", "from", "2026-11-01", "to", "2026-11-01"),
			[]string{"t2.html", "2026-11-01 至 2026-11-01"}, []string{"t1.html"}},
		{"wrong day", q("q", "公积金", "from", "2026-13-01"), []string{"日期应写作", "找到 <b>3</b> 条"}, nil},
		{"number", q("q", "清政发[2026]018号"), []string{"t1.html", "找到 <b>1</b> 条"}, []string{"t2.html"}},
		{"nothing found", q("q", "不存在的词语"), []string{"没有找到与", "0450-00000000", "公积金提取"}, []string{"找到 <b>"}},
		{"markup of a document", q("q", "搬迁"), []string{"&lt;b&gt;<mark>搬迁</mark>&lt;/b&gt;"}, []string{"<b><mark>"}},
		{"markup of a body", q("q", "住房公积金提取条件"), []string{"&lt;script&gt;"}, []string{"<script>alert"}},
		{"markup of a query", q("q", `"><script>alert(2)</script>`), []string{"&#34;&gt;&lt;script&gt;"},
			[]string{"<script>alert"}},
		{"page too far", q("q", "公积金", "page", "99"), []string{"t1.html"}, nil},
		{"rubbish", "/search?q=%ff%fe%00&site=%00&page=x&size=-1&sort=%27&year=abc&type=%ff",
			[]string{"<!DOCTYPE html>"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := get(h, "GET", c.target)
			body := w.Body.String()
			if w.Code != http.StatusOK || !strings.HasPrefix(body, a11y.PageStart) {
				t.Fatalf("%d\n%.300s", w.Code, body)
			}
			for _, s := range c.want {
				if !strings.Contains(body, s) {
					t.Errorf("%q is missing", s)
				}
			}
			for _, s := range c.not {
				if strings.Contains(body, s) {
					t.Errorf("%q is there", s)
				}
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Error("may be cached")
			}
		})
	}
}

func TestLinksKeepFilters(t *testing.T) {
	body := get(handler(t), "GET", q("q", "公积金", "site", "qinghe", "type", "公告", "sort", "time")).Body.String()
	for _, want := range []string{
		`name="site" value="qinghe"`, `name="type" value="公告"`, `name="sort" value="time"`,
		"/search?period=w&amp;q=%E5%85%AC%E7%A7%AF%E9%87%91&amp;site=qinghe&amp;sort=time&amp;type=",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%q is missing", want)
		}
	}
}

func TestDevelopmentLinks(t *testing.T) {
	body := get(handler(t), "GET", q("q", "临水"), "Host", "localhost:8080").Body.String()
	if !strings.Contains(body, `href="http://linshui.localhost:8080/zcwj/t3.html"`) {
		t.Error("link does not lead to the development address")
	}
}

func TestPaging(t *testing.T) {
	x := index(t)
	for i := range int64(30) {
		if _, err := x.Upsert(t.Context(), search.Document{ID: fmt.Sprint(100 + i), ItemID: 100 + i, Title: "会议纪要",
			PublishedAt: i, Places: []search.Place{{Site: "qinghe", URL: fmt.Sprintf("/m%d.html", i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	h := with(t, Options{Search: x})
	seen := map[string]bool{}
	for page := 1; page <= 3; page++ {
		body := get(h, "GET", q("q", "会议纪要", "page", fmt.Sprint(page))).Body.String()
		for i := range 30 {
			if path := fmt.Sprintf(`href="/m%d.html"`, i); strings.Contains(body, path) {
				if seen[path] {
					t.Errorf("%s twice", path)
				}
				seen[path] = true
			}
		}
		if next := strings.Contains(body, `rel="next"`); next != (page < 3) {
			t.Errorf("page %d: next %v", page, next)
		}
		if prev := strings.Contains(body, `rel="prev"`); prev != (page > 1) {
			t.Errorf("page %d: prev %v", page, prev)
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d of 30 seen", len(seen))
	}
}

// TestNoSite: without a public site there are no results.
func TestNoSite(t *testing.T) {
	h := handler(t)
	for _, site := range []string{"", "closed"} {
		w := get(h, "GET", q("q", "公积金"), dynamictest.Site, site)
		if w.Code != 404 || !strings.Contains(w.Body.String(), "没有对应的网站") ||
			strings.Contains(w.Body.String(), "t1.html") {
			t.Errorf("site %q: %d %.200s", site, w.Code, w.Body)
		}
	}
}

func answer(t *testing.T, w *httptest.ResponseRecorder) apiPage {
	t.Helper()
	var a apiPage
	if err := json.Unmarshal(w.Body.Bytes(), &a); w.Code != http.StatusOK || err != nil {
		t.Fatalf("%d %v\n%s", w.Code, err, w.Body)
	}
	return a
}

func api(pairs ...string) string { return "/api/v1" + q(pairs...) }

func TestAPI(t *testing.T) {
	h := handler(t)
	a := answer(t, get(h, "GET", api("q", "公积金提取", "site", "qinghe")))
	if a.Total != 1 || a.Page != 1 || a.Size != 10 || a.Pages != 1 || a.Relaxed {
		t.Fatalf("%+v", a)
	}
	it := a.Items[0]
	if it.URL != "https://www.qinghe.gov.cn/zwgk/zcwj/t1.html" || it.SiteName != "清河市人民政府" ||
		it.DocumentNumber != "清政发〔2026〕18号" ||
		it.TitleHTML != "清河市<mark>公积金提取</mark>办法" ||
		it.PublishedAt.Format(time.RFC3339) != "2026-11-20T09:30:00+08:00" ||
		strings.Contains(it.SnippetHTML, "<script") {
		t.Errorf("%+v", it)
	}
	if len(a.Facets.Columns) != 2 || a.Facets.Columns[0].Value != "zwgk" && a.Facets.Columns[1].Value != "zwgk" {
		t.Errorf("columns %+v", a.Facets.Columns)
	}
	if a = answer(t, get(h, "GET", api("q", "绝无此词"))); a.Total != 0 || a.Items == nil {
		t.Errorf("nothing found: %+v", a)
	}
	if a = answer(t, get(h, "GET", api("q", "公积金", "sort", "time", "size", "1", "page", "2"))); a.Total != 3 ||
		len(a.Items) != 1 || a.Items[0].ID != "2" {
		t.Errorf("second newest: %+v", a)
	}
}

func TestAPIRefusals(t *testing.T) {
	h := handler(t)
	for name, c := range map[string]struct{ target, field string }{
		"no words":      {api(), "q"},
		"blank":         {api("q", "  "), "q"},
		"too long":      {api("q", strings.Repeat("长", 201)), "q"},
		"page 0":        {api("q", "a", "page", "0"), "page"},
		"page word":     {api("q", "a", "page", "x"), "page"},
		"too deep":      {api("q", "a", "page", "101"), "page"},
		"size":          {api("q", "a", "size", "51"), "size"},
		"sort":          {api("q", "a", "sort", "score"), "sort"},
		"from":          {api("q", "a", "from", "1.1.2026"), "from"},
		"from after to": {api("q", "a", "from", "2026-02-01", "to", "2026-01-01"), "from"},
		"site":          {api("q", "a", "site", "nowhere"), "site"},
		"period":        {api("q", "a", "period", "d"), "period"},
		"year":          {api("q", "a", "year", "1"), "year"},
		"type":          {api("q", "a", "type", strings.Repeat("x", 65)), "type"},
	} {
		w := get(h, "GET", c.target, "Accept", "*/*")
		var p struct {
			Status int
			Errors []struct{ Field, Detail string }
		}
		err := json.Unmarshal(w.Body.Bytes(), &p)
		if err != nil || w.Code != 400 || p.Status != 400 || len(p.Errors) != 1 || p.Errors[0].Field != c.field ||
			p.Errors[0].Detail == "" ||
			!strings.HasPrefix(w.Header().Get("Content-Type"), "application/problem+json") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestAPILimit(t *testing.T) {
	h := with(t, Options{Search: index(t), PerMinute: 2})
	for i, want := range []int{200, 200, 429} {
		w := get(h, "GET", api("q", "公积金"), dynamictest.Client, "192.0.2.7")
		if w.Code != want {
			t.Errorf("call %d: %d", i, w.Code)
		}
		if want == 429 && (w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "过于频繁")) {
			t.Errorf("%v %s", w.Header(), w.Body)
		}
	}
	if w := get(h, "GET", api("q", "公积金"), dynamictest.Client, "192.0.2.8"); w.Code != 200 {
		t.Errorf("another reader: %d", w.Code)
	}
	for i, want := range []int{200, 200, 429} {
		if w := get(h, "GET", api("q", "公积金"), dynamictest.Client, fmt.Sprintf("2001:db8::%d", i)); w.Code != want {
			t.Errorf("one IPv6 network, call %d: %d", i, w.Code)
		}
	}
}

// stuck is a search that blocks until its context ends.
type stuck struct{ began chan struct{} }

func (s stuck) Query(ctx context.Context, _ search.Query) (search.Page, error) {
	s.began <- struct{}{}
	<-ctx.Done()
	return search.Page{}, ctx.Err()
}

func (stuck) Suggest(context.Context, search.Query) ([]search.Suggestion, error) { return nil, nil }

func TestTooManyAtOnce(t *testing.T) {
	s := stuck{make(chan struct{})}
	h := with(t, Options{Search: s, Parallel: 1, Wait: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequestWithContext(ctx, "GET", q("q", "公积金"), nil)
		dynamictest.Do(h, r)
	}()
	<-s.began
	w := get(h, "GET", q("q", "公积金"))
	cancel()
	<-done
	if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "搜索的人较多") {
		t.Errorf("%d %.200s", w.Code, w.Body)
	}
}

// broken is a search that returns an internal error.
type broken struct{}

func (broken) Suggest(context.Context, search.Query) ([]search.Suggestion, error) {
	return nil, fmt.Errorf("secret cause")
}

func (broken) Query(context.Context, search.Query) (search.Page, error) {
	return search.Page{}, fmt.Errorf("secret cause")
}

func TestFailureShowsNoCause(t *testing.T) {
	h := with(t, Options{Search: broken{}})
	for _, target := range []string{q("q", "公积金"), api("q", "公积金")} {
		if w := get(h, "GET", target); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
}
