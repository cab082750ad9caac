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

// Source is the library as a follower needs it.
type Source interface {
	// Documents returns what is to be findable of the items now, and the items that are
	// not to be found: withdrawn, unplaced everywhere, deleted, unknown.
	Documents(ctx context.Context, items []int64) (live []Document, gone []int64, err error)
	// ItemsOn calls fn, in chunks, with the items that are or were shown on a site.
	ItemsOn(ctx context.Context, site int64, fn func(items []int64) error) error
	// All yields every findable document, for a rebuild.
	All(ctx context.Context) iter.Seq2[Document, error]
}

const (
	followBatch = 500             // rows of the feed in one step
	followPoll  = time.Second     // in case a wake-up is lost
	lastPause   = 5 * time.Second // between attempts while the library cannot be reached
	// rebuildPause is how long after a failed rebuild the next one begins.
	rebuildPause = 30 * time.Second
)

// Follower keeps the index of this process in line with the library. It takes no content
// from the feed, only the numbers of items to look at, so that doing a row twice or late
// does no harm.
type Follower struct {
	index  *Index
	feed   *feed.Feed
	source Source
	log    *slog.Logger
	due    chan struct{}
	behind atomic.Int64

	one sync.Mutex // reading the library and writing the index are one step
}

// NewFollower makes a follower that does nothing before Run or CatchUp. log may be nil.
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

// Wake makes the follower look at the feed again.
func (w *Follower) Wake() {
	select {
	case w.due <- struct{}{}:
	default:
	}
}

// Behind is how many rows of the feed were waiting when it was last looked at.
func (w *Follower) Behind() int64 { return w.behind.Load() }

// Run follows the feed until ctx ends, and rebuilds the index at the same time whenever it
// is incomplete, damaged, or of another analyser.
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
			w.log.ErrorContext(ctx, "search index cannot follow the library", "err", err)
			pause = min(2*pause, lastPause)
		}
		if more {
			continue
		}
		if (err == nil || errors.Is(err, ErrCorrupt)) && w.index.NeedsRebuild() && time.Now().After(notBefore) {
			select {
			case busy <- struct{}{}:
				notBefore = time.Now().Add(rebuildPause)
				rebuilding.Go(func() { w.rebuild(ctx); <-busy })
			default: // one is running
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

// CatchUp follows the feed up to its end, once.
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
	w.log.InfoContext(ctx, "search index is rebuilt")
	if err := w.Rebuild(ctx); err != nil && ctx.Err() == nil {
		w.log.ErrorContext(ctx, "search index could not be rebuilt; results are incomplete", "err", err)
	}
}

// step processes one batch of feed rows and reports whether there may be more.
func (w *Follower) step(ctx context.Context) (more bool, err error) {
	defer fault.Annotate(&err, "search.Follower")
	w.one.Lock()
	defer w.one.Unlock()
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

// restart continues from the end of the feed: what is before that is left to a rebuild.
func (w *Follower) restart(ctx context.Context) error {
	end, err := w.feed.End(ctx)
	if err != nil {
		return err
	}
	w.log.InfoContext(ctx, "search index does not know what changed since it was closed")
	return w.index.restart(ctx, end)
}

// refresh makes the index show what the library holds of the items, and notes how far
// the feed has been followed.
func (w *Follower) refresh(ctx context.Context, items []int64, to feed.Position) error {
	live, gone, err := w.source.Documents(ctx, items)
	if err != nil {
		return err
	}
	_, err = w.index.apply(ctx, live, gone, to)
	return err
}
