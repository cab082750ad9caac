package search

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search/feed"
)

// Source is the part of the library that a Follower reads.
type Source interface {
	// Documents returns the documents of the items that can be found now. gone are the items that cannot be found:
	// withdrawn, deleted, unknown or in no column.
	Documents(ctx context.Context, items []int64) (live []Document, gone []int64, err error)
	// ItemsOn calls fn with chunks of the items that a site shows or has shown.
	ItemsOn(ctx context.Context, site int64, fn func(items []int64) error) error
	// All yields every document that can be found, for a rebuild.
	All(ctx context.Context) iter.Seq2[Document, error]
}

const (
	followBatch = 500             // maximum number of rows in one step
	followPoll  = time.Second     // how long to wait for a wake-up, which can be lost
	maxPause    = 5 * time.Second // longest wait between failed steps
	// rebuildPause is the least time between the starts of two rebuilds.
	rebuildPause = 30 * time.Second
)

// Follower keeps the index of this process up to date with the library. The feed only names items; their content comes
// from the library. So a row that is processed twice or late does no harm.
type Follower struct {
	index  *Index
	feed   *feed.Feed
	source Source
	log    *slog.Logger
	due    chan struct{}
	behind atomic.Int64

	stepMutex sync.Mutex // held while a step reads the library and writes the index
}

// NewFollower returns a follower. It does nothing before Run or CatchUp is called. log may be nil.
func NewFollower(x *Index, f *feed.Feed, s Source, log *slog.Logger) *Follower {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Follower{
		index:  x,
		feed:   f,
		source: s,
		log:    log,
		due:    make(chan struct{}, 1),
	}
}

// Wake makes Run read the feed at once.
func (w *Follower) Wake() {
	select {
	case w.due <- struct{}{}:
	default:
	}
}

// Behind returns how many rows of the feed were unread after the last step.
func (w *Follower) Behind() int64 { return w.behind.Load() }

// Run follows the feed until ctx ends. It also rebuilds the index whenever NeedsRebuild reports true.
func (w *Follower) Run(ctx context.Context) error {
	var rebuilding sync.WaitGroup
	defer rebuilding.Wait()
	busy, notBefore := make(chan struct{}, 1), time.Time{}
	pause := followPoll
	for ctx.Err() == nil {
		more, err := w.step(ctx)
		switch {
		case err == nil:
			pause = followPoll
		case ctx.Err() == nil:
			w.log.ErrorContext(ctx, "search index could not be updated from the library", "err", err)
			pause = min(2*pause, maxPause)
		}
		if more {
			continue
		}
		if (err == nil || errors.Is(err, ErrCorrupt)) && w.index.NeedsRebuild() && time.Now().After(notBefore) {
			select {
			case busy <- struct{}{}:
				notBefore = time.Now().Add(rebuildPause)
				rebuilding.Go(func() { w.rebuild(ctx); <-busy })
			default: // a rebuild is already running
			}
		}
		select {
		case <-ctx.Done():
		case <-w.due:
		case <-time.After(pause):
		}
	}
	return ctx.Err()
}

// CatchUp follows the feed until its end, then returns.
func (w *Follower) CatchUp(ctx context.Context) error {
	for {
		more, err := w.step(ctx)
		if err != nil || !more {
			return err
		}
	}
}

// Rebuild fills a new index from the whole library.
func (w *Follower) Rebuild(ctx context.Context) error {
	return w.index.Rebuild(ctx, w.source.All(ctx), nil)
}

func (w *Follower) rebuild(ctx context.Context) {
	w.log.InfoContext(ctx, "rebuilding the search index")
	if err := w.Rebuild(ctx); err != nil && ctx.Err() == nil {
		w.log.ErrorContext(ctx, "search index could not be rebuilt; results are incomplete", "err", err)
	}
}

// step processes one batch of feed rows. more is true when the feed may have more rows.
func (w *Follower) step(ctx context.Context) (more bool, err error) {
	defer fault.Annotate(&err, "search.Follower")
	w.stepMutex.Lock()
	defer w.stepMutex.Unlock()
	at := w.index.Position()
	rows, ok, err := w.feed.After(ctx, at, followBatch)
	if err != nil {
		return false, err
	}
	if !ok {
		return true, w.restart(ctx)
	}
	if len(rows) == 0 {
		w.behind.Store(0)
		return false, nil
	}
	var items []int64
	for _, r := range rows {
		if r.Item != 0 {
			items = append(items, r.Item)
		}
	}
	slices.Sort(items)
	for _, r := range rows {
		if r.Site == 0 {
			continue
		}
		if err := w.source.ItemsOn(ctx, r.Site, func(some []int64) error {
			return w.refresh(ctx, some,
				feed.Position{})
		}); err != nil {
			return false, err
		}
	}
	at.Seq = rows[len(rows)-1].Seq
	if err := w.refresh(ctx, slices.Compact(items), at); err != nil {
		return false, err
	}
	end, err := w.feed.End(ctx)
	w.behind.Store(max(0, end.Seq-at.Seq))
	return end.Seq > at.Seq, err
}

// restart skips to the end of the feed. A rebuild then finds the skipped changes.
func (w *Follower) restart(ctx context.Context) error {
	end, err := w.feed.End(ctx)
	if err != nil {
		return err
	}
	w.log.InfoContext(ctx, "search index misses rows of the feed; a rebuild follows")
	return w.index.restart(ctx, end)
}

// refresh reads the items from the library and updates the index. position is stored as the position in the feed.
func (w *Follower) refresh(ctx context.Context, items []int64, position feed.Position) error {
	live, gone, err := w.source.Documents(ctx, items)
	if err != nil {
		return err
	}
	_, err = w.index.apply(ctx, live, gone, position)
	return err
}
