package search

import (
	"context"
	"slices"
	"sync"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// Source is the library as the indexer needs it.
type Source interface {
	// Documents returns what is to be findable of the items now, and the items that are
	// not to be found: withdrawn, unplaced everywhere, deleted, unknown.
	Documents(ctx context.Context, items []int64) (live []Document, gone []int64, err error)
	// ItemsOn calls fn, in chunks, with the items that are or were shown on a site.
	ItemsOn(ctx context.Context, site int64, fn func(items []int64) error) error
}

// Indexer brings the index in line with the library, item by item. It is idempotent: it
// takes no content from events, only the numbers of items to look at.
type Indexer struct {
	Index  *Index
	Source Source

	one sync.Mutex // reading the library and writing the index are one step
}

// KindIndex is the kind of job that resource.Changed and site.Changed turn into; the
// composition root subscribes it to both and gives it to Handle.
const KindIndex = "search.index"

// Handle works off a batch of jobs: all items they name in one change of the index, then
// everything on the sites they name, whose state, columns or addresses may have changed.
func (n *Indexer) Handle(ctx context.Context, batch []jobs.Job) error {
	failed := map[int64]error{}
	var items, sites []int64
	for _, j := range batch {
		var err error
		if j.Event == site.Changed {
			var e site.ChangedEvent
			err = j.Decode(&e)
			sites = append(sites, e.Site)
		} else {
			var e resource.ChangedEvent
			err = j.Decode(&e)
			for _, c := range e.Items {
				items = append(items, c.Item)
			}
		}
		if err != nil {
			failed[j.ID] = err
		}
	}
	slices.Sort(items)
	if _, err := n.Refresh(ctx, slices.Compact(items)...); err != nil {
		return err
	}
	slices.Sort(sites)
	for _, s := range slices.Compact(sites) {
		err := n.Source.ItemsOn(ctx, s, func(items []int64) error {
			_, err := n.Refresh(ctx, items...)
			return err
		})
		if err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return &jobs.Partial{Failed: failed}
	}
	return nil
}

// Refresh looks at the items and makes the index show what the library holds.
func (n *Indexer) Refresh(ctx context.Context, items ...int64) (_ Applied, err error) {
	defer fault.Annotate(&err, "search.Refresh(%d items)", len(items))
	if len(items) == 0 {
		return Applied{}, nil
	}
	n.one.Lock()
	defer n.one.Unlock()
	live, gone, err := n.Source.Documents(ctx, items)
	if err != nil {
		return Applied{}, err
	}
	return n.Index.Apply(ctx, live, gone)
}
