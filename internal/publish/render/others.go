package render

import (
	"context"
	"slices"
	"sync"

	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// others are the sites whose items the pages of a site show. Each is read once in a build, when it
// is first needed.
type others struct {
	reg *site.Register

	mu    sync.Mutex
	cards map[int64]*site.Card // nil: there is no such site
}

func newOthers(reg *site.Register) *others { return &others{reg: reg, cards: map[int64]*site.Card{}} }

// of returns a site that was read before, nil when there is none.
func (o *others) of(id int64) *site.Card {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.cards[id]
}

// read makes sites known to of.
func (o *others) read(ctx context.Context, ids ...int64) error {
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

// meet makes the sites of entries known, so that href finds where they lead.
func (f *Frame) meet(ctx context.Context, entries []published.Entry) error {
	var foreign []int64
	for i := range entries {
		if id := entries[i].Site; id != f.Site.ID && !slices.Contains(foreign, id) {
			foreign = append(foreign, id)
		}
	}
	return f.others.read(ctx, foreign...)
}

// meetRelated is meet for the other ends of links.
func (f *Frame) meetRelated(ctx context.Context, all map[int64][]published.Relation) error {
	var entries []published.Entry
	for _, some := range all {
		for i := range some {
			entries = append(entries, some[i].Other)
		}
	}
	return f.meet(ctx, entries)
}
