package jobstest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/jobs"
)

func keyed(kind, key string, arg any) jobs.Job {
	j := job(kind, arg)
	j.UniqueKey = key
	return j
}

func testUniqueMerged(t *testing.T, e *env) {
	b, seen := e.board(), &recorder{}
	b.Handle("k", seen.handle, jobs.HandleOptions{Batch: 10})
	b.Handle("other", seen.handle, jobs.HandleOptions{})
	late := keyed("k", "a", "first")
	late.RunAt = e.clock.Now().Add(time.Hour).UnixMilli()
	e.enqueue(t, b, late)
	soon := keyed("k", "a", "second")
	soon.Priority = -5
	e.enqueue(t, b, soon, keyed("k", "a", "third"), keyed("k", "b", "b"), job("k", "free"), job("k", "free"),
		keyed("other", "a", "other"))
	if waiting := e.list(t, b, "waiting"); len(waiting) != 5 {
		t.Errorf("%d jobs wait, want 5: %+v", len(waiting), waiting)
	}
	must(t, b.Drain(t.Context(), "k"))
	if len(seen.args) != 4 || seen.args[0] != `"first"` {
		t.Errorf("handled %q; the first of the key must stay, with the sooner time and priority", seen.args)
	}
	e.enqueue(t, b, keyed("k", "a", "again")) // none is waiting now
	must(t, b.Drain(t.Context(), "k"))
	if len(seen.args) != 5 || seen.args[4] != `"again"` {
		t.Errorf("handled %q", seen.args)
	}
}

func testUniqueOneAtATime(t *testing.T, e *env) {
	first, second := e.board(), e.board()
	started, goOn, ended := make(chan string, 2), make(chan struct{}), make(chan error, 1)
	h := func(_ context.Context, batch []jobs.Job) error {
		started <- string(batch[0].Args)
		<-goOn
		return nil
	}
	first.Handle("k", h, jobs.HandleOptions{})
	seen := &recorder{}
	second.Handle("k", seen.handle, jobs.HandleOptions{Batch: 10})
	e.enqueue(t, first, keyed("k", "a", 1))
	go func() { ended <- first.Drain(context.Background()) }()
	await(t, started)
	e.enqueue(t, second, keyed("k", "a", 2), keyed("k", "b", 3)) // a is running, not waiting: a new job

	drained := make(chan error, 1)
	go func() { drained <- second.Drain(context.Background()) }()
	// b is done; one job of a is running, one waiting
	eventually(t, func() bool { return len(e.list(t, second, "")) == 2 })
	seen.want(t, `3`)
	close(goOn)
	must(t, await(t, ended))
	must(t, await(t, drained))
	total := len(seen.args) - 1
	if len(started) == 1 {
		total++
	}
	if total != 1 {
		t.Errorf("the second job of the key ran %d times", total)
	}
}

// testUniqueRace increments a number and enqueues the same key in every transaction, while two boards process jobs. The
// last run of the handler must read the final number.
func testUniqueRace(t *testing.T, e *env) {
	const writers, rounds = 6, 25
	var mu sync.Mutex
	seen := 0
	h := func(ctx context.Context, batch []jobs.Job) error {
		if len(batch) != 1 {
			return fmt.Errorf("%d jobs of one key at once", len(batch))
		}
		var n int
		if err := e.db.Read().QueryRowContext(ctx, "SELECT n FROM jobstest_number").Scan(&n); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		seen = max(seen, n)
		return nil
	}
	a, b := e.board(), e.board()
	a.Handle("k", h, jobs.HandleOptions{Batch: 10})
	b.Handle("k", h, jobs.HandleOptions{Batch: 10, Parallel: 2})
	stopA, stopB := run(t, a), run(t, b)
	var all sync.WaitGroup
	for range writers {
		all.Go(func() {
			for range rounds {
				err := e.db.InTx(context.Background(), func(ctx context.Context, tx bun.Tx) error {
					if err := a.Enqueue(ctx, tx, keyed("k", "the key", nil)); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, "UPDATE jobstest_number SET n = n + 1")
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	must(t, stopA())
	must(t, stopB())
	must(t, a.Drain(t.Context()))
	if seen != writers*rounds {
		t.Errorf("the last run saw %d, want %d: an update was lost", seen, writers*rounds)
	}
}

func testEventSubscribers(t *testing.T, e *env) {
	b, one, two := e.board(), &recorder{}, &recorder{}
	b.Handle("one", one.handle, jobs.HandleOptions{})
	b.Handle("two", two.handle, jobs.HandleOptions{})
	b.Subscribe("released", "one")
	b.Subscribe("released", "two")
	b.Subscribe("released", "one") // again: no second job
	e.emit(t, b, jobs.Event{Name: "released", Key: "7", Revision: 1, Payload: 7},
		jobs.Event{Name: "nobody cares", Key: "7"})
	e.emit(t, b, jobs.Event{Name: "released", Payload: "keyless"}, jobs.Event{Name: "released", Payload: "keyless"})
	must(t, b.Drain(t.Context()))
	one.want(t, `7`, `"keyless"`, `"keyless"`)
	two.want(t, `7`, `"keyless"`, `"keyless"`)
}

func testEventLate(t *testing.T, e *env) {
	b, seen := e.board(), &recorder{}
	b.Handle("k", seen.handle, jobs.HandleOptions{})
	b.Subscribe("ev", "k")
	ev := func(key string, rev int64) jobs.Event {
		return jobs.Event{Name: "ev", Key: key, Revision: rev, Payload: fmt.Sprint(key, rev)}
	}
	e.emit(t, b, ev("a", 5))
	e.emit(t, b, ev("a", 4)) // late while 5 waits
	e.emit(t, b, ev("a", 6)) // is merged with the waiting one
	must(t, b.Drain(t.Context()))
	seen.want(t, `"a6"`)
	e.emit(t, b, ev("a", 5)) // late after 6 ran
	e.emit(t, b, ev("b", 1)) // another key
	e.emit(t, b, ev("a", 6)) // emitted twice: handlers are idempotent
	must(t, b.Drain(t.Context()))
	seen.want(t, `"a6"`, `"b1"`, `"a6"`)
	e.emit(t, b, ev("c", 3), ev("c", 2)) // in one call, too
	must(t, b.Drain(t.Context()))
	seen.want(t, `"a6"`, `"b1"`, `"a6"`, `"c3"`)
}

func testEventLateRetry(t *testing.T, e *env) {
	b := e.board()
	var ran []string
	failing := true
	b.Handle("k", func(ctx context.Context, batch []jobs.Job) error {
		ran = append(ran, string(batch[0].Args))
		if !failing {
			return nil
		}
		failing = false // while revision 1 runs, revision 2 comes; then revision 1 fails
		e.emit(t, b, jobs.Event{Name: "ev", Key: "a", Revision: 2, Payload: 2})
		return fmt.Errorf("no luck")
	}, jobs.HandleOptions{})
	b.Subscribe("ev", "k")
	e.emit(t, b, jobs.Event{Name: "ev", Key: "a", Revision: 1, Payload: 1})
	if err := b.Drain(t.Context()); err == nil {
		t.Error("the failure of revision 1 was not told")
	}
	e.clock.Forward(24 * time.Hour)
	must(t, b.Drain(t.Context()))
	if fmt.Sprint(ran) != "[1 2]" {
		t.Errorf("ran %v, want revision 1 once and 2 once", ran)
	}
	if rest := e.list(t, b, ""); len(rest) != 0 {
		t.Errorf("left over: %+v", rest)
	}
}
