package render

import (
	"context"
	"slices"
	"sync"

	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// others holds the sites whose items the pages of a site show. Each site is read once per build, on first use.
type others struct {
	reg *site.Register

	mu    sync.Mutex
	cards map[int64]*site.Card // nil: no such site
}

func newOthers(reg *site.Register) *others { return &others{reg: reg, cards: map[int64]*site.Card{}} }

// get returns a site that load has read; nil when the site does not exist.
func (o *others) get(id int64) *site.Card {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cards[id]
}

// load reads the sites that have not been read yet.
func (o *others) load(ctx context.Context, ids ...int64) error {
	o.mu.Lock()
	var missing []int64
	for _, id := range ids {
		if _, known := o.cards[id]; !known {
			missing = append(missing, id)
		}
	}
	o.mu.Unlock()
	if len(missing) == 0 {
		return nil
	}
	found, err := o.reg.Cards(ctx, missing...)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, id := range missing {
		o.cards[id] = found[id]
	}
	return nil
}

// loadSites loads the sites of entries, which href needs for their addresses.
func (f *Frame) loadSites(ctx context.Context, entries []published.Entry) error {
	var foreign []int64
	for i := range entries {
		if id := entries[i].Site; id != f.Site.ID && !slices.Contains(foreign, id) {
			foreign = append(foreign, id)
		}
	}
	return f.others.load(ctx, foreign...)
}

// loadRelatedSites loads the sites of the other ends of relations.
func (f *Frame) loadRelatedSites(ctx context.Context, all map[int64][]published.Relation) error {
	var entries []published.Entry
	for _, some := range all {
		for i := range some {
			entries = append(entries, some[i].Other)
		}
	}
	return f.loadSites(ctx, entries)
}
