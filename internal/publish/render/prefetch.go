package render

import (
	"cmp"
	"context"
	"slices"

	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
)

// batchPages is the number of pages read ahead together: large enough to make queries rare, small enough that memory
// does not depend on the size of the build.
const batchPages = 400

// FewKeys is the largest number of changes in one column that are processed one by one.
const FewKeys = 8

// batch is a group of pages with the data read for them together.
type batch struct {
	pages      []page.Page
	items      map[int64]*published.Shown
	neighbours map[int64]neighbourPair // by item, in its own column
	linked     bool                    // relations are complete for items
	relations  map[int64][]published.Relation
}

// neighbourPair holds the entries directly above and below an item in a list.
type neighbourPair struct{ Newer, Older *published.Entry }

// located is an item's page with its key in its own column.
type located struct {
	page.Page
	column int64
	key    published.Key
}

func (l located) compare(o located) int {
	return cmp.Or(cmp.Compare(l.Kind, o.Kind), cmp.Compare(l.column, o.column), cmp.Compare(l.key.At, o.key.At),
		cmp.Compare(l.key.Item, o.key.Item), cmp.Compare(l.Path, o.Path))
}

// batches yields the pages in batches; pages of items are ordered by column.
func (f *Frame) batches(ctx context.Context, pages []page.Page, each func(*batch) error) error {
	var items []located
	var others []page.Page
	for _, p := range pages {
		if p.Kind == page.Item || p.Kind == page.OldAddress {
			items = append(items, located{Page: p, key: published.Key{Item: p.Ref}})
		} else {
			others = append(others, p)
		}
	}
	for chunk := range slices.Chunk(others, batchPages) {
		if err := each(&batch{pages: chunk}); err != nil {
			return err
		}
	}
	if err := f.locate(ctx, items); err != nil {
		return err
	}
	slices.SortFunc(items, located.compare)
	for chunk := range slices.Chunk(items, batchPages) {
		b, err := f.readAhead(ctx, chunk)
		if err == nil {
			err = each(b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// locate returns the column and key of each item without reading the texts.
func (f *Frame) locate(ctx context.Context, items []located) error {
	if len(items) < 2 { // one page needs no order
		return nil
	}
	for chunk := range slices.Chunk(items, batchPages) {
		ids := make([]int64, len(chunk))
		for i, it := range chunk {
			ids[i] = it.Ref
		}
		places, err := f.Pub.Placements(ctx, ids)
		if err != nil {
			return err
		}
		for i := range chunk {
			for _, p := range places[chunk[i].Ref] {
				if p.SiteID == f.Site.ID && p.Primary {
					chunk[i].column, chunk[i].key.At = p.ColumnID, p.At
				}
			}
		}
	}
	return nil
}

func (f *Frame) readAhead(ctx context.Context, items []located) (*batch, error) {
	b := &batch{neighbours: map[int64]neighbourPair{}, linked: true}
	ids := make([]int64, len(items))
	for i, it := range items {
		ids[i] = it.Ref
		b.pages = append(b.pages, it.Page)
	}
	var err error
	if b.items, err = f.Pub.OnSite(ctx, f.Site.ID, ids); err != nil {
		return nil, err
	}
	if b.relations, err = f.Pub.Relations(ctx, f.Site.ID, ids); err != nil {
		return nil, err
	}
	if err := f.loadRelatedSites(ctx, b.relations); err != nil {
		return nil, err
	}
	if f.Base != nil {
		return b, nil // neighbours are found in the older tree instead
	}
	for first := 0; first < len(items); {
		end := first + 1
		for end < len(items) && items[end].column == items[first].column && items[end].Kind == items[first].Kind {
			end++
		}
		if run := items[first:end]; run[0].Kind == page.Item && run[0].column != 0 && len(run) > 2 {
			if err := f.readNeighbours(ctx, run, b); err != nil {
				return nil, err
			}
		}
		first = end
	}
	return b, nil
}

// readNeighbours reads the neighbours of consecutive items of one column, unless the items are so far apart that
// reading all entries between them would cost more.
func (f *Frame) readNeighbours(ctx context.Context, run []located, b *batch) error {
	column, low, high := run[0].column, run[0].key, run[len(run)-1].key
	entries, err := f.span(ctx, column, low, high, 2*len(run)+FewKeys, b.items)
	if err != nil || len(entries) == 0 {
		return err
	}
	newer, _, err := f.Pub.Neighbours(ctx, column, high)
	if err != nil {
		return err
	}
	_, older, err := f.Pub.Neighbours(ctx, column, low)
	if err != nil {
		return err
	}
	if err := f.loadSites(ctx, entries); err != nil {
		return err
	}
	ends, err := f.withSites(ctx, newer, older, nil)
	if err != nil {
		return err
	}
	for i := range entries {
		n := ends
		if i > 0 {
			n.Newer = &entries[i-1]
		}
		if i+1 < len(entries) {
			n.Older = &entries[i+1]
		}
		b.neighbours[entries[i].Item] = n
	}
	return nil
}

// span returns the entries of a column from low to high, newest first, when there are fewer than limit. Most of them
// are items of the batch and already in memory; the column is read only when other entries lie between them.
func (f *Frame) span(ctx context.Context, column int64, low, high published.Key, limit int,
	known map[int64]*published.Shown) ([]published.Entry, error) {
	keys, err := f.Pub.KeysUp(ctx, column, low, limit)
	if err != nil {
		return nil, err
	}
	end := 0
	for end < len(keys) && !keys[end].NewerThan(high) {
		end++
	}
	if end == limit {
		return nil, nil
	}
	entries := make([]published.Entry, end)
	for i, k := range keys[:end] {
		it := known[k.Item]
		if it == nil || it.Placement.ColumnID != column || it.Placement.At != k.At || !it.Placement.Live {
			return f.Pub.Between(ctx, column, low, published.Key{At: high.At, Item: high.Item + 1}, limit)
		}
		entries[end-1-i] = it.Entry()
	}
	return entries, nil
}
