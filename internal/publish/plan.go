package publish

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/publish/pagination"
	"guiyi/internal/publish/render"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// planner finds the pages to mark after changes of content, in one short transaction.
type planner struct {
	tx    bun.Tx
	pub   *published.Reader
	sites map[int64]*plannedSite
	reg   *site.Register
}

// plannedSite collects the pages to mark on one site.
type plannedSite struct {
	site  *site.Site
	state ledger.Site
	tree  *site.Tree
	lists *pagination.Lists
	pages map[string]page.Page
	whole bool // all pages are marked
}

// marked is a site on which a plan has marked pages.
type marked struct {
	site  int64
	whole int64 // sequence number of the marks if every page is marked, otherwise 0
}

func (p *planner) site(ctx context.Context, id int64) (*plannedSite, error) {
	if s := p.sites[id]; s != nil {
		return s, nil
	}
	st, err := p.reg.ByID(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return nil, nil // a placement on a deleted site
	}
	if err != nil {
		return nil, err
	}
	tree, err := p.reg.Columns(ctx, id)
	if err != nil {
		return nil, err
	}
	state, err := ledger.Of(ctx, p.tx, id)
	if err != nil {
		return nil, err
	}
	s := &plannedSite{
		site:  st,
		state: state,
		tree:  tree,
		lists: pagination.New(p.tx, true, p.pub, id),
		pages: map[string]page.Page{},
	}
	p.sites[id] = s
	return s, nil
}

func (s *plannedSite) add(pages ...page.Page) {
	for _, p := range pages {
		s.pages[p.Path] = p
	}
}

// events marks all pages of the sites in whole, all pages of other sites that name these sites, and the pages that the
// changes of items affect on all sites.
func (p *planner) events(ctx context.Context, changes []resource.Change, whole []int64) error {
	for _, id := range whole {
		if err := p.markSiteByID(ctx, id); err != nil {
			return err
		}
		if s := p.sites[id]; s != nil {
			if err := p.otherSites(ctx, s); err != nil {
				return err
			}
		}
	}
	return p.changed(ctx, changes)
}

// changed marks the pages that show, showed or must show the changed items. On a site that was never published all
// pages are marked, because their dependencies are unknown.
func (p *planner) changed(ctx context.Context, changes []resource.Change) error {
	ids := make([]int64, len(changes))
	for i, c := range changes {
		ids[i] = c.Item
	}
	involved, err := deps.SitesReading(ctx, p.tx, ids)
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
		s, err := p.site(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case s == nil, s.whole:
		case s.state.Revision == 0:
			err = p.markSite(ctx, s)
		default:
			err = p.onSite(ctx, s, changes, ids)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) onSite(ctx context.Context, s *plannedSite, changes []resource.Change, ids []int64) error {
	keys := make([]string, len(ids))
	for i, id := range ids {
		keys[i] = page.ItemKey(id)
	}
	shown, err := deps.PagesReading(ctx, p.tx, s.site.ID, keys)
	if err != nil {
		return err
	}
	s.add(shown...)
	var linked []int64
	spots := map[int64][]published.Key{}
	for _, c := range changes {
		linked = append(linked, c.Links...)
		for _, spot := range c.Spots {
			if spot.Site == s.site.ID {
				spots[spot.Column] = append(spots[spot.Column], page.KeyOf(spot, c.Item))
			}
		}
	}
	pages, err := p.itemPages(ctx, s, ids, false)
	if err != nil {
		return err
	}
	if err := p.siteMap(ctx, s, pages); err != nil {
		return err
	}
	if _, err := p.itemPages(ctx, s, linked, false); err != nil {
		return err
	}
	return p.placements(ctx, s, spots)
}

// itemPage is the page of an item and its position in the list of all pages of its site.
type itemPage struct {
	page.Page
	column   int64
	listedAt int64 // see page.ListedAt; 0: not listed
}

// itemPages marks and returns the pages of the items on the site, and marks the old addresses that redirect to them.
// Items that never had an address on the site are ignored. A dry run marks nothing.
func (p *planner) itemPages(ctx context.Context, s *plannedSite, ids []int64, dry bool) (out []itemPage, err error) {
	ids = slices.Clone(ids)
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), 400) {
		shown, err := p.pub.OnSite(ctx, s.site.ID, chunk)
		if err != nil {
			return nil, err
		}
		for _, id := range chunk {
			it := shown[id]
			if it == nil || it.Path == "" {
				continue
			}
			ip := itemPage{Page: page.OfItem(it.Path, id),
				column: it.Placement.ColumnID, listedAt: page.ListedAt(it)}
			out = append(out, ip)
			if !dry {
				s.add(ip.Page)
			}
		}
		if dry {
			continue
		}
		if err := p.oldPages(ctx, s, chunk); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (p *planner) oldPages(ctx context.Context, s *plannedSite, ids []int64) error {
	addresses, err := p.pub.OldAddresses(ctx, s.site.ID, ids)
	if err != nil || len(addresses) == 0 {
		return err
	}
	own, err := p.pub.OwnAddresses(ctx, s.site.ID, slices.Collect(maps.Keys(addresses)))
	for path, id := range addresses {
		// A current page of the site takes precedence over an old address.
		if manifest.CheckPath(path) == nil && s.pages[path].Path == "" && !own[path] && !page.Reserved(s.tree, path) {
			s.add(page.Page{Path: path, Kind: page.OldAddress, Ref: id})
		}
	}
	return err
}

// siteMap marks the parts of the site map to which one of the pages is added, removed or moved.
func (p *planner) siteMap(ctx context.Context, s *plannedSite, pages []itemPage) error {
	paths := make([]string, len(pages))
	for i, ip := range pages {
		paths[i] = ip.Path
	}
	before, err := deps.ListedAt(ctx, p.tx, s.site.ID, paths)
	if err != nil {
		return err
	}
	var keys []published.Key
	for _, ip := range pages {
		was := before[ip.Path]
		if was == ip.listedAt {
			continue
		}
		for _, at := range []int64{was, ip.listedAt} {
			if at != 0 {
				keys = append(keys, published.Key{At: at, Item: ip.Ref})
			}
		}
	}
	t, err := s.lists.Update(ctx, page.SiteWide, ascending(keys))
	if err != nil {
		return err
	}
	s.addSiteMap(t)
	return nil
}

func (s *plannedSite) addSiteMap(t pagination.Affected) {
	for _, no := range t.Pages {
		s.add(page.OfSitemap(no))
	}
	for no := t.Last + 1; no <= t.Before; no++ {
		s.add(page.OfSitemap(no))
	}
	if t.Before != t.Last {
		s.add(page.Page{Path: address.Sitemap, Kind: page.Sitemap})
	}
}

func ascending(keys []published.Key) []published.Key {
	slices.SortFunc(keys, func(a, b published.Key) int {
		return cmp.Or(cmp.Compare(a.At, b.At),
			cmp.Compare(a.Item, b.Item))
	})
	return slices.Compact(keys)
}

// placements marks the pages that depend on positions in lists: the list pages, the feeds and blocks whose windows
// contain a position, and the pages of the neighbouring items.
func (p *planner) placements(ctx context.Context, s *plannedSite, byColumn map[int64][]published.Key) error {
	newest := published.Oldest
	adjoining := map[int64][]int64{} // item → columns in which it is next to a changed position
	for _, column := range slices.Sorted(maps.Keys(byColumn)) {
		keys := ascending(byColumn[column])
		top := keys[len(keys)-1]
		if top.NewerThan(newest) {
			newest = top
		}
		c := s.tree.ID(column)
		if c == nil {
			continue
		}
		if page.IsList(c) {
			if err := p.listPages(ctx, s, c, keys); err != nil {
				return err
			}
		}
		if err := p.windows(ctx, s, column, top); err != nil {
			return err
		}
		items, err := p.neighbours(ctx, column, keys)
		if err != nil {
			return err
		}
		for _, id := range items {
			adjoining[id] = append(adjoining[id], column)
		}
	}
	if len(byColumn) > 0 {
		if err := p.windows(ctx, s, page.SiteWide, newest); err != nil {
			return err
		}
	}
	pages, err := p.itemPages(ctx, s, slices.Collect(maps.Keys(adjoining)), true)
	for _, ip := range pages {
		if slices.Contains(adjoining[ip.Ref], ip.column) { // its page shows the neighbours in its own column only
			s.add(ip.Page)
		}
	}
	return err
}

func (p *planner) windows(ctx context.Context, s *plannedSite, column int64, top published.Key) error {
	over, err := deps.PagesWithWindow(ctx, p.tx, s.site.ID, column, top)
	s.add(over...)
	return err
}

// neighbours returns the items directly before and after each of the keys, which must be ascending, in a column.
func (p *planner) neighbours(ctx context.Context, column int64, keys []published.Key) (items []int64, err error) {
	if len(keys) > render.FewKeys {
		low, err := p.older(ctx, column, keys[0])
		if err != nil {
			return nil, err
		}
		span, err := p.pub.KeysUp(ctx, column, low, 4*len(keys))
		if err != nil {
			return nil, err
		}
		top := keys[len(keys)-1]
		if len(span) < 4*len(keys) || span[len(span)-1].NewerThan(top) { // the keys are close together
			return adjacent(span, keys), nil
		}
	}
	for _, k := range keys {
		newer, older, err := p.pub.Neighbours(ctx, column, k)
		if err != nil {
			return nil, err
		}
		for _, e := range []*published.Entry{newer, older} {
			if e != nil {
				items = append(items, e.Item)
			}
		}
	}
	return items, nil
}

func (p *planner) older(ctx context.Context, column int64, k published.Key) (published.Key, error) {
	below, err := p.pub.Between(ctx, column, published.Oldest, k, 1)
	if err != nil || len(below) == 0 {
		return published.Oldest, err
	}
	return below[0].Key, nil
}

// adjacent returns the items of span directly below and above each of the keys. Both must be ascending.
func adjacent(span, keys []published.Key) (items []int64) {
	for _, k := range keys {
		i, found := slices.BinarySearchFunc(span, k,
			func(a, b published.Key) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Item, b.Item)) })
		if i > 0 {
			items = append(items, span[i-1].Item)
		}
		if found {
			i++
		}
		if i < len(span) {
			items = append(items, span[i].Item)
		}
	}
	return items
}

func (p *planner) listPages(ctx context.Context, s *plannedSite, c *site.Column, keys []published.Key) error {
	t, err := s.lists.Update(ctx, c.ID, keys)
	if err != nil {
		return err
	}
	s.addListPages(c, t)
	return nil
}

func (s *plannedSite) addListPages(c *site.Column, t pagination.Affected) {
	mark := func(no int64) {
		if no == t.Last {
			s.add(page.OfColumn(c))
		} else {
			s.add(page.OfOlder(c, no))
		}
	}
	for _, no := range t.Pages {
		mark(no)
	}
	if t.Before == t.Last {
		return
	}
	for no := t.Last; no < t.Before; no++ { // addresses of closed pages that do not exist any more
		s.add(page.OfOlder(c, no))
	}
	// pagers near the end show different page numbers now
	for no := max(1, min(t.Before, t.Last)-render.PagerReach); no <= t.Last; no++ {
		mark(no)
	}
}

// save stores the marks and returns the sites that have any.
func (p *planner) save(ctx context.Context) (out []marked, err error) {
	for _, id := range slices.Sorted(maps.Keys(p.sites)) {
		s := p.sites[id]
		pages := slices.SortedFunc(maps.Values(s.pages),
			func(a, b page.Page) int { return cmp.Compare(a.Path, b.Path) })
		seq, err := deps.DirtyMarks(id).Mark(ctx, p.tx, pages)
		if err != nil {
			return nil, err
		}
		if !s.whole {
			seq = 0
		}
		out = append(out, marked{site: id, whole: seq})
	}
	return out, nil
}
