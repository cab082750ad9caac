package searchweb

import (
	"cmp"
	"context"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/search"
)

// Searcher is the part of the search index that the pages use.
type Searcher interface {
	Query(ctx context.Context, q search.Query) (search.Page, error)
	Suggest(ctx context.Context, q search.Query) ([]search.Suggestion, error)
}

// Options configure Mount.
type Options struct {
	Search Searcher
	// Parallel is the number of queries that may run at once. Others wait for at most Wait, then are refused with
	// status 503. 0: 8.
	Parallel int
	Wait     time.Duration // 0: 2 s
	// PerMinute limits the requests per minute of one client address, separately for each of the two paths. 0: 300.
	PerMinute int
}

type pages struct {
	search Searcher
	slots  chan struct{} // one element per running query
	wait   time.Duration
}

// Mount returns the search page and the search API.
func Mount(o Options) dynamic.Mount {
	p := &pages{
		search: o.Search,
		slots:  make(chan struct{}, cmp.Or(max(o.Parallel, 0), 8)),
		wait:   cmp.Or(o.Wait, 2*time.Second),
	}
	perMinute := cmp.Or(max(o.PerMinute, 0), 300)
	return dynamic.Mount{Name: address.MountSearch, Routes: []dynamic.Route{
		{Pattern: address.Search, Get: p.page, PerMinute: perMinute},
		{Pattern: address.SearchAPI, Get: p.api, PerMinute: perMinute},
	}}
}

// query runs q in a free slot.
func (p *pages) query(ctx context.Context, q search.Query) (found search.Page, err error) {
	err = p.withSlot(ctx, func() error {
		found, err = p.search.Query(ctx, q)
		return err
	})
	return found, err
}

// withSlot calls ask when a slot is free.
func (p *pages) withSlot(ctx context.Context, ask func() error) error {
	wait := time.NewTimer(p.wait)
	defer wait.Stop()
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
		return ask()
	case <-wait.C:
		return fault.New(fault.Unavailable, "当前搜索的人较多，请稍后再试。")
	case <-ctx.Done():
		return ctx.Err()
	}
}
