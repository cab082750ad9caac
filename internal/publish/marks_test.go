package publish

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/address"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
)

// mark marks pages of a site as a change would.
func (c *city) mark(code string, pages ...page.Page) {
	c.t.Helper()
	c.must(c.db.InTx(c.ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := deps.DirtyMarks(c.site(code).ID).Mark(ctx, tx, pages)
		return err
	}))
}

func homePage() page.Page { return page.Page{Path: address.Home, Kind: page.Home} }

// itemPage is the page of an item on a site.
func (c *city) itemPage(code string, id int64) page.Page {
	c.t.Helper()
	return page.OfItem(c.path(code, id), id)
}

// What is marked while a build runs is built by the next one, whether the build has read a mark of the page or not.
func TestMarkedWhileBuilding(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		id := c.site("qinghe").ID
		home, robots := homePage(), page.Page{Path: address.Robots, Kind: address.PageRobots}
		c.mark("qinghe", home)
		c.spy.on = func(string) { c.spy.on = nil; c.mark("qinghe", home, robots) }
		res, err := c.pub.Build(c.ctx, id)
		c.must(err)
		if st, err := c.pub.Status(c.ctx, id); err != nil || res.Rendered != 1 || st.Waiting != 2 {
			t.Fatalf("rendered %d, waiting %d, %v", res.Rendered, st.Waiting, err)
		}
		if res, err = c.pub.Build(c.ctx, id); err != nil || res.Rendered != 2 {
			t.Errorf("the marks set meanwhile: %+v, %v", res, err)
		}
		c.clean()
	})
}

// A page that cannot be rendered keeps its mark and what was published of it; it is told until it can be rendered.
func TestFailedPageIsTold(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		id, at := c.site("qinghe").ID, c.path("qinghe", news[0])
		entry, _ := c.get("qinghe", at)
		c.must(c.exec("UPDATE resource_placement SET column_id = 1 WHERE item_id = ? AND site_id = ?", news[0], id))
		c.mark("qinghe", c.itemPage("qinghe", news[0]), homePage())
		for range 2 { // a second build does not lose it either
			res, err := c.pub.Build(c.ctx, id)
			if err != nil || res.Failed != 1 {
				t.Fatalf("%+v, %v", res, err)
			}
			st, err := c.pub.Status(c.ctx, id)
			if err != nil || st.Waiting != 1 || st.Failed != 1 {
				t.Fatalf("%d wait, %d failed, %v", st.Waiting, st.Failed, err)
			}
		}
		if now, _ := c.get("qinghe", at); now.Hash != entry.Hash {
			t.Error("what was published of the page has changed")
		}
		_, col := c.column("qinghe:xwdt/szyw")
		c.must(c.exec("UPDATE resource_placement SET column_id = ? WHERE item_id = ? AND site_id = ?", col.ID, news[0], id))
		if res, err := c.pub.Build(c.ctx, id); err != nil || res.Failed != 0 || res.Rendered != 1 {
			t.Errorf("%+v, %v", res, err)
		}
		c.clean()
	})
}

// The clock of the machine is set back: the times of the heads still grow, and the ledger holds.
func TestClockSetBack(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		jumps := []time.Duration{-48 * time.Hour, 0, time.Second, -365 * 24 * time.Hour}
		for i, by := range jumps {
			c.tick(by)
			c.many("qinghe:tzgg", 1)
			c.drain()
			if c.head("qinghe").Revision != int64(i+2) {
				t.Fatalf("revision %d after jump %d", c.head("qinghe").Revision, i)
			}
		}
		var before manifest.Head
		for h, err := range ledger.All(c.ctx, c.db.Read(), c.site("qinghe").ID) {
			c.must(err)
			if h.At <= before.At {
				t.Errorf("head %d has time %d, the one before %d", h.Revision, h.At, before.At)
			}
			before = h
		}
		c.clean()
	})
}
