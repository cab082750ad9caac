package publish

import (
	"context"
	"net/http"
	"slices"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// While a site shows an older tree, pages rendered into it may name only what that tree
// holds: nothing may lead to a page that is not there.

// olderTree is the tree that pages are rendered into on top of an older revision.
type olderTree struct {
	nodes manifest.NodeReader
	root  manifest.Ref
}

func (t *olderTree) has(ctx context.Context, path string) (bool, error) {
	e, found, err := manifest.Get(ctx, t.nodes, t.root, path)
	return found && e.Status == http.StatusOK, err
}

// visible leaves out what the older tree does not hold. Without one all is visible.
func (f *frame) visible(ctx context.Context, entries []resource.Entry) ([]resource.Entry, error) {
	if f.base == nil {
		return entries, nil
	}
	var out []resource.Entry
	for _, e := range entries {
		if e.Path != "" && e.Site == f.site.ID {
			if there, err := f.base.has(ctx, e.Path); err != nil {
				return nil, err
			} else if !there {
				continue
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// upTo returns the first n visible entries of a list.
func (f *frame) upTo(ctx context.Context, n int, first func(n int) ([]resource.Entry, error)) ([]resource.Entry, error) {
	for ask := n; ; ask *= 4 {
		entries, err := first(ask)
		if err != nil || f.base == nil {
			return entries, err
		}
		seen, err := f.visible(ctx, entries)
		if err != nil || len(seen) >= n || len(entries) < ask || ask > slab {
			return seen[:min(n, len(seen))], err
		}
	}
}

// lastPage is the number of the open page of a list: of the list as it is now, or as
// the older tree cut it.
func (f *frame) lastPage(ctx context.Context, c *site.Column) (*listRow, error) {
	last, err := f.lists.last(ctx, c.ID)
	if err != nil || f.base == nil {
		return last, err
	}
	no := last.No
	for ; no > 1; no-- {
		there, err := f.base.has(ctx, olderPath(c, no-1))
		if err != nil {
			return nil, err
		}
		if there {
			break
		}
	}
	return f.lists.page(ctx, c.ID, no)
}

// laying finds the pages of an older tree that may show what has been withdrawn. What is
// recorded describes the content as it was published last, so it looks wider than the
// planner: at every page with a window on a column, and at neighbours in the older tree.
type laying struct {
	p     *Publisher
	frame *frame
	tree  *olderTree
	pages map[string]page
}

func (l *laying) add(pages ...page) {
	for _, p := range pages {
		l.pages[p.path] = p
	}
}

func (l *laying) pagesOf(ctx context.Context, changes []resource.Change) ([]page, error) {
	for chunk := range slices.Chunk(changes, 400) {
		if err := l.chunk(ctx, chunk); err != nil {
			return nil, err
		}
	}
	out := []page{}
	for _, pg := range l.pages {
		_, there, err := manifest.Get(ctx, l.tree.nodes, l.tree.root, pg.path)
		if err != nil {
			return nil, err
		}
		if there { // nothing is added to an older tree
			out = append(out, pg)
		}
	}
	return out, nil
}

func (l *laying) chunk(ctx context.Context, changes []resource.Change) error {
	site, db := l.frame.site.ID, l.p.DB.Read()
	var ids []int64
	deps := make([]string, len(changes))
	for i, c := range changes {
		ids, deps[i] = append(ids, c.Item), itemDep(c.Item)
	}
	shown, err := showing(ctx, db, site, deps)
	if err != nil {
		return err
	}
	l.add(shown...)
	relations, err := l.p.Published.Relations(ctx, site, ids)
	if err != nil {
		return err
	}
	for _, some := range relations {
		for _, rel := range some {
			ids = append(ids, rel.Other.Item)
		}
	}
	pl, s := &planner{pub: l.p.Published}, &plannedSite{site: l.frame.site, tree: l.frame.tree, pages: l.pages}
	if _, err := pl.itemPages(ctx, s, ids, false); err != nil {
		return err
	}
	places, err := l.p.Published.Placements(ctx, ids)
	if err != nil {
		return err
	}
	for _, c := range changes { // a place left since
		for _, spot := range c.Spots {
			places[c.Item] = append(places[c.Item], resource.Placement{ItemID: c.Item, SiteID: spot.Site, ColumnID: spot.Column, At: spot.At})
		}
	}
	for _, some := range places {
		for _, at := range some {
			if at.SiteID != site {
				continue
			}
			if err := l.spot(ctx, at.ColumnID, resource.Key{At: at.At, Item: at.ItemID}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *laying) spot(ctx context.Context, column int64, k resource.Key) error {
	c := l.frame.tree.ID(column)
	if c == nil {
		return nil
	}
	for _, col := range []int64{column, siteWide} {
		over, err := windowsOver(ctx, l.p.DB.Read(), l.frame.site.ID, col, resource.Newest)
		if err != nil {
			return err
		}
		l.add(over...)
		row, err := l.frame.lists.pageOf(ctx, col, k)
		if err != nil {
			return err
		}
		switch {
		case col == siteWide:
			l.add(sitemapPage(row.No))
		case listed(c):
			l.add(columnPage(c), olderPage(c, row.No))
		}
	}
	n, err := newReads(l.laid(), nil).neighbours(ctx, column, k)
	for _, e := range []*resource.Entry{n.newer, n.older} {
		if e != nil && e.Path != "" {
			l.add(page{path: e.Path, kind: kindItem, ref: e.Item})
		}
	}
	return err
}

// laid is a frame that sees the older tree only.
func (l *laying) laid() *frame {
	return &frame{site: l.frame.site, tree: l.frame.tree, pub: l.frame.pub, lists: l.frame.lists, others: l.frame.others, base: l.tree}
}
