package publish

import (
	"context"

	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// Status is the publishing status of a site.
type Status struct {
	Head    manifest.Head
	Pinned  int64 // revision the site is pinned to; 0: follows content
	Waiting int64 // number of marked pages
	Failed  int64 // number of them whose last rendering failed
}

// Status returns the newest head of a site and the number of marked pages.
func (p *Publisher) Status(ctx context.Context, id int64) (Status, error) {
	state, err := ledger.Of(ctx, p.DB.Read(), id)
	if err != nil {
		return Status{}, err
	}
	head, err := state.Newest()
	if err != nil {
		return Status{}, err
	}
	waiting, failed, err := deps.DirtyMarks(id).Count(ctx, p.DB.Read())
	return Status{Head: head, Pinned: max(state.Pinned, 0), Waiting: waiting, Failed: failed}, err
}

// Addresses returns the public paths of items on a site, by item id.
func (p *Publisher) Addresses(ctx context.Context, site int64, items ...int64) (map[int64]string, error) {
	shown, err := p.Published.OnSite(ctx, site, items)
	out := map[int64]string{}
	for id, it := range shown {
		out[id] = it.Path
	}
	return out, err
}
