package jobstest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/jobs"
)

// counts is an observer that adds up the numbers.
type counts struct {
	mu                 sync.Mutex
	done, failed, dead int
	depth              map[string]jobs.Depth
}

func (c *counts) Batch(_ string, done, failed, dead int, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done, c.failed, c.dead = c.done+done, c.failed+failed, c.dead+dead
}

func (c *counts) Depth(d jobs.Depth) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.depth == nil {
		c.depth = map[string]jobs.Depth{}
	}
	c.depth[d.Kind] = d
}

func (c *counts) want(t *testing.T, done, failed, dead int) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done != done || c.failed != failed || c.dead != dead {
		t.Errorf("observed %d done, %d failed, %d dead; want %d, %d, %d", c.done, c.failed, c.dead, done, failed, dead)
	}
}

func (e *env) observed() (*jobs.Board, *counts) {
	c := &counts{}
	return e.board(func(o *jobs.Options) { o.Observer = c }), c
}

func testBatch(t *testing.T, e *env) {
	b, seen := e.observed()
	var sizes []int
	h := func(_ context.Context, batch []jobs.Job) error {
		sizes = append(sizes, len(batch))
		for _, j := range batch {
			if j.Kind != batch[0].Kind {
				t.Errorf("kinds %s and %s in one batch", j.Kind, batch[0].Kind)
			}
		}
		return nil
	}
	b.Handle("a", h, jobs.HandleOptions{Batch: 4})
	b.Handle("b", h, jobs.HandleOptions{})
	for i := range 6 {
		e.enqueue(t, b, job("a", i))
	}
	e.enqueue(t, b, job("b", 1), job("b", 2))
	must(t, b.Drain(t.Context()))
	if fmt.Sprint(sizes) != "[4 2 1 1]" {
		t.Errorf("batches of %v", sizes)
	}
	seen.want(t, 8, 0, 0)
}

func testPartial(t *testing.T, e *env) {
	b, seen := e.observed()
	var ran []string
	b.Handle("k", func(_ context.Context, batch []jobs.Job) error {
		failed := map[int64]error{}
		for _, j := range batch {
			ran = append(ran, string(j.Args))
			if string(j.Args) == "2" && j.Attempt == 1 {
				failed[j.ID] = errors.New("not yet")
			}
		}
		if len(failed) == 0 {
			return nil
		}
		return fmt.Errorf("wrapped: %w", &jobs.Partial{Failed: failed})
	}, jobs.HandleOptions{Batch: 5})
	e.enqueue(t, b, job("k", 1), job("k", 2), job("k", 3))
	if err := b.Drain(t.Context()); err == nil || !strings.Contains(err.Error(), "not yet") {
		t.Errorf("err = %v", err)
	}
	if left := e.list(t, b, "waiting"); len(left) != 1 || string(left[0].Args) != "2" || left[0].Error != "not yet" {
		t.Errorf("waiting: %+v", left)
	}
	e.clock.Forward(time.Hour)
	must(t, b.Drain(t.Context()))
	if len(ran) != 4 || ran[3] != "2" {
		t.Errorf("ran %v", ran)
	}
	seen.want(t, 3, 1, 0)
}

func testRetryThenDead(t *testing.T, e *env) {
	b, seen := e.observed()
	b.Handle("k", func(_ context.Context, batch []jobs.Job) error {
		return fmt.Errorf("attempt %d\x00\xff%s", batch[0].Attempt, strings.Repeat("长", 3000))
	}, jobs.HandleOptions{MaxAttempts: 9, Backoff: func(n int) time.Duration { return time.Duration(n) * time.Minute }})
	short := job("k", 1)
	short.MaxAttempts = 3 // the job's own number takes precedence
	e.enqueue(t, b, short)
	for attempt := 1; attempt <= 3; attempt++ {
		if err := b.Drain(t.Context()); err == nil {
			t.Fatalf("attempt %d: no error", attempt)
		}
		if err := b.Drain(t.Context()); err != nil {
			t.Fatalf("attempt %d: ran again before its backoff: %v", attempt, err)
		}
		e.clock.Forward(time.Duration(attempt)*time.Minute + time.Second)
	}
	must(t, b.Drain(t.Context()))
	left := e.list(t, b, "dead")
	if len(left) != 1 || left[0].Attempt != 3 || !strings.HasPrefix(left[0].Error, "attempt 3长") ||
		len(left[0].Error) > 2000 {
		t.Errorf("dead: %+v", left)
	}
	seen.want(t, 0, 3, 1)
	depths, err := b.Depths(t.Context())
	if err != nil || len(depths) != 1 || depths[0].Dead != 1 || depths[0].Waiting != 0 {
		t.Errorf("depths = %+v, %v", depths, err)
	}
}

func testPanic(t *testing.T, e *env) {
	b, seen := e.observed()
	b.Handle("k", func(_ context.Context, batch []jobs.Job) error {
		panic("poisoned")
	}, jobs.HandleOptions{MaxAttempts: 1})
	e.enqueue(t, b, job("k", 1))
	if err := b.Drain(t.Context()); err == nil || !strings.Contains(err.Error(),
		"panic: poisoned") {
		t.Errorf("err = %v", err)
	}
	seen.want(t, 0, 1, 1)
}

func testPoison(t *testing.T, e *env) {
	b, seen := e.observed()
	b.Handle("k", func(_ context.Context, batch []jobs.Job) error {
		for _, j := range batch {
			if string(j.Args) == `"poison"` {
				panic("poison")
			}
		}
		return nil
	}, jobs.HandleOptions{Batch: 50, MaxAttempts: 3})
	e.enqueue(t, b, job("k", "poison"))
	for i := range 20 {
		e.enqueue(t, b, job("k", i))
	}
	for range 4 {
		_ = b.Drain(t.Context()) // the failures are checked below
		e.clock.Forward(2 * time.Hour)
	}
	left := e.list(t, b, "")
	if len(left) != 1 || left[0].State != "dead" || string(left[0].Args) != `"poison"` {
		t.Errorf("left: %+v", left)
	}
	seen.want(t, 20, 23, 1) // once all 21 together, then the poison alone twice
}

func testPermanent(t *testing.T, e *env) {
	b, seen := e.observed()
	b.Handle("k", func(_ context.Context, batch []jobs.Job) error {
		var v struct{ Site int64 }
		return batch[0].Decode(&v)
	}, jobs.HandleOptions{})
	e.enqueue(t, b, job("k", "not an object"))
	if err := b.Drain(t.Context()); err == nil {
		t.Error("no error")
	}
	if left := e.list(t, b, "dead"); len(left) != 1 || left[0].Attempt != 1 {
		t.Errorf("dead: %+v", left)
	}
	seen.want(t, 0, 1, 1)
	if jobs.Permanent(nil) != nil {
		t.Error("Permanent(nil) must be nil")
	}
}

func testDead(t *testing.T, e *env) {
	b := e.board()
	broken := true
	ran := 0
	b.Handle("k", func(context.Context, []jobs.Job) error {
		ran++
		if broken {
			return errors.New("broken")
		}
		return nil
	}, jobs.HandleOptions{MaxAttempts: 1})
	b.Subscribe("ev", "k")
	e.enqueue(t, b, keyed("k", "a", 1), keyed("k", "b", 2), keyed("k", "c", 3))
	e.emit(t, b, jobs.Event{Name: "ev", Key: "x", Revision: 1, Payload: 1})
	_ = b.Drain(t.Context())
	dead := e.list(t, b, "dead")
	if len(dead) != 4 {
		t.Fatalf("dead: %+v", dead)
	}
	broken, ran = false, 0
	e.enqueue(t, b, keyed("k", "b", 22))                                    // a job with the key of the second waits
	e.emit(t, b, jobs.Event{Name: "ev", Key: "x", Revision: 2, Payload: 2}) // newer than the fourth
	must(t, e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		n, err := b.Requeue(ctx, tx, dead[0].ID, dead[1].ID, dead[3].ID, 12345)
		if err == nil && n != 3 {
			t.Errorf("requeued %d", n)
		}
		if err != nil {
			return err
		}
		n, err = b.Discard(ctx, tx, dead[2].ID, dead[0].ID)
		if err == nil && n != 1 {
			t.Errorf("discarded %d", n)
		}
		return err
	}))
	must(t, b.Drain(t.Context()))
	if left := e.list(t, b, ""); len(left) != 0 || ran != 3 {
		t.Errorf("ran %d, want 3; left %+v", ran, left)
	}
	must(t, e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		n, err := b.Requeue(ctx, tx)
		if n != 0 {
			t.Errorf("requeued %d of nothing", n)
		}
		return err
	}))

	// After the job died, a newer revision of its event was processed. Requeue deletes the dead job.
	broken = true
	e.emit(t, b, jobs.Event{Name: "ev", Key: "y", Revision: 1, Payload: 1})
	_ = b.Drain(t.Context())
	dead = e.list(t, b, "dead")
	broken, ran = false, 0
	e.emit(t, b, jobs.Event{Name: "ev", Key: "y", Revision: 2, Payload: 2})
	must(t, b.Drain(t.Context()))
	must(t, e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := b.Requeue(ctx, tx, dead[0].ID)
		return err
	}))
	must(t, b.Drain(t.Context()))
	if left := e.list(t, b, ""); len(dead) != 1 || ran != 1 || len(left) != 0 {
		t.Errorf("%d dead, ran %d, want the newer revision only; left %+v", len(dead), ran, left)
	}
}

func testHanging(t *testing.T, e *env) {
	b := e.board(func(o *jobs.Options) { o.Grace = time.Millisecond })
	hangs, done := make(chan struct{}), make(chan string, 5)
	b.Handle("hangs", func(ctx context.Context, _ []jobs.Job) error {
		close(hangs)
		<-ctx.Done()
		return ctx.Err()
	}, jobs.HandleOptions{})
	b.Handle("works", func(_ context.Context, batch []jobs.Job) error {
		done <- string(batch[0].Args)
		return nil
	}, jobs.HandleOptions{})
	stop := run(t, b)
	e.enqueue(t, b, job("hangs", 0))
	await(t, hangs)
	e.enqueue(t, b, job("works", 1), job("works", 2))
	await(t, done)
	await(t, done)
	must(t, stop())
}

func testDepth(t *testing.T, e *env) {
	b, seen := e.observed()
	b.Handle("idle", (&recorder{}).handle, jobs.HandleOptions{})
	late := job("elsewhere", 1)
	late.RunAt = e.clock.Now().Add(-time.Hour).UnixMilli()
	e.enqueue(t, b, late, job("elsewhere", 2))
	stop := run(t, b)
	eventually(t, func() bool {
		seen.mu.Lock()
		defer seen.mu.Unlock()
		return len(seen.depth) == 2
	})
	must(t, stop())
	if d := seen.depth["elsewhere"]; d.Waiting != 2 || d.Running != 0 || d.Dead != 0 || d.Late < time.Hour {
		t.Errorf("depth = %+v", d)
	}
	if d := seen.depth["idle"]; d != (jobs.Depth{Kind: "idle"}) {
		t.Errorf("depth of a kind without jobs = %+v", d)
	}
}
