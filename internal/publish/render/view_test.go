package render

import (
	"context"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"guiyi/internal/publish/page"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// TestPager: every page reaches its neighbours and the ends, none names a total, and what is
// far from the newest page does not change when a page is added.
func TestPager(t *testing.T) {
	c := tree().ID(2)
	if p := pagerOf(c, 1, 1); len(p.Pages) != 0 || p.Newest+p.Newer+p.Older+p.Oldest != "" {
		t.Errorf("a single page has a pager: %+v", p)
	}
	for last := int64(2); last < 12; last++ {
		for no := int64(1); no <= last; no++ {
			p := pagerOf(c, no, last)
			current := 0
			for _, n := range p.Pages {
				want := page.OlderPath(c, int64(n.Number))
				if int64(n.Number) == last {
					want = page.ColumnPath(c)
				}
				if n.URL != want {
					t.Errorf("page %d of %d leads to %s for %d", no, last, n.URL, n.Number)
				}
				if n.Current {
					current++
				}
			}
			if current != 1 || (p.Newer == "") != (no == last) || (p.Older == "") != (no == 1) ||
				(p.Number == 0) != (no == last) {
				t.Errorf("page %d of %d: %+v", no, last, p)
			}
			if next := pagerOf(c, no, last+1); no < last-PagerReach && !samePager(p, next) {
				t.Errorf("page %d changes when page %d is added:\n%+v\n%+v", no, last+1, p, next)
			}
		}
	}
}

func samePager(a, b theme.Pager) bool {
	if len(a.Pages) != len(b.Pages) {
		return false
	}
	for i := range a.Pages {
		if a.Pages[i] != b.Pages[i] {
			return false
		}
	}
	return a.Newest == b.Newest && a.Newer == b.Newer && a.Older == b.Older && a.Oldest == b.Oldest &&
		a.Number == b.Number
}

// TestHref: where an entry leads from a page of this site.
func TestHref(t *testing.T) {
	f := frame()
	for want, e := range map[string]published.Entry{
		"/xwdt/a.html":                   {Site: 1, Path: "/xwdt/a.html", Column: 1},
		"/gywz/":                         {Site: 1, Column: 4},
		"":                               {Site: 1, Column: 99},
		"https://dongshan.gov.cn/b.html": {Site: 2, Path: "/b.html"},
		"https://dongshan.gov.cn/":       {Site: 2},
	} {
		if got := f.href(e); got != want {
			t.Errorf("%+v leads to %q, want %q", e, got, want)
		}
	}
	for _, e := range []published.Entry{{Site: 3, Path: "/c.html"}, {Site: 9, Path: "/d.html"}} { // no domain; unknown
		if got := f.href(e); got != "" {
			t.Errorf("%+v leads to %q", e, got)
		}
	}
	if got := f.absolute(published.Entry{Site: 1, Path: "/x.html"}); got != "https://www.qinghe.gov.cn/x.html" {
		t.Errorf("absolute %q", got)
	}
}

func TestChromeView(t *testing.T) {
	f := frame()
	v := f.chromeView(1)
	var nav []string
	for _, l := range v.Nav {
		name := l.Text + " " + l.URL
		if l.Current {
			name += " *"
		}
		nav = append(nav, name)
	}
	if got, want := strings.Join(nav, "|"), "首页 /|新闻动态 /xwdt/ *|互动交流 /hdjl/|微博 https://weibo.com/qinghe"; got != want {
		t.Errorf("navigation %q, want %q", got, want)
	}
	if len(v.Info) != 1 || v.Info[0].URL != "/gywz/" {
		t.Errorf("info %+v", v.Info)
	}
	// not the site that is being built
	if len(v.Groups) != 1 || len(v.Groups[0].Items) != 1 || v.Groups[0].Items[0].Text != "东山县人民政府" {
		t.Errorf("groups %+v", v.Groups)
	}
	below := &Frame{Site: &site.Site{ID: 2, Code: "dongshan", ParentID: 1}, Tree: site.NewTree(nil),
		Relatives: &site.Relatives{Above: []*site.Card{f.Site.Card()}}}
	if up := below.chromeView(0).Parents; len(up) != 1 || up[0].Text != "清河市人民政府" {
		t.Errorf("parents %+v", up)
	}
}

func TestColumnTitleAndCrumbs(t *testing.T) {
	f, c := frame(), tree().ID(2)
	if got := f.columnTitle(c); got != "时政要闻_新闻动态_清河市人民政府" {
		t.Errorf("title %q", got)
	}
	var crumbs []string
	for _, l := range f.crumbs(c) {
		crumbs = append(crumbs, l.URL)
	}
	if got := strings.Join(crumbs, " "); got != "/ /xwdt/ /xwdt/szyw/" {
		t.Errorf("crumbs %q", got)
	}
	if m := columnMeta(c); m.Description != c.Name || len(m.Keywords) != 1 || len(m.Types) != 1 {
		t.Errorf("a required tag is empty: %+v", m)
	}
	side := f.side(c)
	if side.Title != "新闻动态" || len(side.Nodes) != 1 || !side.Nodes[0].Current || !side.Nodes[0].Open {
		t.Errorf("side %+v", side)
	}
	if got := f.side(tree().ID(4)); got.Title != "" {
		t.Errorf("a column alone has a side: %+v", got)
	}
}

// TestURLSet: part 1 of the site map also lists the columns; what has no page is left out.
func TestURLSet(t *testing.T) {
	f := frame()
	day := time.Date(2026, 11, 20, 10, 0, 0, 0, time.FixedZone("CST", 8*3600))
	entries := []published.Entry{{Key: published.Key{At: day.UnixMilli()}, Path: "/a&b.html"}, {Path: ""}}
	first, second := f.urlSet(1, entries), f.urlSet(2, entries)
	if len(second.URLs) != 1 || second.URLs[0].LastMod != "2026-11-20" {
		t.Errorf("part 2: %+v", second.URLs)
	}
	if want := 1 + 4 + 1; len(first.URLs) != want {
		t.Errorf("part 1 has %d addresses, want %d: %+v", len(first.URLs), want, first.URLs)
	}
	b, err := marshalXML(second)
	if err != nil || !strings.HasPrefix(string(b), xml.Header) ||
		!strings.Contains(string(b), "https://www.qinghe.gov.cn/a&amp;b.html") {
		t.Errorf("%s, %v", b, err)
	}
	var back UrlSet
	if err := xml.Unmarshal(b, &back); err != nil || len(back.URLs) != 1 {
		t.Errorf("read back %+v, %v", back, err)
	}
}

func TestRobots(t *testing.T) {
	f := frame()
	if got := f.robots(); !strings.Contains(got, "Disallow: /api/") ||
		!strings.Contains(got, "Sitemap: https://www.qinghe.gov.cn/sitemap.xml") {
		t.Errorf("robots %q", got)
	}
	f.Site = &site.Site{ID: 3, Code: "new", Name: "新站", ParentID: 1, State: site.Registered}
	if got := f.robots(); strings.Contains(got, "Sitemap") {
		t.Errorf("a site without a domain names a site map: %q", got)
	}
}

func TestHomeBlocks(t *testing.T) {
	f := frame()
	var got []string
	for _, b := range f.homeBlocks() {
		got = append(got, b.Block+" "+b.Column)
	}
	if want := "list xwdt|list xwdt/szyw|disclosure "; strings.Join(got, "|") != want {
		t.Errorf("blocks %q, want %q", strings.Join(got, "|"), want)
	}
	f.Site.Home = []site.Block{{Block: "tiles"}}
	if b := f.homeBlocks(); len(b) != 1 || b[0].Block != "tiles" {
		t.Errorf("declared blocks %+v", b)
	}
	if _, ok, err := f.homeBlock(context.Background(), NewReads(f, nil),
		site.Block{Block: "list", Column: "nirgends"}); ok || err != nil {
		t.Errorf("a block of an unknown column is shown, %v", err)
	}
}

// TestReads: what a page is given is what is noted, each once.
func TestReads(t *testing.T) {
	r := NewReads(frame(), nil)
	if len(r.depList()) != 0 {
		t.Error("a new page has read something")
	}
	r.follows(7)
	r.follows(7)
	m := resource.Media{Hash: strings.Repeat("ab", 32), Ext: "png"}
	if got := r.usesMedia(m); got != m.Path() {
		t.Errorf("address %q", got)
	}
	if got := strings.Join(r.depList(), " "); got != "item:7 media:"+m.Path() {
		t.Errorf("deps %q", got)
	}
	key := func(n int64) published.Entry { return published.Entry{Key: published.Key{At: n, Item: n}} }
	r.window(1, []published.Entry{key(9), key(8)}, 2)
	r.window(1, []published.Entry{key(9), key(8), key(5)}, 3)
	r.window(1, []published.Entry{key(9)}, 1)
	if low := r.windows[1]; low.At != 5 {
		t.Errorf("window reaches to %d, want 5", low.At)
	}
	r.window(2, []published.Entry{key(9)}, 3) // all are shown: whatever comes in is seen
	if r.windows[2] != published.Oldest {
		t.Errorf("window on a short list %+v", r.windows[2])
	}
}

func TestListItem(t *testing.T) {
	f := frame()
	e := published.Entry{Key: published.Key{At: 1e12}, Title: "标题", Site: 1, Path: "/a.html",
		Document: &resource.DocumentInfo{Validity: "废止"}}
	if it := f.listItem(e); it.Tag != "废止" || it.Tone != "red" || it.URL != "/a.html" {
		t.Errorf("%+v", it)
	}
	e.Document, e.Interpretation = nil, &resource.InterpretationInfo{Form: "图解"}
	if it := f.listItem(e); it.Tag != "图解" || it.Tone != "" {
		t.Errorf("%+v", it)
	}
	if !at(0).IsZero() || !day("").IsZero() || !day("2026-13-01").IsZero() || day("2026-11-20").IsZero() {
		t.Error("times")
	}
}

func TestRelationNames(t *testing.T) {
	for _, c := range []struct {
		kind    resource.LinkKind
		forward bool
		want    string
	}{{resource.Amends, true, "修改"}, {resource.Amends, false, "被修改"}, {resource.Repeals, true, "废止"},
		{resource.Repeals, false, "被废止"},
		{resource.Related, true, "相关"}, {resource.DerivedOf, true, "来源"}, {resource.DerivedOf, false, ""},
		{resource.Interprets, true, ""}} {
		if got := relationName(published.Relation{Kind: c.kind, Forward: c.forward}); got != c.want {
			t.Errorf("%v %v is %q, want %q", c.kind, c.forward, got, c.want)
		}
	}
}

// TestDownloads: links of the text to the item's own files name the saved file; links to anything else, and texts that
// quote one, stay as they are.
func TestDownloads(t *testing.T) {
	hash := strings.Repeat("a", 64)
	files := []resource.File{{Name: `附件1："申请表"`, Hash: hash, Ext: "pdf"}, {Name: "又一个名称", Hash: hash, Ext: "pdf"}}
	body := `<p><a href="/_m/` + hash + `.pdf">表</a> <a href="/_m/b.pdf">别的</a> &lt;a href="/_m/` + hash + `.pdf"</p>`
	want := `<p><a href="/_m/` + hash +
		`.pdf" download="附件1：_申请表_.pdf">表</a> <a href="/_m/b.pdf">别的</a> &lt;a href="/_m/` +
		hash + `.pdf"</p>`
	if got := withDownloads(body, files); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got := withDownloads(body, nil); got != body {
		t.Errorf("without files: %s", got)
	}
	f := frame()
	c := f.content(NewReads(f, nil), &published.Shown{Item: &resource.Item{},
		Edition: &resource.Edition{Body: body, Files: files}})
	if string(c.Body) != want || c.Attachments[0].SaveAs != files[0].Download() {
		t.Errorf("a page does not name its downloads: %s, %+v", c.Body, c.Attachments)
	}
}
