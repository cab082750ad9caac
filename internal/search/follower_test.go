package search_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/search"
	"guiyi/internal/search/feed"
	"guiyi/internal/site"
)

// patience is how long a test waits for an event on a busy machine.
const patience = time.Minute

// memorySource is a Source of documents in memory.
type memorySource struct {
	mu    sync.Mutex
	live  map[int64]search.Document
	err   error
	asked int
	gate  chan struct{} // when set, All waits for it before its first document
	began chan struct{} // when set, closed when All begins
}

func newMemorySource(docs ...search.Document) *memorySource {
	s := &memorySource{live: map[int64]search.Document{}}
	for _, d := range docs {
		s.live[d.ItemID] = d
	}
	return s
}

func (s *memorySource) Documents(_ context.Context, items []int64) (live []search.Document, gone []int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	for _, id := range items {
		if d, ok := s.live[id]; ok {
			live = append(live, d)
		} else {
			gone = append(gone, id)
		}
	}
	return live, gone, s.err
}

func (s *memorySource) ItemsOn(_ context.Context, site int64, fn func([]int64) error) error {
	for _, id := range []int64{1, 2, 3} {
		if err := fn([]int64{id + 100*site}); err != nil {
			return err
		}
	}
	return nil
}

func (s *memorySource) All(ctx context.Context) iter.Seq2[search.Document, error] {
	return func(yield func(search.Document, error) bool) {
		s.mu.Lock()
		var docs []search.Document
		for _, d := range s.live {
			docs = append(docs, d)
		}
		err := s.err
		s.mu.Unlock()
		if s.began != nil {
			close(s.began)
			s.began = nil
		}
		if s.gate != nil {
			select {
			case <-s.gate:
			case <-ctx.Done():
			}
		}
		if err != nil {
			yield(search.Document{}, err)
			return
		}
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func (s *memorySource) set(d search.Document) { s.mu.Lock(); defer s.mu.Unlock(); s.live[d.ItemID] = d }
func (s *memorySource) remove(id int64)       { s.mu.Lock(); defer s.mu.Unlock(); delete(s.live, id) }
func (s *memorySource) fail(err error)        { s.mu.Lock(); defer s.mu.Unlock(); s.err = err }

// reader is one process with an index.
type reader struct {
	*search.Follower
	t     *testing.T
	index *search.Index
}

func (r *feedWorld) reader(s search.Source) *reader {
	r.t.Helper()
	return r.readerIn(r.t.TempDir(), s)
}

func (r *feedWorld) readerIn(dir string, s search.Source) *reader {
	r.t.Helper()
	x := opened(r.t, dir)
	return &reader{search.NewFollower(x, r.feed, s, nil), r.t, x}
}

func (p *reader) catchUp() {
	p.t.Helper()
	if err := p.CatchUp(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
}

// complete waits for the first rebuild of the reader.
func (p *reader) complete() *reader {
	p.t.Helper()
	p.catchUp()
	if err := p.Rebuild(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	return p
}

func TestEveryReaderFollows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newFeedWorld(t, db)
		lib := newMemorySource(doc(1, "预算公开", ""), doc(2, "决算公开", ""))
		a, b := r.reader(lib).complete(), r.reader(lib).complete()
		both := func(want ...int64) {
			t.Helper()
			for _, p := range []*reader{a, b} {
				p.catchUp()
				expect(t, p.index, "公开", want...)
				if p.index.Position() != r.end() || p.index.NeedsRebuild() || p.Behind() != 0 {
					t.Errorf("position %v of %v, rebuild %v, %d behind", p.index.Position(), r.end(),
						p.index.NeedsRebuild(), p.Behind())
				}
			}
		}
		both(1, 2)
		lib.remove(1)
		lib.set(doc(3, "公开指南", ""))
		r.changed(1, 3, 99)
		if r.wakes.Load() == 0 {
			t.Error("nobody was woken")
		}
		both(2, 3)
		r.changed(3, 2) // a repeated event changes nothing
		both(2, 3)
		lib.set(doc(1, "预算公开恢复", ""))
		r.changed(1)
		a.catchUp() // the other reader is stopped
		lib.remove(2)
		r.changed(2)
		both(1, 3)
	}, reelTables()...)
}

func TestReaderFollowsSites(t *testing.T) {
	r := newFeedWorld(t, storetest.Open(t, storetest.SQLite(t)))
	lib := newMemorySource(doc(701, "预算公开", ""), doc(801, "预算公开", ""))
	p := r.reader(newMemorySource()).complete()
	p.Follower = search.NewFollower(p.index, r.feed, lib, nil)
	event := func() {
		r.emit(jobs.Event{Name: site.Changed, Payload: site.ChangedEvent{Site: 7}})
		r.must(r.board.Drain(t.Context(), feed.KindIndex))
		p.catchUp()
	}
	event()
	expect(t, p.index, "公开", 701)
	lib.remove(701)
	event()
	expect(t, p.index, "公开")
}

// TestReaderThatWasAwayTooLong: the reader starts again when rows were deleted or the feed is another one.
func TestReaderThatWasAwayTooLong(t *testing.T) {
	for name, lose := range map[string]func(r *feedWorld){
		"forgotten": func(r *feedWorld) {
			r.append(2, 3)
			r.now = r.now.Add(8 * 24 * time.Hour)
			r.append(4)
			r.enqueue(jobs.Job{Kind: feed.KindTrim})
			r.must(r.board.Drain(r.t.Context(), feed.KindTrim))
			r.append(5)
		},
		"restored from before": func(r *feedWorld) {
			r.exec("UPDATE search_feed_end SET seq = 0")
		},
		"restored from before, and written on": func(r *feedWorld) {
			r.exec("UPDATE search_feed_end SET seq = 0")
			r.exec("DELETE FROM search_feed")
			r.must(feed.Restart(r.t.Context(), r.db))
			r.append(7, 8)
		},
		"another feed": func(r *feedWorld) {
			r.exec("DELETE FROM search_feed_end")
			r.exec("DELETE FROM search_feed")
			r.append(7, 8, 9, 10)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newFeedWorld(t, storetest.Open(t, storetest.SQLite(t)))
			lib := newMemorySource(doc(1, "预算公开", ""))
			r.append(1)
			p := r.reader(lib).complete()
			lib.set(doc(2, "决算公开", ""))
			lose(r)
			p.catchUp()
			if !p.index.NeedsRebuild() || p.index.Position() != r.end() {
				t.Fatalf("rebuild %v, position %v of %v", p.index.NeedsRebuild(), p.index.Position(), r.end())
			}
			expect(t, p.index, "公开", 1) // it answers during the rebuild
			p.complete()
			if p.index.NeedsRebuild() {
				t.Error("still incomplete after a rebuild")
			}
			expect(t, p.index, "公开", 1, 2)
		})
	}
}

func TestReaderGoesOnAfterRestart(t *testing.T) {
	r := newFeedWorld(t, storetest.Open(t, storetest.SQLite(t)))
	lib, dir := newMemorySource(doc(1, "预算公开", "")), t.TempDir()
	p := r.readerIn(dir, lib).complete()
	lib.set(doc(2, "决算公开", ""))
	r.append(2)
	p.catchUp()
	r.must(p.index.Close())
	if p.index.Position() != (feed.Position{}) {
		t.Error("a closed index has a position")
	}
	lib.set(doc(3, "公开", ""))
	r.append(3)
	asked := lib.asked
	p = r.readerIn(dir, lib)
	p.catchUp()
	expect(t, p.index, "公开", 1, 2, 3)
	if p.index.NeedsRebuild() || lib.asked != asked+1 {
		t.Errorf("rebuild %v; the source was asked %d times for one change", p.index.NeedsRebuild(), lib.asked-asked)
	}
}

func TestLibraryAway(t *testing.T) {
	r := newFeedWorld(t, storetest.Open(t, storetest.SQLite(t)))
	lib := newMemorySource(doc(1, "预算公开", ""))
	p := r.reader(lib).complete()
	lib.set(doc(2, "决算公开", ""))
	r.append(2)
	before := p.index.Position()
	lib.fail(errors.New("source away"))
	if err := p.CatchUp(t.Context()); !errors.Is(err, lib.err) || p.index.Position() != before {
		t.Errorf("%v; position %v, was %v", err, p.index.Position(), before)
	}
	expect(t, p.index, "公开", 1)
	lib.fail(nil)
	p.catchUp()
	expect(t, p.index, "公开", 1, 2)
}

// TestRunFollowsAndRebuilds runs a follower like a process does. It builds the index first; changes are found before
// and after that.
func TestRunFollowsAndRebuilds(t *testing.T) {
	r := newFeedWorld(t, storetest.Open(t, storetest.SQLite(t)))
	lib := newMemorySource(doc(1, "预算公开", ""), doc(2, "将被撤下的公开", ""))
	gate, began := make(chan struct{}), make(chan struct{})
	lib.gate, lib.began = gate, began
	r.append(1, 2)
	p := r.reader(lib)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	<-began
	lib.remove(2)
	lib.set(doc(3, "刚刚公开", ""))
	r.append(2, 3)
	p.Wake()
	awaitFound(t, p.index, 3)
	close(gate)
	awaitFound(t, p.index, 1, 3)
	lib.set(doc(4, "公开", ""))
	r.append(4)
	p.Wake()
	awaitFound(t, p.index, 1, 3, 4)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v", err)
	}
	if p.index.NeedsRebuild() {
		t.Error("the index is not complete")
	}
}

func awaitFound(t *testing.T, x *search.Index, want ...int64) {
	t.Helper()
	var got []int64
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		got = found(t, x, "公开")
		if slices.Sort(got); slices.Equal(got, want) {
			return
		}
	}
	t.Fatalf("found %v, want %v", got, want)
}

// TestRestartDuringRebuild: a restart during a rebuild makes another rebuild necessary.
func TestRestartDuringRebuild(t *testing.T) {
	r := newFeedWorld(t, storetest.Open(t, storetest.SQLite(t)))
	lib := newMemorySource(doc(1, "预算公开", ""))
	p := r.reader(lib)
	p.catchUp()
	gate, began := make(chan struct{}), make(chan struct{})
	lib.gate, lib.began = gate, began
	done := make(chan error, 1)
	go func() { done <- p.Rebuild(t.Context()) }()
	<-began
	lib.set(doc(2, "公开", "")) // the reader never sees its row
	r.exec("UPDATE search_feed_end SET seq = seq + 5")
	p.catchUp()
	close(gate)
	r.must(<-done)
	if !p.index.NeedsRebuild() {
		t.Error("a rebuild that may have missed something counts as complete")
	}
	p.complete()
	expect(t, p.index, "公开", 1, 2)
}
