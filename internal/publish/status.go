package publish

import (
	"context"

	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// Status is where a site stands.
type Status struct {
	Head    manifest.Head
	Pinned  int64
	Waiting int64 // marked pages
	Failed  int64 // those among them that could not be rendered the last time
}

// Status returns the newest head of a site and how many pages wait for a build.
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

// Addresses returns the public addresses of items, by item.
func (p *Publisher) Addresses(ctx context.Context, site int64, items ...int64) (map[int64]string, error) {
	shown, err := p.Published.OnSite(ctx, site, items)
	out := map[int64]string{}
	for id, it := range shown {
		out[id] = it.Path
	}
	return out, err
}
