package publish

import (
	"regexp"
	"strings"
	"testing"

	"guiyi/internal/address"
	"guiyi/internal/publish/page"
)

// internalLink is a link of a page to another page of its site.
var internalLink = regexp.MustCompile(`<a[^>]* href="(/[^"#?]*)`)

// noDeadLinks fails if a page of a site links to a page that is not published.
func (c *city) noDeadLinks(code string) {
	c.t.Helper()
	paths := c.addresses(code)
	known := map[string]bool{}
	for _, p := range paths {
		known[p] = true
	}
	links := 0
	for _, p := range paths {
		e, body := c.get(code, p)
		if !strings.HasPrefix(e.Type, "text/html") {
			continue
		}
		for _, m := range internalLink.FindAllStringSubmatch(body, -1) {
			if links++; !known[m[1]] && !address.IsDynamic(m[1]) {
				c.t.Errorf("%s links to %s, which is not published", p, m[1])
			}
		}
	}
	if links == 0 {
		c.t.Error("no link was looked at")
	}
}

// Items and columns are in the library, but their events are not planned yet, when a list is rendered for another
// reason. What the list and the pages around it link to is published with them.
func TestLinksToWhatIsNotPlanned(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		id := c.site("qinghe").ID
		c.noDeadLinks("qinghe")
		items := c.many("qinghe:tzgg", 3)
		c.apply(nil, strings.Replace(portal(home), "columns:\n",
			"columns:\n  - { slug: new, name: 新栏目, types: [工作动态], description: 新 }\n", 1), county(""))
		_, list := c.column("qinghe:tzgg")
		c.mark("qinghe", homePage(), page.OfColumn(list))
		_, err := c.pub.Build(c.ctx, id)
		c.must(err)
		if _, body := c.get("qinghe", page.ColumnPath(list)); !strings.Contains(body, c.path("qinghe", items[2])) {
			t.Fatal("the list does not show what was just received; the test shows nothing")
		}
		c.noDeadLinks("qinghe")
		c.drain()
		c.noDeadLinks("qinghe")
		c.clean()
	})
}
