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

// behindEvery is the interval at which the packs are compared with the ledger. Each comparison lists all packs.
const behindEvery = 6 * time.Hour

// Behind reports a database that seems older than the packs in the blob store.
type Behind struct {
	Blobs  *blob.Store
	Ledger interface {
		Heads(ctx context.Context) ([]manifest.Head, error)
	}
	Log *slog.Logger

	found atomic.Pointer[error]
}

// Check returns the result of the last comparison, for readiness.
func (b *Behind) Check(context.Context) error {
	if err := b.found.Load(); err != nil {
		return *err
	}
	return nil
}

// Run compares immediately and then every behindEvery until ctx ends.
func (b *Behind) Run(ctx context.Context) {
	for ctx.Err() == nil {
		heads, err := b.Ledger.Heads(ctx)
		if err == nil {
			err = Ahead(ctx, b.Blobs, heads)
		}
		switch {
		case errors.Is(err, ErrLost):
			b.found.Store(&err)
			b.Log.ErrorContext(ctx, "database seems older than the published revisions", "err", err)
		case err == nil:
			b.found.Store(nil)
		case ctx.Err() == nil:
			b.Log.WarnContext(ctx, "packs cannot be compared with the ledger", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(behindEvery):
		}
	}
}
