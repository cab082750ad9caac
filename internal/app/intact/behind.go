package intact

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

// behindEvery is how often the packs are compared with the ledger; each comparison lists them all.
const behindEvery = 6 * time.Hour

// Behind reports a database that seems older than what another machine has published from the same store.
type Behind struct {
	Blobs  *blob.Store
	Ledger interface {
		Heads(ctx context.Context) ([]manifest.Head, error)
	}
	Log *slog.Logger

	found atomic.Pointer[error]
}

// Check reports what was found last, for readiness.
func (b *Behind) Check(context.Context) error {
	if err := b.found.Load(); err != nil {
		return *err
	}
	return nil
}

// Run looks at once and now and again until ctx ends.
func (b *Behind) Run(ctx context.Context) {
	for ctx.Err() == nil {
		heads, err := b.Ledger.Heads(ctx)
		if err == nil {
			err = Ahead(ctx, b.Blobs, heads)
		}
		switch {
		case errors.Is(err, ErrLost):
			b.found.Store(&err)
			b.Log.ErrorContext(ctx, "database seems older than what was published", "err", err)
		case err == nil:
			b.found.Store(nil)
		case ctx.Err() == nil:
			b.Log.WarnContext(ctx, "packs are not held against the ledger", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(behindEvery):
		}
	}
}
