package publish

import (
	"context"

	"guiyi/internal/publish/retention"
)

// Compactor returns a compactor that shares the per-site locks of this publisher.
func (p *Publisher) Compactor(policy retention.Policy) *retention.Compactor {
	return retention.New(retention.Options{
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

// Oldest returns the oldest revision of a site that can be rolled back to.
func (p *Publisher) Oldest(ctx context.Context, id int64) (int64, error) {
	return retention.Oldest(ctx, p.DB.Read(), id)
}
