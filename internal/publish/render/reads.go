package render

import (
	"context"
	"maps"
	"slices"

	"guiyi/internal/publish/page"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
)

// reads gives access to the library for one page and records what it returns, as the page's dependencies: items shown
// because of a link (deps), media, and windows on the newest entries of a column. Entries of a list need no dependency
// each: the planner finds their list page by key.
type reads struct {
	f       *Frame
	batch   *batch // data read ahead for several pages
	deps    map[string]bool
	windows map[int64]published.Key // column → lowest key shown; Oldest when all are shown
	media   map[string]resource.Media
	entries []*published.Entry // entries that the page links to
	pager   []page.Page        // other pages of the list
	members int64              // entries of the list page itself
}

func NewReads(f *Frame, b *batch) *reads { return &reads{f: f, batch: b} }

// follows records that the page changes when the item does.
func (r *reads) follows(item int64) { r.note(page.ItemKey(item)) }

func (r *reads) note(dep string) {
	if r.deps == nil {
		r.deps = map[string]bool{}
	}
	r.deps[dep] = true
}

// lists records links to entries and returns them. Only their addresses are kept: most pages turn out to be unchanged,
// and then nobody asks for their links.
func (r *reads) lists(entries []published.Entry) []published.Entry {
	for i := range entries {
		r.linksTo(&entries[i])
	}
	return entries
}

func (r *reads) linksTo(e *published.Entry) {
	if e != nil {
		r.entries = append(r.entries, e)
	}
}

// usesMedia records that the page needs a file at its public address.
func (r *reads) usesMedia(m resource.Media) string {
	if r.media == nil {
		r.media = map[string]resource.Media{}
	}
	r.note(page.MediaKey(m.Path()))
	r.media[m.Path()] = m
	return m.Path()
}

// top returns the newest entries of a column and records the window.
func (r *reads) top(ctx context.Context, column int64, n int) ([]published.Entry, error) {
	entries, err := r.f.upTo(ctx, n, func(n int) ([]published.Entry, error) { return r.f.Pub.Top(ctx, column, n) })
	r.window(column, entries, n)
	return r.lists(entries), err
}

// siteTop returns the newest pages of the whole site.
func (r *reads) siteTop(ctx context.Context, n int) ([]published.Entry, error) {
	entries, err := r.f.upTo(ctx, n, func(n int) ([]published.Entry, error) {
		return r.f.Pub.SiteBetween(ctx, r.f.Site.ID, published.Oldest, published.Newest, n)
	})
	r.window(page.SiteWide, entries, n)
	return r.lists(entries), err
}

func (r *reads) window(column int64, entries []published.Entry, n int) {
	if r.windows == nil {
		r.windows = map[int64]published.Key{}
	}
	low := published.Oldest
	if len(entries) == n && n > 0 {
		low = entries[n-1].Key
	}
	if have, ok := r.windows[column]; !ok || have.NewerThan(low) {
		r.windows[column] = low
	}
}

// between returns one page of a list.
func (r *reads) between(ctx context.Context, column int64, low, high published.Key) ([]published.Entry, error) {
	limit := 2*page.PerPage + 1
	if r.f.Base != nil {
		limit = page.BatchSize // today's page bounds do not apply to the older tree
	}
	entries, err := r.f.Pub.Between(ctx, column, low, high, limit)
	if err != nil {
		return nil, err
	}
	entries, err = r.f.visible(ctx, entries)
	r.members += int64(len(entries))
	return r.lists(entries), err
}

// Neighbours returns the entries directly above and below a key.
func (r *reads) Neighbours(ctx context.Context, column int64, k published.Key) (neighbourPair, error) {
	if r.batch != nil {
		if n, ok := r.batch.neighbours[k.Item]; ok {
			return n, nil
		}
	}
	newer, older, err := r.f.Pub.Neighbours(ctx, column, k)
	if err != nil || r.f.Base == nil {
		return r.f.withSites(ctx, newer, older, err)
	}
	for newer != nil && err == nil {
		seen, verr := r.f.visible(ctx, []published.Entry{*newer})
		if verr != nil || len(seen) > 0 {
			err = verr
			break
		}
		newer, _, err = r.f.Pub.Neighbours(ctx, column, newer.Key)
	}
	for older != nil && err == nil {
		seen, verr := r.f.visible(ctx, []published.Entry{*older})
		if verr != nil || len(seen) > 0 {
			err = verr
			break
		}
		_, older, err = r.f.Pub.Neighbours(ctx, column, older.Key)
	}
	return neighbourPair{newer, older}, err
}

// withSites loads the sites of two neighbours and returns the pair.
func (f *Frame) withSites(ctx context.Context, newer, older *published.Entry, err error) (neighbourPair, error) {
	for _, e := range []*published.Entry{newer, older} {
		if e != nil && err == nil {
			err = f.loadSites(ctx, []published.Entry{*e})
		}
	}
	return neighbourPair{newer, older}, err
}

// relations returns the relations of items whose other end is live and has an address.
func (r *reads) relations(ctx context.Context, items ...int64) (map[int64][]published.Relation, error) {
	var all map[int64][]published.Relation
	var err error
	if r.batch != nil && r.batch.linked && len(items) == 1 {
		all = map[int64][]published.Relation{items[0]: r.batch.relations[items[0]]}
	} else if all, err = r.f.Pub.Relations(ctx, r.f.Site.ID, items); err != nil {
		return nil, err
	}
	if err := r.f.loadRelatedSites(ctx, all); err != nil {
		return nil, err
	}
	out := map[int64][]published.Relation{}
	for item, some := range all {
		for _, rel := range some {
			r.follows(rel.Other.Item)
			seen, err := r.f.visible(ctx, []published.Entry{rel.Other})
			if err != nil {
				return nil, err
			}
			if len(seen) > 0 && r.f.href(rel.Other) != "" {
				r.linksTo(&seen[0])
				out[item] = append(out[item], rel)
			}
		}
	}
	return out, nil
}

func (r *reads) depList() []string { return slices.Sorted(maps.Keys(r.deps)) }
