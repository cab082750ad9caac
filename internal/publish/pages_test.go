package publish

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html"

	"guiyi/internal/address"
	"guiyi/internal/publish/render"
	"guiyi/internal/resource"
)

// head is what a page says about itself.
type pageHead struct {
	tags  map[string][]string // meta name → contents
	order []string
	title string
	h1    string
	text  string
}

func parsePage(t *testing.T, path, body string) pageHead {
	t.Helper()
	if !strings.HasPrefix(body, "<!DOCTYPE html>\n<html lang=\"zh-CN\">") {
		t.Errorf("%s begins with %.60q", path, body)
	}
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	h := pageHead{tags: map[string][]string{}}
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.TextNode && n.Parent.Data != "script" && n.Parent.Data != "style":
			h.text += n.Data
			if n.Parent.Data == "title" && n.Parent.Parent.Data == "head" {
				h.title += n.Data
			}
		case n.Type == html.ElementNode && n.Data == "h1":
			for d := range n.Descendants() {
				if d.Type == html.TextNode {
					h.h1 += d.Data
				}
			}
		case n.Type == html.ElementNode && n.Data == "meta":
			var name, content string
			for _, a := range n.Attr {
				switch a.Key {
				case "name":
					name = a.Val
				case "content":
					content = a.Val
				}
			}
			if name != "" {
				h.tags[name], h.order = append(h.tags[name], content), append(h.order, name)
			}
		}
	}
	return h
}

var (
	siteTags    = []string{"SiteName", "SiteDomain", "SiteIDCode"}
	columnTags  = []string{"ColumnName", "ColumnDescription", "ColumnKeywords", "ColumnType"}
	contentTags = []string{"ArticleTitle", "PubDate", "ContentSource"}
	pubDate     = regexp.MustCompile(`^\d{4}-\d{2}-\d{2} \d{2}:\d{2}$`)
)

// checkTags holds a page against standards 1.5.
func checkTags(t *testing.T, path string, h pageHead, wanted []string) {
	t.Helper()
	last := -1
	for _, name := range wanted {
		got := h.tags[name]
		if len(got) != 1 || strings.TrimSpace(got[0]) == "" || strings.ContainsAny(got[0], "\r\n") {
			t.Errorf("%s: %s is %q", path, name, got)
			continue
		}
		at := slices.Index(h.order, name)
		if at < last {
			t.Errorf("%s: %s stands before its predecessor", path, name)
		}
		last = at
	}
	for _, name := range slices.Concat(siteTags, columnTags, contentTags) {
		if !slices.Contains(wanted, name) && len(h.tags[name]) > 0 {
			t.Errorf("%s: %s does not belong here", path, name)
		}
	}
	if len(h.tags["keywords"]) > 0 || len(h.tags["Description"])+len(h.tags["description"]) > 1 {
		t.Errorf("%s: doubled keywords or description", path)
	}
	if !slices.Contains(wanted, "PubDate") || len(h.tags["PubDate"]) != 1 {
		return
	}
	date := h.tags["PubDate"][0]
	if !pubDate.MatchString(date) || !strings.Contains(h.text, date) ||
		date > start.Add(time.Hour*24).Format("2006-01-02 15:04") {
		t.Errorf("%s: PubDate %q is wrong, in the future or not visible", path, date)
	}
	if fold(h.tags["ArticleTitle"][0]) != fold(h.h1) {
		t.Errorf("%s: ArticleTitle %.80q, heading %.80q", path, h.tags["ArticleTitle"][0], h.h1)
	}
}

func fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// zoo is a site with every kind of page and hostile content.
func zoo(c *city) {
	c.apply(nil, portal(home), county(""))
	titles := []string{`"><script>alert(1)</script>`, `引号"与'以及&amp;<b>`, "😀 表情", "第一行\n第二行\t制表",
		strings.Repeat("长标题", 3334), "\u202e反向", "{{.Title}}", "]]></title>"}
	for i, title := range titles {
		at := start.Add(time.Duration(-i) * time.Minute)
		c.receive(draft{title: title, at: at, places: []string{"qinghe:xwdt/szyw"},
			change: func(in *resource.Incoming) {
				in.Edition.Body = "<p>正文。</p>" // bodies are sanitised on their way in
				in.Edition.Summary, in.Edition.Source, in.Edition.Author, in.Edition.Keywords = title, title, title,
					[]string{title, "a,b"}
				in.Places[0].Headline = map[bool]string{true: "", false: "标题<i>" + title}[i%2 == 0]
			}})
	}
	c.many("qinghe:xwdt/szyw", 50)
	doc := c.receive(draft{title: "若干措施", places: []string{"qinghe:zcwj"}, change: document})[0]
	reading := c.receive(draft{title: "一图读懂", places: []string{"qinghe:zcjd"},
		change: func(in *resource.Incoming) { in.Class = resource.Interpretation }})[0]
	c.link(resource.Link{From: reading, To: doc, Kind: resource.Interprets})
	c.receive(draft{title: "关于", places: []string{"qinghe:gywz"},
		change: func(in *resource.Incoming) { in.Class = resource.Page }},
		draft{title: "指南", places: []string{"qinghe:xxgk/xxgkzn"}},
		draft{title: "没有时间", places: []string{"qinghe:tzgg"},
			change: func(in *resource.Incoming) {
				in.Edition.PublishedAt, in.Places[0].At, in.Edition.Source = 0, 0,
					""
			}})
	c.drain()
	c.clean()
}

func TestEveryPage(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		zoo(c)
		tree, err := c.reg.Columns(c.ctx, c.site("qinghe").ID)
		c.must(err)
		for _, path := range c.addresses("qinghe") {
			e, body := c.get("qinghe", path)
			if !strings.HasPrefix(e.Type, "text/html") {
				continue
			}
			h := parsePage(t, path, body)
			if strings.TrimSpace(h.title) == "" {
				t.Errorf("%s has no title", path)
			}
			if said := slices.Concat(h.tags["Description"], h.tags["description"]); len(said) != 1 ||
				strings.TrimSpace(said[0]) == "" {
				t.Errorf("%s describes itself as %q", path, said)
			}
			if strings.Contains(body, "<script>alert") {
				t.Errorf("%s lets markup through", path)
			}
			dir, file := path[:strings.LastIndexByte(path, '/')+1], path[strings.LastIndexByte(path, '/')+1:]
			col := tree.Path(dir)
			switch {
			case path == "/closed.html":
			case path == "/":
				checkTags(t, path, h, slices.Concat(siteTags, columnTags))
				if h.tags["ColumnType"][0] != "首页" {
					t.Errorf("the home page is of type %q", h.tags["ColumnType"])
				}
			case e.Status != http.StatusOK || path == address.SiteMap:
				checkTags(t, path, h, siteTags)
			case strings.HasPrefix(file, "t2") || strings.HasPrefix(file, "t1") || len(h.tags["ArticleTitle"]) > 0:
				checkTags(t, path, h, slices.Concat(siteTags, columnTags, contentTags))
			case col != nil && (file == "" || strings.HasPrefix(file, "index_")):
				checkTags(t, path, h, slices.Concat(siteTags, columnTags))
			default:
				t.Errorf("%s: what is it?", path)
			}
		}
	})
}

func TestFeeds(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		zoo(c)
		for _, path := range []string{"/rss.xml", "/atom.xml", "/xwdt/szyw/rss.xml", "/xwdt/szyw/atom.xml",
			"/tzgg/rss.xml", "/zcjd/atom.xml"} {
			_, body := c.get("qinghe", path)
			feed, err := gofeed.NewParser().ParseString(body)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if self := `href="https://www.qinghe.gov.cn` + path + `"`; feed.FeedLink != "https://www.qinghe.gov.cn"+path ||
				strings.Count(body, `rel="self"`) != 1 || !strings.Contains(body, self) {
				t.Errorf("%s does not say where it is: %q", path, feed.FeedLink)
			}
			seen := map[string]bool{}
			for _, it := range feed.Items {
				if seen[it.GUID] || it.GUID == "" || !strings.HasPrefix(it.Link, "https://www.qinghe.gov.cn/") ||
					strings.TrimSpace(it.Title) == "" {
					t.Errorf("%s: entry %+v", path, it)
				}
				seen[it.GUID] = true
			}
			if len(feed.Items) == 0 || len(feed.Items) > render.FeedItems {
				t.Errorf("%s has %d entries", path, len(feed.Items))
			}
		}
		var index render.SitemapIndex
		_, body := c.get("qinghe", address.Sitemap)
		c.must(xml.Unmarshal([]byte(body), &index))
		listed := map[string]int{}
		for _, part := range index.Maps {
			var set render.UrlSet
			_, body := c.get("qinghe", strings.TrimPrefix(part.Loc, "https://www.qinghe.gov.cn"))
			c.must(xml.Unmarshal([]byte(body), &set))
			for _, u := range set.URLs {
				listed[strings.TrimPrefix(u.Loc, "https://www.qinghe.gov.cn")]++
			}
		}
		for _, path := range c.addresses("qinghe") {
			e, _ := c.get("qinghe", path)
			page := e.Status == 200 && e.Cache == "page" && !strings.Contains(path, "index_") && path != address.SiteMap
			if page != (listed[path] == 1) {
				t.Errorf("%s is %d times in the site map", path, listed[path])
			}
		}
		if _, robots := c.get("qinghe", address.Robots); !strings.Contains(robots,
			"Sitemap: https://www.qinghe.gov.cn/sitemap.xml") {
			t.Errorf("robots: %s", robots)
		}
	})
}

// TestSameBytes: rendering again, later, gives the same bytes.
func TestSameBytes(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		zoo(c)
		before := map[string][]byte{}
		for _, path := range c.addresses("qinghe") {
			_, body := c.get("qinghe", path)
			before[path] = []byte(body)
		}
		c.tick(400 * 24 * time.Hour)
		res, err := c.pub.BuildAll(c.ctx, c.site("qinghe").ID)
		c.must(err)
		if res.Changed != 0 || res.Revision != 0 {
			t.Errorf("rendering again changed %d addresses", res.Changed)
		}
		for path, was := range before {
			if _, body := c.get("qinghe", path); !bytes.Equal(was, []byte(body)) {
				t.Errorf("%s changed", path)
			}
		}
	})
}
