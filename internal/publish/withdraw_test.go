package publish

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"guiyi/internal/resource"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

func (c *city) withdraw(kind resource.WithdrawKind, to int64, ids ...int64) {
	c.t.Helper()
	c.takeDown(resource.WithdrawRequest{Kind: kind, Reason: "内容有误", To: to}, ids...)
	c.drain()
	c.clean()
}

// nowhere fails when a text is anywhere on a site.
func (c *city) nowhere(code, text string, but ...string) {
	c.t.Helper()
	for _, path := range c.addresses(code) {
		if _, body := c.get(code, path); strings.Contains(body, text) && !slices.Contains(but, path) {
			c.t.Errorf("%s still says %s", path, text)
		}
	}
}

func TestWithdrawInError(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		id := c.receive(draft{title: "泄密的标题", places: []string{"qinghe:xwdt/szyw", "linjiang:xwdt"}})[0]
		c.drain()
		here, there := c.path("qinghe", id), c.path("linjiang", id)
		c.withdraw(resource.InError, 0, id)
		for code, path := range map[string]string{"qinghe": here, "linjiang": there} {
			if got := c.status(code, path); got != 410 {
				t.Errorf("%s answers %d", path, got)
			}
			c.nowhere(code, "泄密的标题")
			c.nowhere(code, path)
		}
		c.revise(id, func(e *resource.Edition) { e.Title = "改好的标题" }) // back again
		c.drain()
		c.clean()
		if _, body := c.get("qinghe", here); !strings.Contains(body, "改好的标题") {
			t.Error("is not back")
		}
	})
}

func TestWithdrawConsolidated(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		far := c.many("linjiang:xwdt", 1)[0]
		old := c.receive(draft{title: "旧址来的", places: []string{"qinghe:tzgg"}, change: func(in *resource.Incoming) {
			in.OldPaths = []resource.OldPath{{SiteID: in.Owner, Path: "/old/123.jsp?id=5"},
				{SiteID: in.Owner, Path: "/html/旧.htm"}}
		}})[0]
		c.drain()
		c.clean()
		location := func(path string) string { e, _ := c.get("qinghe", path); return e.Location }
		if got := location("/old/123.jsp?id=5"); got != c.path("qinghe", old) {
			t.Errorf("the old address leads to %q", got)
		}
		c.withdraw(resource.Consolidated, news[1], news[0])
		c.withdraw(resource.Consolidated, news[2], news[1]) // a chain
		if got := location(c.path("qinghe", news[0])); got != c.path("qinghe", news[2]) {
			t.Errorf("the chain leads to %q", got)
		}
		c.withdraw(resource.Consolidated, far, old) // to another site
		want := "https://linjiang.qinghe.gov.cn" + c.path("linjiang", far)
		for _, path := range []string{c.path("qinghe", old), "/old/123.jsp?id=5"} {
			if got := location(path); got != want {
				t.Errorf("%s leads to %q, want %q", path, got, want)
			}
		}
		c.withdraw(resource.InError, 0, news[2]) // the end of the chain goes: nothing is there any more
		if got := c.status("qinghe", c.path("qinghe", news[0])); got != 410 {
			t.Errorf("the chain to nowhere answers %d", got)
		}
		c.withdraw(resource.InError, 0, far)
		if got := c.status("qinghe", "/old/123.jsp?id=5"); got != 410 {
			t.Errorf("the old address answers %d", got)
		}
	})
}

func TestWithdrawBanner(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		id := c.receive(draft{title: "失效的公告", places: []string{"qinghe:tzgg"}})[0]
		c.drain()
		path := c.path("qinghe", id)
		c.withdraw(resource.WithBanner, 0, id)
		if e, body := c.get("qinghe", path); e.Status != 200 || !strings.Contains(body, "失效的公告") ||
			!strings.Contains(body, "内容有误") {
			t.Errorf("answers %d without its banner", e.Status)
		}
		c.nowhere("qinghe", "失效的公告", path)
		c.nowhere("qinghe", path, path)
	})
}

func (c *city) media(name, bytes string) resource.Media {
	ref, err := c.blobs.Put(c.ctx, strings.NewReader(bytes), 1<<30)
	c.must(err)
	return resource.Media{Hash: ref.Hash, Type: "image/png", Ext: "png", Size: ref.Size, Alt: name}
}

func TestMedia(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		shared, own := c.media("公用", "shared picture"), c.media("独有", strings.Repeat("big", 1<<19))
		use := func(m ...resource.Media) func(*resource.Incoming) {
			return func(in *resource.Incoming) {
				in.Edition.Media = m
				in.Edition.Files = []resource.File{{Name: "附件.pdf", Hash: own.Hash, Type: "application/pdf", Ext: "pdf",
					Size: own.Size}}
			}
		}
		ids := c.receive(draft{title: "甲", places: []string{"qinghe:tzgg"}, change: use(shared, own)},
			draft{title: "乙", places: []string{"qinghe:tzgg"},
				change: func(
					in *resource.Incoming) {
					in.Edition.Media = []resource.Media{shared}
					in.Edition.Cover = &shared
				}})
		c.drain()
		c.clean()
		file := resource.File{Hash: own.Hash, Ext: "pdf"}.Path()
		if e, _ := c.get("qinghe", own.Path()); e.Status != 200 || e.Chunks.IsZero() {
			t.Errorf("large picture: %+v", e)
		}
		c.withdraw(resource.InError, 0, ids[0])
		if c.status("qinghe", own.Path()) != 0 || c.status("qinghe", file) != 0 {
			t.Error("the files of a withdrawn item stay public")
		}
		if c.status("qinghe", shared.Path()) != 200 {
			t.Error("a picture that another page uses is gone")
		}
		c.revise(ids[1], func(e *resource.Edition) { e.Media, e.Cover = nil, nil })
		c.drain()
		c.clean()
		if c.status("qinghe", shared.Path()) != 0 {
			t.Error("a picture that nobody uses stays public")
		}
	})
}

func TestLostMedia(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		lost := resource.Media{Hash: strings.Repeat("ab", 32), Type: "image/png", Ext: "png"}
		c.receive(draft{title: "图片丢了", places: []string{"qinghe:tzgg"},
			change: func(in *resource.Incoming) { in.Edition.Media = []resource.Media{lost} }})
		c.drain()
		proof, err := c.pub.Verify(c.ctx, c.site("qinghe").ID)
		c.must(err)
		if len(proof.Problems) != 1 || proof.Problems[0].Path != lost.Path() || proof.Problems[0].Kind != "missing" {
			t.Errorf("problems %+v", proof.Problems)
		}
	})
}

func TestPageColumn(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		c.receive(draft{title: "关于本站一", places: []string{"qinghe:gywz"}, at: start,
			change: func(in *resource.Incoming) { in.Class = resource.Page }})
		second := c.receive(draft{title: "关于本站二", places: []string{"qinghe:gywz"}, at: start.Add(time.Minute),
			change: func(in *resource.Incoming) { in.Class = resource.Page }})[0]
		c.drain()
		c.clean()
		if _, body := c.get("qinghe", "/gywz/"); !strings.Contains(body, "关于本站二的正文") ||
			strings.Contains(body, "关于本站一的正文") {
			t.Error("the column does not show its newest item")
		}
		c.withdraw(resource.InError, 0, second)
		if _, body := c.get("qinghe", "/gywz/"); !strings.Contains(body, "关于本站一的正文") {
			t.Error("the older item does not come up")
		}
	})
}

func TestDisclosureNode(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		c.receive(draft{title: "公开指南", places: []string{"qinghe:xxgk/xxgkzn"}})
		c.drain()
		c.clean()
		if _, body := c.get("qinghe", "/xxgk/xxgkzn/"); !strings.Contains(body, "公开指南的正文") {
			t.Error("a node with one item does not show it")
		}
		c.receive(draft{title: "第二份指南", places: []string{"qinghe:xxgk/xxgkzn"}})
		c.drain()
		c.clean()
		if _, body := c.get("qinghe", "/xxgk/xxgkzn/"); strings.Contains(body, "公开指南的正文") ||
			!strings.Contains(body, "第二份指南") {
			t.Error("a node with two items does not list them")
		}
		c.many("qinghe:xxgk/fdzdgknr", 45)
		c.drain()
		c.clean()
	})
}

func TestRetiredColumn(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		id := c.many("qinghe:tzgg", 45)[0]
		c.drain()
		c.clean()
		c.apply(nil, strings.ReplaceAll(portal(home),
			"  - { slug: tzgg, name: 通知公告, types: [工作动态], description: 公告 }\n", ""))
		c.drain()
		c.clean()
		for _, path := range []string{"/tzgg/", "/tzgg/index_1.html"} {
			if e, _ := c.get("qinghe", path); e.Status != 301 {
				t.Errorf("%s answers %d", path, e.Status)
			}
		}
		if c.status("qinghe", "/tzgg/rss.xml") != 0 || c.status("qinghe", c.path("qinghe", id)) != 200 {
			t.Error("the feed stays, or the item goes")
		}
		c.apply(nil, portal(home)) // declared again
		c.drain()
		c.clean()
	})
}

func TestSiteChanged(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		c.apply(nil, county("hot: [热词]\n"))
		if got := c.rendered(); len(got["qinghe"]) != 0 || len(got["linjiang"]) == 0 {
			t.Errorf("a word that others do not show: %d pages of the portal, %d of its own", len(got["qinghe"]),
				len(got["linjiang"]))
		}
		c.clean()
		c.apply(nil, strings.Replace(county(""), "name: 临江县人民政府", "name: 临江区人民政府", 1))
		c.drain()
		c.clean()
		if _, body := c.get("qinghe", "/wzdt/"); !strings.Contains(body, "临江区人民政府") {
			t.Error("the portal's footer has the old name")
		}
		c.apply(nil, strings.Replace(portal(home), "name: 清河市人民政府\n", "name: 清河新市人民政府\n", 1))
		c.drain()
		c.clean()
		if _, body := c.get("linjiang", "/"); !strings.Contains(body, "清河新市人民政府") {
			t.Error("the site below has the old name of the one above")
		}
	})
}

func TestEmblem(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		with := strings.Replace(portal(home), "dossier: {", "dossier: { emblem: hui.svg,", 1)
		c.apply(fstest.MapFS{"hui.svg": {Data: []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")}}, with)
		c.drain()
		c.clean()
		before := media(c)
		c.apply(fstest.MapFS{"hui.svg": {Data: []byte("<svg xmlns='http://www.w3.org/2000/svg'><g/></svg>")}}, with)
		c.drain()
		c.clean()
		after := media(c)
		if len(before) != 1 || len(after) != 1 || before[0] == after[0] {
			t.Errorf("emblem %v, then %v", before, after)
		}
	})
}

func media(c *city) (out []string) {
	for _, path := range c.addresses("qinghe") {
		if strings.HasPrefix(path, "/_m/") {
			out = append(out, path)
		}
	}
	return out
}

// TestTheme: another theme renders everything again without being asked, and the files
// of the theme before stay for pages that are still open.
func TestTheme(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		old := c.themes.set.Asset("site.css")
		c.themes.overlay, c.themes.set = fstest.MapFS{"assets/site.css": {Data: []byte("body{color:#123456}")}}, nil
		res, err := c.pub.Build(c.ctx, c.site("qinghe").ID)
		c.must(err)
		if res.Changed < 20 {
			t.Errorf("%d changed", res.Changed)
		}
		if res, err = c.pub.Build(c.ctx, c.site("qinghe").ID); err != nil || res.Rendered != 0 {
			t.Errorf("built twice: %+v %v", res, err)
		}
		_, err = c.pub.Build(c.ctx, c.site("linjiang").ID)
		c.must(err)
		c.clean()
		if c.status("qinghe", old) != 200 || c.status("qinghe", c.themes.set.Asset("site.css")) != 200 {
			t.Error("a theme's file is missing")
		}
	})
}

// TestBadPage: one page that cannot be rendered does not hold up the others.
func TestBadPage(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		good := c.themes.find
		c.pub.Themes = func(s *site.Site) (*theme.Set, error) { return good(s) }
		// a column that is not there
		c.must(c.exec("UPDATE resource_placement SET column_id = 5 WHERE item_id = ?", news[9]))
		c.revise(news[9], func(e *resource.Edition) { e.Title = "坏了" })
		id := c.many("qinghe:tzgg", 1)[0]
		c.drain()
		if got := c.status("qinghe", c.path("qinghe", id)); got != 200 {
			t.Errorf("the good page answers %d", got)
		}
		if e, body := c.get("qinghe", c.path("qinghe", news[9])); e.Status != 200 || strings.Contains(body, "坏了") {
			t.Error("the page before is not kept")
		}
		if last := c.results[len(c.results)-1]; last.Failed != 1 {
			t.Errorf("result %+v", last)
		}
		proof, err := c.pub.Verify(c.ctx, c.site("qinghe").ID)
		c.must(err)
		if !slices.ContainsFunc(proof.Problems, func(p Problem) bool {
			return p.Kind == "failed" &&
				p.Path == c.path("qinghe", news[9])
		}) {
			t.Errorf("problems %+v", proof.Problems)
		}
		_, col := c.column("qinghe:xwdt/szyw")
		c.must(c.exec("UPDATE resource_placement SET column_id = ? WHERE item_id = ?", col.ID, news[9]))
		_, err = c.pub.BuildAll(c.ctx, c.site("qinghe").ID)
		c.must(err)
		c.clean()
	})
}

func TestBareSite(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.apply(nil, "site: bare\nname: 空站\ntitle: 空站\nkind: department\nstate: applying\n")
		c.must(c.exec("DELETE FROM site_column WHERE site_id = ?", c.site("bare").ID))
		c.drain()
		c.clean()
		if c.status("bare", "/") != 200 {
			t.Error("a site without columns has no home page")
		}
	})
}

// revise releases a changed edition.
func (c *city) revise(id int64, change func(*resource.Edition)) {
	c.t.Helper()
	_, err := c.desk.Revise(c.ctx, c.seen(id)[0],
		func(_ *resource.Item, e *resource.Edition) error { change(e); return nil })
	c.must(err)
	c.release(0, id)
}

// seen are the items as they stand now.
func (c *city) seen(ids ...int64) []resource.Seen {
	c.t.Helper()
	seen, err := resource.NewLibrary(c.db).Current(c.ctx, ids...)
	c.must(err)
	return seen
}

// release releases drafts as they stand, now (0) or at a time ahead (unix ms).
func (c *city) release(at int64, ids ...int64) {
	c.t.Helper()
	_, err := c.desk.Release(c.ctx, at, c.seen(ids...)...)
	c.must(err)
}

// link ties two items, with the rights on both.
func (c *city) link(l resource.Link) {
	c.t.Helper()
	state, err := c.desk.Link(c.ctx, l)
	c.must(err)
	if state != resource.LinkAccepted {
		c.t.Fatalf("the link is %s", state)
	}
}

// takeDown withdraws items as they stand.
func (c *city) takeDown(o resource.WithdrawRequest, ids ...int64) {
	c.t.Helper()
	o.Items = c.seen(ids...)
	_, err := c.desk.Withdraw(c.ctx, o)
	c.must(err)
}
