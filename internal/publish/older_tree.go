package publish

import (
	"context"
	"slices"

	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/publish/render"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
)

// olderTreePlanner finds the pages of an older tree that may show withdrawn items. The recorded dependencies describe
// the content as it was last rendered, not the older tree. So it selects more pages than the planner: all pages with a
// window on a column of the item, and the neighbours of the item in the older tree.
type olderTreePlanner struct {
	p     *Publisher
	frame *render.Frame
	tree  *render.OlderTree
	pages map[string]page.Page
}

func (l *olderTreePlanner) add(pages ...page.Page) {
	for _, p := range pages {
		l.pages[p.Path] = p
	}
}

func (l *olderTreePlanner) pagesOf(ctx context.Context, changes []resource.Change) ([]page.Page, error) {
	for chunk := range slices.Chunk(changes, 400) {
		if err := l.chunk(ctx, chunk); err != nil {
			return nil, err
		}
	}
	out := []page.Page{}
	for _, pg := range l.pages {
		_, there, err := manifest.Get(ctx, l.tree.Nodes, l.tree.Root, pg.Path)
		if err != nil {
			return nil, err
		}
		if there { // a page that the older tree lacks is not added
			out = append(out, pg)
		}
	}
	return out, nil
}

func (l *olderTreePlanner) chunk(ctx context.Context, changes []resource.Change) error {
	site, db := l.frame.Site.ID, l.p.DB.Read()
	var ids []int64
	keys := make([]string, len(changes))
	for i, c := range changes {
		ids, keys[i] = append(ids, c.Item), page.ItemKey(c.Item)
	}
	shown, err := deps.PagesReading(ctx, db, site, keys)
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
	pl, s := &planner{pub: l.p.Published}, &plannedSite{site: l.frame.Site, tree: l.frame.Tree, pages: l.pages}
	if _, err := pl.itemPages(ctx, s, ids, false); err != nil {
		return err
	}
	places, err := l.p.Published.Placements(ctx, ids)
	if err != nil {
		return err
	}
	for _, c := range changes { // placements that were removed
		for _, spot := range c.Spots {
			places[c.Item] = append(places[c.Item],
				resource.Placement{ItemID: c.Item, SiteID: spot.Site, ColumnID: spot.Column, At: spot.At})
		}
	}
	for _, some := range places {
		for _, at := range some {
			if at.SiteID != site {
				continue
			}
			if err := l.placement(ctx, at.ColumnID, published.Key{At: at.At, Item: at.ItemID}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *olderTreePlanner) placement(ctx context.Context, column int64, k published.Key) error {
	c := l.frame.Tree.ID(column)
	if c == nil {
		return nil
	}
	for _, col := range []int64{column, page.SiteWide} {
		over, err := deps.PagesWithWindow(ctx, l.p.DB.Read(), l.frame.Site.ID, col, published.Newest)
		if err != nil {
			return err
		}
		l.add(over...)
		row, err := l.frame.Lists.PageOf(ctx, col, k)
		if err != nil {
			return err
		}
		switch {
		case col == page.SiteWide:
			l.add(page.OfSitemap(row.No))
		case page.IsList(c):
			l.add(page.OfColumn(c), page.OfOlder(c, row.No))
		}
	}
	n, err := render.NewReads(l.olderFrame(), nil).Neighbours(ctx, column, k)
	for _, e := range []*published.Entry{n.Newer, n.Older} {
		if e != nil && e.Path != "" {
			l.add(page.OfItem(e.Path, e.Item))
		}
	}
	return err
}

// olderFrame returns the frame of a build that reads the older tree.
func (l *olderTreePlanner) olderFrame() *render.Frame {
	return l.frame.WithOlderTree(l.tree)
}
