package theme_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"

	"guiyi/internal/theme"
	"guiyi/internal/theme/themetest"
)

func render(t testing.TB, set *theme.Set, v theme.View) string {
	t.Helper()
	var buf bytes.Buffer
	if err := set.Render(&buf, v); err != nil {
		t.Fatal(err)
	}
	return buf.String()
}

func gzipped(t *testing.T, b []byte) int {
	t.Helper()
	var buf bytes.Buffer
	w, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Len()
}

var metaName = regexp.MustCompile(`<meta name="([A-Z][A-Za-z]+)"`)

// The order of the national tags matters to checkers: site, column, content.
func TestNationalTagsInOrder(t *testing.T) {
	at := time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC)
	v := theme.Article{Page: theme.Page{Meta: theme.Meta{
		Site: theme.SiteMeta{Name: "清河市人民政府", Domain: "www.qinghe.gov.cn", IDCode: "2301990001"},
		Column: &theme.ColumnMeta{Name: "要闻", Description: "d", Keywords: []string{"a", "b"},
			Types: []string{"工作动态"}},
		Content: &theme.ContentMeta{Title: `"引号"<b>`, PubDate: at, Source: "市政府办公室", Keywords: []string{"k"},
			Author: "王", Description: "s", Images: []string{"/1.png", "/2.png"},
			URL: "https://www.qinghe.gov.cn/a.html"},
		Description: "not for content pages",
	}}}
	got := render(t, load(t), v)
	var names []string
	for _, m := range metaName.FindAllStringSubmatch(got, -1) {
		names = append(names, m[1])
	}
	want := strings.Fields(
		"SiteName SiteDomain SiteIDCode ColumnName ColumnDescription ColumnKeywords ColumnType ArticleTitle PubDate ContentSource Keywords Author Description Image Image Url")
	if !slices.Equal(names, want) {
		t.Errorf("tags %v\nwant %v", names, want)
	}
	for _, s := range []string{`content="2026-11-20 09:30"`, `content="a,b"`, `content="&#34;引号&#34;&lt;b&gt;"`} {
		if !strings.Contains(got, s) {
			t.Errorf("no %s", s)
		}
	}
	if strings.Contains(got, `name="description"`) {
		t.Error("Description in both cases")
	}
}

func TestColumnPageHasNoContentTags(t *testing.T) {
	got := render(t, load(t),
		theme.List{Page: theme.Page{Meta: theme.Meta{Site: theme.SiteMeta{Name: "s"}, Description: "栏目说明"}}})
	if strings.Contains(got, "ArticleTitle") || !strings.Contains(got, `name="description" content="栏目说明"`) {
		t.Error("tags of a column page")
	}
	if strings.Contains(got, `content=""`) {
		t.Error("an empty tag was written")
	}
}

func TestFooterShowsTheSevenItems(t *testing.T) {
	set := load(t)
	full := theme.ChromeView{MapURL: "/wzdt/", Dossier: theme.Dossier{
		Sponsor: "清河市人民政府", Phone: "0450-00000000", IDCode: "2301990001", ICP: "黑ICP备1号", Police: "黑公网安备2号",
		CONAC: "https://bszs.conac.cn/", ErrorURL: "https://zfwzgl.www.gov.cn/",
	}}
	chrome, err := set.Chrome(full)
	if err != nil {
		t.Fatal(err)
	}
	foot := string(chrome.Foot)
	for _, item := range []string{"党政机关", "我为政府网站找错", "网站标识码：2301990001", "主办单位：清河市人民政府", "tel:045000000000", "黑ICP备1号",
		"黑公网安备2号", `href="/wzdt/"`} {
		if !strings.Contains(foot, item) {
			t.Errorf("footer lacks %s", item)
		}
	}
	if chrome, err = set.Chrome(theme.ChromeView{}); err != nil {
		t.Fatal(err)
	}
	for _, item := range []string{"标识码", "找错", "beian", "主办", "href=\"\""} {
		if strings.Contains(string(chrome.Foot), item) {
			t.Errorf("an empty dossier shows %s", item)
		}
	}
}

func TestJSONLDCannotLeaveItsScript(t *testing.T) {
	m := theme.ContentMeta{Title: `</script><script>alert(1)</script>`,
		PubDate: time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC), Source: "来源"}
	got := render(t, load(t),
		theme.Article{Page: theme.Page{JSONLD: theme.ArticleLD(m, theme.Organization{Name: "清河市人民政府"}, time.Time{})}})
	_, rest, _ := strings.Cut(got, `<script type="application/ld+json">`)
	text, _, _ := strings.Cut(rest, "</script>")
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if v["headline"] != m.Title || v["datePublished"] != "2026-11-20T09:30:00+08:00" {
		t.Errorf("structured data %v", v)
	}
	if strings.Contains(got, "alert(1)</script>") {
		t.Error("markup from a title reached the page")
	}
}

func TestTextIsEscaped(t *testing.T) {
	v := theme.Search{Query: `"><script>x</script>`,
		Results: []theme.Result{{Title: []theme.Span{{Text: "<b>", Hit: true}}, URL: "javascript:alert(1)"}}}
	got := render(t, load(t), v)
	for _, bad := range []string{"<script>x", "<mark><b>", "javascript:alert"} {
		if strings.Contains(got, bad) {
			t.Errorf("page contains %s", bad)
		}
	}
}

// An older page must not change when newer pages are added: it shows neither a total nor the number of the newest page.
func TestPagerOfAnOlderPage(t *testing.T) {
	set := load(t)
	older := render(t, set, theme.List{Pager: theme.Pager{Newest: "/a/", Newer: "/a/index_8.html",
		Older: "/a/index_6.html", Oldest: "/a/index_1.html", Number: 7,
		Pages: []theme.PagerPage{{Number: 7, Current: true}, {Number: 6, URL: "/a/index_6.html"}}}})
	for _, want := range []string{`<a href="/a/">最新</a>`, `href="/a/index_8.html" rel="prev"`,
		`aria-current="page"><span class="vh">第</span>7`, `href="/a/index_1.html">最早`} {
		if !strings.Contains(older, want) {
			t.Errorf("no %s", want)
		}
	}
	newest := render(t, set, theme.List{Pager: theme.Pager{Older: "/a/index_6.html"}})
	if !strings.Contains(newest, `<span class="here" aria-current="page">最新</span>`) {
		t.Error("the newest page does not say that it is")
	}
	if only := render(t, set, theme.List{}); strings.Contains(only, "pager") {
		t.Error("a single page needs no pager")
	}
}

// Every sample page is well formed, has one h1 and one main, unique ids and no empty address.
func TestSamplesAreSoundDocuments(t *testing.T) {
	pages, err := themetest.Render(load(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) != len(themetest.Samples()) {
		t.Fatalf("%d pages of %d samples", len(pages), len(themetest.Samples()))
	}
	for path, b := range pages {
		doc, err := html.Parse(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		count, ids := map[string]int{}, map[string]bool{}
		for n := range doc.Descendants() {
			count[n.Data]++
			for _, a := range n.Attr {
				if a.Key == "id" && ids[a.Val] {
					t.Errorf("%s: id %s twice", path, a.Val)
				}
				if a.Key == "id" {
					ids[a.Val] = true
				}
				if (a.Key == "href" || a.Key == "src") && a.Val == "" {
					t.Errorf("%s: empty address in <%s>", path, n.Data)
				}
			}
		}
		if count["h1"] != 1 || count["main"] != 1 {
			t.Errorf("%s: %d h1, %d main", path, count["h1"], count["main"])
		}
	}
}

func TestRenderingIsRepeatableAndConcurrent(t *testing.T) {
	set := load(t)
	sample := themetest.Samples()[0].View
	want := render(t, set, sample)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var buf bytes.Buffer
			if err := set.Render(&buf, sample); err != nil || buf.String() != want {
				t.Errorf("another result: %v", err)
			}
		})
	}
	wg.Wait()
}

// The style sheet and the script stay within the budget of the design.
func TestAssetBudgets(t *testing.T) {
	for _, a := range load(t).Assets() {
		limit := map[string]int{"site.css": 12 << 10, "a11y.js": 15 << 10}[a.Name]
		if n := gzipped(t, a.Bytes); limit > 0 && n > limit {
			t.Errorf("%s: %d bytes compressed, budget %d", a.Name, n, limit)
		}
		if limit > 0 && len(a.Bytes) == 0 {
			t.Errorf("%s is empty: run make web", a.Name)
		}
	}
}

func BenchmarkRenderArticle(b *testing.B) {
	set := load(b)
	for _, s := range themetest.Samples() {
		if s.Kind != "article" && s.Kind != "document" && s.Kind != "home" {
			continue
		}
		v, err := themetest.Framed(set, s)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(s.Kind, func(b *testing.B) {
			b.ReportAllocs()
			var buf bytes.Buffer
			for b.Loop() {
				buf.Reset()
				if err := set.Render(&buf, v); err != nil {
					b.Fatal(err)
				}
			}
			b.SetBytes(int64(buf.Len()))
		})
	}
}
