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

// Searcher is the search index as the pages need it.
type Searcher interface {
	Query(ctx context.Context, q search.Query) (search.Page, error)
	Suggest(ctx context.Context, q search.Query) ([]search.Suggestion, error)
}

// Options of Mount.
type Options struct {
	Search Searcher
	// Parallel bounds the queries that run at once; the others wait a moment, then are
	// told to come back. 0: 8.
	Parallel int
	Wait     time.Duration // how long that moment is; 0: 2 s
	// PerMinute bounds the API calls of one address. 0: 300.
	PerMinute int
}

type pages struct {
	search Searcher
	turns  chan struct{}
	wait   time.Duration
}

// Mount answers the pages of search.
func Mount(o Options) dynamic.Mount {
	p := &pages{
		search: o.Search,
		turns:  make(chan struct{}, cmp.Or(max(o.Parallel, 0), 8)),
		wait:   cmp.Or(o.Wait, 2*time.Second),
	}
	perMinute := cmp.Or(max(o.PerMinute, 0), 300)
	return dynamic.Mount{Name: address.MountSearch, Routes: []dynamic.Route{
		{Pattern: address.Search, Get: p.page, PerMinute: perMinute},
		{Pattern: address.SearchAPI, Get: p.api, PerMinute: perMinute},
	}}
}

// query runs q when it is its turn.
func (p *pages) query(ctx context.Context, q search.Query) (found search.Page, err error) {
	err = p.turn(ctx, func() error {
		found, err = p.search.Query(ctx, q)
		return err
	})
	return found, err
}

// turn asks the index when it is its turn.
func (p *pages) turn(ctx context.Context, ask func() error) error {
	wait := time.NewTimer(p.wait)
	defer wait.Stop()
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
		return ask()
	case <-wait.C:
		return fault.New(fault.Unavailable, "当前搜索的人较多，请稍后再试。")
	case <-ctx.Done():
		return ctx.Err()
	}
}
