package search_test

import (
	"context"
	"encoding/json"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
	"guiyi/internal/search/feed"
)

// feedWorld is a feed with its job board on a real database.
type feedWorld struct {
	t     *testing.T
	db    *store.DB
	board *jobs.Board
	feed  *feed.Feed
	now   time.Time
	wakes atomic.Int64
}

func reelTables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), feed.Migrations()}
}

func newFeedWorld(t *testing.T, db *store.DB) *feedWorld {
	t.Helper()
	r := &feedWorld{t: t, db: db, now: time.Now()}
	r.must(db.Migrate(t.Context(), reelTables()...))
	r.board = jobs.New(db, jobs.Options{})
	r.feed = feed.New(db, r.board, func() time.Time { return r.now }, func() { r.wakes.Add(1) })
	return r
}

func (r *feedWorld) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *feedWorld) write(f func(ctx context.Context, tx bun.Tx) error) {
	r.t.Helper()
	r.must(r.db.InTx(r.t.Context(), f))
}

func (r *feedWorld) exec(query string) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx bun.Tx) error { _, err := tx.ExecContext(ctx, query); return err })
}

func (r *feedWorld) emit(e jobs.Event) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx bun.Tx) error { return r.board.Emit(ctx, tx, e) })
}

func (r *feedWorld) enqueue(j jobs.Job) {
	r.t.Helper()
	r.write(func(ctx context.Context, tx bun.Tx) error { return r.board.Enqueue(ctx, tx, j) })
}

func (r *feedWorld) append(items ...int64) {
	r.t.Helper()
	r.must(r.feed.Append(r.t.Context(), items, nil))
}

// changed emits the events of the library and runs the jobs.
func (r *feedWorld) changed(items ...int64) {
	r.t.Helper()
	var e resource.ChangedEvent
	for _, i := range items {
		e.Items = append(e.Items, resource.Change{Item: i})
	}
	r.emit(jobs.Event{Name: resource.Changed, Payload: e})
	r.must(r.board.Drain(r.t.Context(), feed.KindIndex))
}

func (r *feedWorld) end() feed.Position {
	r.t.Helper()
	end, err := r.feed.End(r.t.Context())
	r.must(err)
	return end
}

func TestFeedHasNoGapsWithManyWriters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newFeedWorld(t, db)
		lib := newMemorySource()
		p := r.reader(lib).complete()
		const writers, each = 6, 30
		var wg sync.WaitGroup
		for w := range int64(writers) {
			wg.Go(func() {
				for i := range int64(each) {
					id := 1 + w*each + i
					lib.set(doc(id, "公开", ""))
					if err := r.feed.Append(context.Background(), []int64{id, 100_000 + id}, nil); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		for more := true; more; { // reads while other goroutines write
			select {
			case <-done:
				more = false
			default:
			}
			p.catchUp()
		}
		if p.index.NeedsRebuild() {
			t.Error("the reader saw a number before a smaller one")
		}
		if s, err := p.index.Stats(t.Context()); err != nil || s.Documents != writers*each {
			t.Errorf("%+v, %v", s, err)
		}
		if r.end().Seq != 2*writers*each {
			t.Errorf("end %v", r.end())
		}
	}, reelTables()...)
}

// TestTrimKeepsWhatIsYoung: a reader that was stopped for a day needs no rebuild.
func TestTrimKeepsWhatIsYoung(t *testing.T) {
	r := newFeedWorld(t, storetest.Open(t, storetest.SQLite(t)))
	lib := newMemorySource()
	r.append(1, 2)
	r.now = r.now.Add(7 * 24 * time.Hour)
	p := r.reader(lib).complete()
	lib.set(doc(3, "公开", ""))
	r.append(3)
	r.now = r.now.Add(24 * time.Hour)
	r.enqueue(jobs.Job{Kind: feed.KindTrim})
	r.must(r.board.Drain(t.Context(), feed.KindTrim))
	p.catchUp()
	expect(t, p.index, "公开", 3)
	if n, err := r.db.Read().NewSelect().Table("search_feed").Count(t.Context()); err != nil || n != 1 ||
		p.index.NeedsRebuild() {
		t.Errorf("%d rows left, %v, rebuild %v", n, err, p.index.NeedsRebuild())
	}
}

func TestFeedReportsRubbish(t *testing.T) {
	r := newFeedWorld(t, storetest.Open(t, storetest.SQLite(t)))
	r.enqueue(jobs.Job{Kind: feed.KindIndex, Args: json.RawMessage(`"rubbish"`)})
	if err := r.board.Drain(t.Context(), feed.KindIndex); err == nil {
		t.Error("rubbish is not reported")
	}
	r.changed(1)
	dead, err := r.board.Depths(t.Context())
	r.must(err)
	if r.end().Seq != 1 || len(dead) == 0 || dead[0].Dead != 1 {
		t.Errorf("end %v, jobs %+v", r.end(), dead)
	}
	r.must(r.feed.Append(t.Context(), nil, nil))
	if r.end().Seq != 1 {
		t.Error("nothing became a row")
	}
}
