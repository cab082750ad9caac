package publish

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// planner turns changes of content into marks on pages, in one short transaction.
type planner struct {
	tx    bun.Tx
	pub   *resource.Published
	sites map[int64]*plannedSite
	reg   *site.Register
}

// plannedSite collects the marks of one site.
type plannedSite struct {
	site  *site.Site
	tree  *site.Tree
	lists *lists
	pages map[string]page
}

func (p *planner) of(ctx context.Context, id int64) (*plannedSite, error) {
	if s := p.sites[id]; s != nil {
		return s, nil
	}
	st, err := p.reg.ByID(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, nil // placed on a site that is no more
	}
	if err != nil {
		return nil, err
	}
	tree, err := p.reg.Columns(ctx, id)
	if err != nil {
		return nil, err
	}
	s := &plannedSite{site: st, tree: tree, lists: newLists(p.tx, true, p.pub, id), pages: map[string]page{}}
	p.sites[id] = s
	return s, nil
}

func (s *plannedSite) add(pages ...page) {
	for _, p := range pages {
		s.pages[p.path] = p
	}
}

// changed marks everything that shows, showed or should show the changed items.
func (p *planner) changed(ctx context.Context, changes []resource.Change) error {
	ids := make([]int64, len(changes))
	for i, c := range changes {
		ids[i] = c.Item
	}
	involved, err := sitesShowing(ctx, p.tx, ids)
	if err != nil {
		return err
	}
	for _, c := range changes {
		for _, s := range c.Spots {
			involved = append(involved, s.Site)
		}
	}
	slices.Sort(involved)
	for _, id := range slices.Compact(involved) {
		s, err := p.of(ctx, id)
		if err != nil {
			return err
		}
		if s == nil {
			continue
		}
		if err := p.onSite(ctx, s, changes, ids); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) onSite(ctx context.Context, s *plannedSite, changes []resource.Change, ids []int64) error {
	deps := make([]string, len(ids))
	for i, id := range ids {
		deps[i] = itemDep(id)
	}
	shown, err := showing(ctx, p.tx, s.site.ID, deps)
	if err != nil {
		return err
	}
	s.add(shown...)
	own := slices.Clone(ids)
	for _, c := range changes {
		own = append(own, c.Links...)
	}
	if err := p.itemPages(ctx, s, own, true); err != nil {
		return err
	}
	for _, c := range changes {
		for _, spot := range c.Spots {
			if spot.Site == s.site.ID {
				if err := p.spot(ctx, s, spot.Column, keyOf(spot, c.Item)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// itemPages marks the items' own pages on the site and the old addresses that lead to
// them. Items that never had an address there are passed over.
func (p *planner) itemPages(ctx context.Context, s *plannedSite, ids []int64, old bool) error {
	slices.Sort(ids)
	ids = slices.Compact(ids)
	shown, err := p.pub.OnSite(ctx, s.site.ID, ids)
	if err != nil {
		return err
	}
	for id, it := range shown {
		if it.Path != "" {
			s.add(page{path: it.Path, kind: kindItem, ref: id})
		}
	}
	if !old {
		return nil
	}
	addresses, err := p.pub.OldAddresses(ctx, s.site.ID, ids)
	for path, id := range addresses {
		if manifest.CheckPath(path) == nil && s.pages[path].path == "" { // a page of the site goes before an address of old
			s.add(page{path: path, kind: kindOld, ref: id})
		}
	}
	return err
}

// spot marks what shows a place in a list: the list's page, feeds and blocks whose
// window reaches it, the neighbours' pages, and the piece of the site map.
func (p *planner) spot(ctx context.Context, s *plannedSite, column int64, k resource.Key) error {
	c := s.tree.ID(column)
	if c == nil {
		return nil
	}
	if listed(c) {
		if err := p.listPages(ctx, s, c, k); err != nil {
			return err
		}
	}
	if c.Kind == site.KindPage {
		s.add(columnPage(c))
	}
	for _, col := range []int64{column, siteWide} {
		over, err := windowsOver(ctx, p.tx, s.site.ID, col, k)
		if err != nil {
			return err
		}
		s.add(over...)
	}
	newer, older, err := p.pub.Neighbours(ctx, column, k)
	if err != nil {
		return err
	}
	for _, e := range []*resource.Entry{newer, older} {
		if e != nil && e.Path != "" {
			s.add(page{path: e.Path, kind: kindItem, ref: e.Item})
		}
	}
	part, err := s.lists.touch(ctx, siteWide, k)
	if err != nil {
		return err
	}
	for _, no := range append(part.pages, part.gone...) {
		s.add(sitemapPage(no))
	}
	if part.shifted {
		s.add(page{path: pathSitemap, kind: kindSitemap})
	}
	return nil
}

// pagerReach is how many pages around a new one show its number.
const pagerReach = 2

func (p *planner) listPages(ctx context.Context, s *plannedSite, c *site.Column, k resource.Key) error {
	t, err := s.lists.touch(ctx, c.ID, k)
	if err != nil {
		return err
	}
	return s.addListPages(ctx, c, t)
}

func (s *plannedSite) addListPages(ctx context.Context, c *site.Column, t touched) error {
	last, err := s.lists.last(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, no := range append(t.pages, t.gone...) {
		if no == last.No {
			s.add(columnPage(c))
		} else {
			s.add(olderPage(c, no))
		}
	}
	if t.shifted && len(t.pages) > 0 { // pagers near the end show other numbers now
		first := t.pages[0]
		for no := max(1, first-pagerReach); no < first; no++ {
			s.add(olderPage(c, no))
		}
		s.add(columnPage(c))
	}
	return nil
}

// whole marks every page a site has or should have, cutting its lists anew.
func (p *planner) whole(ctx context.Context, s *plannedSite) error {
	s.add(fixedPages()...)
	var known []pageRow
	if err := p.tx.NewSelect().Model(&known).Column("path", "kind", "ref", "no").Where("site_id = ?", s.site.ID).Scan(ctx); err != nil {
		return err
	}
	for i := range known {
		s.add(known[i].page())
	}
	for _, c := range s.tree.All() {
		if !hasPage(c) {
			continue
		}
		s.add(columnPage(c))
		if !listed(c) {
			continue
		}
		s.add(feedPages(c)...)
		t, err := s.lists.all(ctx, c.ID)
		if err != nil {
			return err
		}
		if err := s.addListPages(ctx, c, t); err != nil {
			return err
		}
	}
	t, err := s.lists.all(ctx, siteWide)
	if err != nil {
		return err
	}
	for _, no := range append(t.pages, t.gone...) {
		s.add(sitemapPage(no))
	}
	return p.pub.ItemsOnSite(ctx, s.site.ID, func(ids []int64) error { return p.itemPages(ctx, s, ids, true) })
}

// save writes the marks.
func (p *planner) save(ctx context.Context) ([]int64, error) {
	var ids []int64
	for id, s := range p.sites {
		pages := make([]page, 0, len(s.pages))
		for _, pg := range s.pages {
			pages = append(pages, pg)
		}
		if err := mark(ctx, p.tx, id, pages); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}
