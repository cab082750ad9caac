package publish

import (
	"context"
	"maps"
	"slices"

	"guiyi/internal/resource"
)

// reads is the view of the library that builds one page. It notes everything it hands
// out, so that the page's dependencies are recorded while it renders.
type reads struct {
	pub     *resource.Published
	site    int64
	deps    map[string]bool
	windows map[int64]resource.Key // column → lowest key shown; Oldest when all are shown
	media   map[string]resource.Media
	members int64 // entries of the list page itself
}

func newReads(pub *resource.Published, site int64) *reads {
	return &reads{pub: pub, site: site, deps: map[string]bool{}, windows: map[int64]resource.Key{}, media: map[string]resource.Media{}}
}

func (r *reads) shows(entries ...resource.Entry) {
	for _, e := range entries {
		r.deps[itemDep(e.Item)] = true
	}
}

// usesMedia notes that the page needs a file at its public address.
func (r *reads) usesMedia(m resource.Media) string {
	r.deps[mediaDep(m.Path())] = true
	r.media[m.Path()] = m
	return m.Path()
}

// top returns the newest entries of a column and notes the window.
func (r *reads) top(ctx context.Context, column int64, n int) ([]resource.Entry, error) {
	entries, err := r.pub.Top(ctx, column, n)
	if err != nil {
		return nil, err
	}
	r.window(column, entries, n)
	return entries, nil
}

// siteTop returns the newest pages of the whole site.
func (r *reads) siteTop(ctx context.Context, n int) ([]resource.Entry, error) {
	entries, err := r.pub.SiteBetween(ctx, r.site, resource.Oldest, resource.Newest, n)
	if err != nil {
		return nil, err
	}
	r.window(siteWide, entries, n)
	return entries, nil
}

func (r *reads) window(column int64, entries []resource.Entry, n int) {
	low := resource.Oldest
	if len(entries) == n && n > 0 {
		low = entries[n-1].Key
	}
	if have, ok := r.windows[column]; !ok || have.Before(low) {
		r.windows[column] = low
	}
	r.shows(entries...)
}

// between returns one page of a list.
func (r *reads) between(ctx context.Context, column int64, low, high resource.Key) ([]resource.Entry, error) {
	entries, err := r.pub.Between(ctx, column, low, high, 2*perPage+1)
	r.members += int64(len(entries))
	r.shows(entries...)
	return entries, err
}

// neighbours returns what stands above and below a key.
func (r *reads) neighbours(ctx context.Context, column int64, k resource.Key) (newer, older *resource.Entry, err error) {
	newer, older, err = r.pub.Neighbours(ctx, column, k)
	for _, e := range []*resource.Entry{newer, older} {
		if e != nil {
			r.shows(*e)
		}
	}
	return newer, older, err
}

// relations returns the links of items whose other end is live.
func (r *reads) relations(ctx context.Context, items ...int64) (map[int64][]resource.Relation, error) {
	all, err := r.pub.Relations(ctx, r.site, items)
	for _, some := range all {
		for _, rel := range some {
			r.shows(rel.Other)
		}
	}
	return all, err
}

func (r *reads) depList() []string { return slices.Sorted(maps.Keys(r.deps)) }
