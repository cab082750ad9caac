package publish

import (
	"slices"
	"strings"
	"testing"
	"time"

	"guiyi/internal/resource"
)

// base is a portal and a county with some items, all published.
func base(c *city) (news []int64) {
	c.apply(nil, portal(home), county(""))
	news = c.many("qinghe:xwdt/szyw", 10)
	c.many("linjiang:xwdt", 3)
	c.drain()
	c.clean()
	return news
}

func with(paths []string, more ...string) []string { return append(slices.Clone(paths), more...) }

func TestFirstRevision(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		for _, path := range []string{"/", "/wzdt/", "/robots.txt", "/sitemap.xml", "/sitemap-1.xml", "/rss.xml",
			"/atom.xml", "/xwdt/", "/xwdt/szyw/rss.xml", "/xxgk/", "/gywz/"} {
			if got := c.status("qinghe", path); got != 200 {
				t.Errorf("%s answers %d", path, got)
			}
		}
		if got := c.status("qinghe", "/404.html"); got != 404 {
			t.Errorf("404 page answers %d", got)
		}
		if h := c.head("qinghe"); !h.Default || c.head("linjiang").Default || h.Hosts[0] != "www.qinghe.gov.cn" {
			t.Errorf("head %+v", h)
		}
		if len(c.heads) == 0 {
			t.Error("nothing was announced")
		}
	})
}

// TestTitle: exactly what shows the item is rendered again.
func TestTitle(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		feeds := []string{"/rss.xml", "/atom.xml", "/xwdt/szyw/rss.xml", "/xwdt/szyw/atom.xml"}
		c.revise(news[9], func(e *resource.Edition) { e.Title = "新标题" })
		c.renders(map[string][]string{"qinghe": with(feeds, c.path("qinghe", news[9]), c.path("qinghe", news[8]), "/",
			"/xwdt/", "/xwdt/szyw/")})
		c.clean()

		// The sixth newest is not on the home page (three), and on the channel page it is the last shown.
		c.revise(news[3], func(e *resource.Edition) { e.Title = "又一个新标题" })
		c.renders(map[string][]string{"qinghe": with(feeds, c.path("qinghe", news[2]), c.path("qinghe", news[3]),
			c.path("qinghe", news[4]), "/xwdt/szyw/")})
		c.clean()
		if _, body := c.get("qinghe", c.path("qinghe", news[2])); !strings.Contains(body, "又一个新标题") {
			t.Error("the neighbour does not show the new title")
		}
	})
}

func TestNewItem(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		id := c.many("qinghe:xwdt/szyw", 1)[0]
		c.renders(map[string][]string{"qinghe": {c.path("qinghe", id), c.path("qinghe", news[9]), "/", "/xwdt/",
			"/xwdt/szyw/",
			"/rss.xml", "/atom.xml", "/xwdt/szyw/rss.xml", "/xwdt/szyw/atom.xml", "/sitemap-1.xml"}})
		c.clean()

		other := c.many("qinghe:tzgg", 1)[0] // on no block of the home page
		c.renders(map[string][]string{"qinghe": {c.path("qinghe", other), "/tzgg/", "/rss.xml", "/atom.xml",
			"/tzgg/rss.xml", "/tzgg/atom.xml", "/sitemap-1.xml"}})
		c.clean()
	})
}

func TestReference(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		place := c.place("linjiang:xwdt", start.Add(9*time.Minute))
		place.Headline = "县里的标题"
		c.must(c.desk.Place(c.ctx, news[9], place))
		got := c.rendered()
		if !slices.Contains(got["linjiang"], c.path("linjiang", news[9])) {
			t.Errorf("rendered %v", got)
		}
		c.clean()
		if _, body := c.get("linjiang", c.path("linjiang", news[9])); !strings.Contains(body, "县里的标题") {
			t.Error("the headline is not shown")
		}
		c.revise(news[9], func(e *resource.Edition) { e.Title = "两处都改" })
		got = c.rendered()
		if len(got["qinghe"]) == 0 || !slices.Contains(got["linjiang"], c.path("linjiang", news[9])) {
			t.Errorf("rendered %v", got)
		}
		c.clean()

		c.must(c.desk.Unplace(c.ctx, news[9], place.ColumnID))
		c.drain()
		c.clean()
		if got := c.status("linjiang", c.path("linjiang", news[9])); got != 410 {
			t.Errorf("unplaced answers %d", got)
		}
		c.must(c.desk.Place(c.ctx, news[9], place))
		c.drain()
		c.clean()
		if got := c.status("linjiang", c.path("linjiang", news[9])); got != 200 {
			t.Errorf("placed again answers %d", got)
		}
	})
}

func document(in *resource.Incoming) {
	in.Class = resource.Document
	in.Edition.Document = &resource.DocumentInfo{DocNo: "清政发〔2026〕18号", Issuer: "清河市人民政府"}
}

func TestInterpretation(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		doc := c.receive(draft{title: "若干措施", places: []string{"qinghe:zcwj"}, change: document})[0]
		reading := c.receive(draft{title: "一图读懂", places: []string{"qinghe:zcjd"}, change: func(in *resource.Incoming) {
			in.Class = resource.Interpretation
			in.Edition.Interpretation = &resource.InterpretationInfo{Form: "图解"}
		}})[0]
		c.drain()
		c.clean()
		c.link(resource.Link{From: reading, To: doc, Kind: resource.Interprets})
		got := c.rendered()["qinghe"]
		for _, want := range []string{c.path("qinghe", doc), c.path("qinghe", reading), "/zcwj/", "/"} {
			if !slices.Contains(got, want) {
				t.Errorf("%s was not rendered: %v", want, got)
			}
		}
		c.clean()
		c.revise(reading, func(e *resource.Edition) { e.Title = "改名的解读" })
		c.drain()
		c.clean()
		if _, body := c.get("qinghe", c.path("qinghe", doc)); !strings.Contains(body, "改名的解读") {
			t.Error("the document does not show its interpretation")
		}
		c.takeDown(resource.WithdrawRequest{Kind: resource.InError, Reason: "有误"}, reading)
		c.drain()
		c.clean()
	})
}

func TestManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		before := c.head("qinghe").Revision
		for _, id := range news {
			_, err := c.desk.Revise(c.ctx, c.seen(id)[0],
				func(_ *resource.Item, e *resource.Edition) error { e.Title += "（修订）"; return nil })
			c.must(err)
		}
		at := start.Add(time.Hour)
		c.release(at.UnixMilli(), news...)
		c.drain()
		if got := c.head("qinghe").Revision; got != before {
			t.Fatalf("published before its time: %d", got)
		}
		c.tick(2 * time.Hour)
		c.drain()
		if got := c.head("qinghe").Revision; got != before+1 {
			t.Errorf("%d revisions for one release", got-before)
		}
		c.clean()

		c.takeDown(resource.WithdrawRequest{Kind: resource.InError, Reason: "到期",
			At: start.Add(3 * time.Hour).UnixMilli()}, news[:2]...)
		c.drain()
		if got := c.status("qinghe", c.path("qinghe", news[0])); got != 200 {
			t.Errorf("withdrawn before its time: %d", got)
		}
		c.tick(2 * time.Hour)
		c.drain()
		if got := c.status("qinghe", c.path("qinghe", news[0])); got != 410 {
			t.Errorf("after its time: %d", got)
		}
		c.clean()
	})
}
