package publish

import (
	"fmt"
	"strings"
	"testing"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// Publishing on one site costs the same statements in a city of 10 and of 200 sites, and reads no table whole.
func TestStatementsDoNotGrowWithTheCity(t *testing.T) {
	counts := map[string]map[string][]int{} // engine → what → statements at 10, at 200
	for _, n := range []int{10, 200} {
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			c := newCity(t, db, t.TempDir())
			texts := []string{portal(home), county("")}
			for i := range n - 2 { // half are tops of their own, half are below the county
				texts = append(texts, fmt.Sprintf("site: s%03d\nparent: %s\nname: 站点%d\nstate: applying\n", i,
					[]string{"linjiang", `""`}[i%2], i))
			}
			c.apply(nil, texts...)
			news := c.many("qinghe:xwdt/szyw", 30)
			c.many("linjiang:xwdt", 3)
			c.receive(draft{title: "县里的信息", places: []string{"linjiang:xwdt", "qinghe:tzgg"}})
			c.drain()
			seen := storetest.Watch(t, db)
			for _, step := range []struct {
				what string
				do   func()
			}{
				{"build one page", func() {
					c.mark("qinghe", c.itemPage("qinghe", news[3]))
					seen.Take()
					res, err := c.pub.Build(c.ctx, c.site("qinghe").ID)
					c.must(err)
					if res.Rendered != 1 {
						t.Errorf("%+v", res)
					}
				}},
				{"publish a new item", func() { c.many("qinghe:xwdt/szyw", 1); c.drain() }},
				{"publish an item on two sites", func() {
					c.receive(draft{title: "两处", places: []string{"qinghe:tzgg", "linjiang:xwdt"}})
					c.drain()
				}},
				{"withdraw an item", func() {
					c.takeDown(resource.WithdrawRequest{Kind: resource.InError, Reason: "有误"}, news[5])
					c.drain()
				}},
				{"change a column", func() {
					_, col := c.column("qinghe:tzgg")
					name := "公告"
					change := site.ColumnChange{Name: &name}
					_, err := c.siteDesk.ChangeColumn(c.ctx, "qinghe", col.Version, col.ID, change)
					c.must(err)
					c.drain()
				}},
				{"change a state", func() {
					c.must(c.siteDesk.ChangeState(c.ctx, "s001", site.StateChange{To: site.Approved, Reason: "同意"}))
					c.drain()
				}},
				{"a page made per request", func() {
					_, _, err := c.pub.PageFrame(c.ctx, c.site("qinghe"))
					c.must(err)
				}},
			} {
				seen.Take()
				step.do()
				took := seen.Take()
				for _, q := range took {
					if strings.Contains(q, `FROM "site_site"`) && !strings.Contains(q, "WHERE") {
						t.Errorf("%s reads all sites: %s", step.what, q)
					}
				}
				engine := map[bool]string{false: "sqlite", true: "postgres"}[db.Postgres()]
				if counts[engine] == nil {
					counts[engine] = map[string][]int{}
				}
				counts[engine][step.what] = append(counts[engine][step.what], len(took))
			}
			c.clean()
		})
	}
	for engine, steps := range counts {
		for what, n := range steps {
			t.Logf("%s: %s: %v statements", engine, what, n)
			if len(n) != 2 || n[0] != n[1] || n[0] == 0 {
				t.Errorf("%s: %s costs %v statements at 10 and at 200 sites", engine, what, n)
			}
		}
	}
}
