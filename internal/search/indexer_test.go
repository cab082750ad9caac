package search_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"guiyi/internal/kernel/jobs"
	"guiyi/internal/resource"
	"guiyi/internal/search"
	"guiyi/internal/site"
)

// shelf is a library in memory.
type shelf struct {
	mu    sync.Mutex
	live  map[int64]search.Document
	err   error
	asked int
}

func (s *shelf) Documents(_ context.Context, items []int64) (live []search.Document, gone []int64, err error) {
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

func (s *shelf) ItemsOn(_ context.Context, site int64, fn func([]int64) error) error {
	for _, id := range []int64{1, 2, 3} {
		if err := fn([]int64{id + 100*site}); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) set(d search.Document) { s.mu.Lock(); defer s.mu.Unlock(); s.live[d.ItemID] = d }
func (s *shelf) remove(id int64)       { s.mu.Lock(); defer s.mu.Unlock(); delete(s.live, id) }

func changed(t *testing.T, id int64, items ...int64) jobs.Job {
	t.Helper()
	var e resource.ChangedEvent
	for _, i := range items {
		e.Items = append(e.Items, resource.Change{Item: i})
	}
	args, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return jobs.Job{ID: id, Kind: search.KindIndex, Args: args}
}

func TestIndexerFollowsTheLibrary(t *testing.T) {
	x := opened(t, t.TempDir())
	lib := &shelf{live: map[int64]search.Document{1: doc(1, "预算公开", ""), 2: doc(2, "决算公开", "")}}
	n := &search.Indexer{Index: x, Source: lib}
	handle := func(batch ...jobs.Job) {
		t.Helper()
		if err := n.Handle(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
	}
	handle(changed(t, 1, 1), changed(t, 2, 2, 1))
	expect(t, x, "公开", 1, 2)
	if lib.asked != 1 {
		t.Errorf("a batch asked the library %d times", lib.asked)
	}
	handle(changed(t, 3, 1, 2)) // again: nothing changes
	expect(t, x, "公开", 1, 2)

	lib.remove(1)
	handle(changed(t, 4, 1, 99))
	expect(t, x, "公开", 2)
	handle(changed(t, 5))
	handle()
	lib.set(doc(1, "预算公开恢复", ""))
	handle(changed(t, 6, 1))
	expect(t, x, "公开", 1, 2)
}

func TestIndexerFollowsSites(t *testing.T) {
	x := opened(t, t.TempDir())
	lib := &shelf{live: map[int64]search.Document{701: doc(701, "预算公开", ""), 801: doc(801, "预算公开", "")}}
	n := &search.Indexer{Index: x, Source: lib}
	job := jobs.Job{ID: 1, Event: site.Changed, Args: json.RawMessage(`{"site":7,"revision":2}`)}
	if err := n.Handle(t.Context(), []jobs.Job{job, job}); err != nil {
		t.Fatal(err)
	}
	expect(t, x, "公开", 701)
	lib.remove(701)
	if err := n.Handle(t.Context(), []jobs.Job{job}); err != nil {
		t.Fatal(err)
	}
	expect(t, x, "公开")
}

func TestIndexerReportsFailures(t *testing.T) {
	x := opened(t, t.TempDir())
	lib := &shelf{live: map[int64]search.Document{1: doc(1, "预算公开", "")}}
	n := &search.Indexer{Index: x, Source: lib}
	err := n.Handle(t.Context(), []jobs.Job{changed(t, 1, 1), {ID: 2, Args: json.RawMessage(`"rubbish"`)}})
	partial, ok := errors.AsType[*jobs.Partial](err)
	if !ok || len(partial.Failed) != 1 || partial.Failed[2] == nil {
		t.Errorf("%v", err)
	}
	expect(t, x, "公开", 1)
	lib.err = errors.New("library away")
	if err := n.Handle(t.Context(), []jobs.Job{changed(t, 3, 1)}); !errors.Is(err, lib.err) {
		t.Errorf("%v", err)
	}
	expect(t, x, "公开", 1)
}

// TestLateIndexerDoesNotResurrect lets indexers race with withdrawals.
func TestLateIndexerDoesNotResurrect(t *testing.T) {
	x := opened(t, t.TempDir())
	lib := &shelf{live: map[int64]search.Document{}}
	n := &search.Indexer{Index: x, Source: lib}
	var wg sync.WaitGroup
	for w := range int64(4) {
		wg.Go(func() {
			for i := range int64(12) {
				id := i%3 + 1
				if (i+w)%2 == 0 {
					lib.set(doc(id, "预算公开", ""))
				} else {
					lib.remove(id)
				}
				if _, err := n.Refresh(context.Background(), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	var want []int64
	for id := range int64(4) {
		if _, ok := lib.live[id]; ok {
			want = append(want, id)
		}
	}
	expect(t, x, "公开", want...)
}
