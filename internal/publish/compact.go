package publish

import (
	"context"

	"guiyi/internal/publish/keep"
)

// Keeper removes the bytes of revisions that a policy does not keep, beside this publisher.
func (p *Publisher) Keeper(policy keep.Policy) *keep.Keeper {
	return keep.New(keep.Options{
		DB:       p.DB,
		Blobs:    p.Blobs,
		Signer:   p.Signer,
		Announce: p.Announcer.Announce,
		Lock:     p.lock,
		Policy:   policy,
		Now:      p.Now,
		Log:      p.Log,
	})
}

// Oldest returns the first revision of a site that can be rolled back to.
func (p *Publisher) Oldest(ctx context.Context, id int64) (int64, error) {
	return keep.Oldest(ctx, p.DB.Read(), id)
}
