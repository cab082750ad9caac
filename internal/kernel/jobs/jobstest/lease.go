package jobstest

import (
	"context"
	"errors"
	"testing"
	"time"

	"guiyi/internal/kernel/jobs"
)

func testHeartbeat(t *testing.T, e *env) {
	first, second := e.board(), e.board()
	started, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	o := jobs.HandleOptions{Lease: 2 * time.Second}
	first.Handle("k", func(ctx context.Context, _ []jobs.Job) error {
		close(started)
		<-goOn
		return ctx.Err()
	}, o)
	seen := &recorder{}
	second.Handle("k", seen.handle, o)
	e.enqueue(t, first, job("k", 1))
	go func() { ended <- first.Drain(context.Background()) }()
	await(t, started)
	until := e.list(t, first, "running")[0].LeaseUntil
	eventually(t, func() bool { return e.list(t, first, "running")[0].LeaseUntil > until+500 })
	must(t, second.Drain(t.Context()))
	close(goOn)
	must(t, await(t, ended))
	seen.want(t) // nothing
}

func testTakeOver(t *testing.T, e *env) {
	slow := e.board()
	started, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	slow.Handle("k", func(ctx context.Context, _ []jobs.Job) error {
		close(started)
		<-ctx.Done() // the heartbeat notices that the lease is lost
		<-goOn
		return errors.New("too late")
	}, jobs.HandleOptions{Lease: 150 * time.Millisecond, MaxAttempts: 1})
	e.enqueue(t, slow, job("k", 1))
	go func() { ended <- slow.Drain(context.Background()) }()
	await(t, started)

	ahead := &clock{} // a process whose clock says that the lease has expired
	ahead.Forward(time.Hour)
	fast, seen := e.board(func(o *jobs.Options) { o.Now = ahead.Now }), &recorder{}
	// after a lost lease there is no pause
	fast.Handle("k", seen.handle, jobs.HandleOptions{Backoff: func(int) time.Duration { return 24 * time.Hour }})
	eventually(t, func() bool {
		must(t, fast.Drain(t.Context()))
		return len(e.list(t, fast, "")) == 0
	})
	seen.want(t, `1`)
	close(goOn)
	must(t, await(t, ended)) // its failure no longer counts
	if left := e.list(t, fast, ""); len(left) != 0 {
		t.Errorf("the late worker changed the table: %+v", left)
	}
}

// testLateSuccess and testLateFailure check that a worker that lost its lease does not change the row. Another worker
// has claimed the job in the meantime.
func testLateSuccess(t *testing.T, e *env) { testLateEnd(t, e, nil) }

func testLateFailure(t *testing.T, e *env) { testLateEnd(t, e, errors.New("too late")) }

func testLateEnd(t *testing.T, e *env, outcome error) {
	slow := e.board()
	started, goOn, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	slow.Handle("k", func(context.Context, []jobs.Job) error {
		close(started)
		<-goOn
		return outcome
	}, jobs.HandleOptions{Lease: 150 * time.Millisecond})
	e.enqueue(t, slow, job("k", 1))
	go func() { ended <- slow.Drain(context.Background()) }()
	await(t, started)

	ahead := &clock{} // a process whose clock says that the lease has expired
	ahead.Forward(time.Hour)
	next := e.board(func(o *jobs.Options) { o.Now, o.Worker = ahead.Now, "next" })
	taken, finish, nextEnded := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	next.Handle("k", func(context.Context, []jobs.Job) error {
		close(taken)
		<-finish
		return nil
	}, jobs.HandleOptions{})
	go func() { nextEnded <- next.Drain(context.Background()) }()
	await(t, taken)
	close(goOn)
	if err := await(t, ended); !errors.Is(err, outcome) {
		t.Errorf("the late worker says %v", err)
	}
	left := e.list(t, next, "running")
	if len(left) != 1 || left[0].Worker != "next" || left[0].Attempt != 2 {
		t.Errorf("the late worker settled a job that another one has: %+v", left)
	}
	close(finish)
	must(t, await(t, nextEnded))
	if left := e.list(t, next, ""); len(left) != 0 {
		t.Errorf("left: %+v", left)
	}
}

func testCrashesMakeDead(t *testing.T, e *env) {
	b := e.board()
	started := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	b.Handle("k", func(context.Context, []jobs.Job) error {
		started <- struct{}{}
		<-ctx.Done() // as if its process were gone
		return nil
	}, jobs.HandleOptions{MaxAttempts: 1, Lease: time.Hour})
	e.enqueue(t, b, job("k", 1))
	ended := make(chan error, 1)
	go func() { ended <- b.Drain(context.Background()) }()
	await(t, started)

	e.clock.Forward(2 * time.Hour)
	other := e.board()
	other.Handle("k", (&recorder{}).handle, jobs.HandleOptions{MaxAttempts: 1})
	must(t, other.Drain(t.Context()))
	dead := e.list(t, other, "dead")
	if len(dead) != 1 || dead[0].Error == "" {
		t.Errorf("a job that took its worker down with every attempt must be dead: %+v", dead)
	}
	cancel()
	must(t, await(t, ended))
}

func testStopFinishes(t *testing.T, e *env) {
	b := e.board()
	started, goOn := make(chan struct{}), make(chan struct{})
	b.Handle("k", func(ctx context.Context, _ []jobs.Job) error {
		close(started)
		<-goOn
		return ctx.Err() // still nil: the grace time is not over
	}, jobs.HandleOptions{})
	e.enqueue(t, b, job("k", 1))
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	await(t, started)
	e.enqueue(t, b, job("k", "not claimed any more"))
	cancel()
	close(goOn)
	must(t, await(t, ended))
	left := e.list(t, b, "")
	if len(left) != 1 || left[0].State != "waiting" || left[0].Attempt != 0 {
		t.Errorf("left: %+v", left)
	}
}

func testStopReleases(t *testing.T, e *env) {
	b := e.board(func(o *jobs.Options) { o.Grace = 20 * time.Millisecond })
	started := make(chan struct{})
	b.Handle("k", func(ctx context.Context, batch []jobs.Job) error {
		close(started)
		<-ctx.Done()
		return &jobs.Partial{Failed: map[int64]error{batch[1].ID: ctx.Err(), batch[2].ID: ctx.Err()}}
	}, jobs.HandleOptions{Batch: 10})
	e.enqueue(t, b, job("k", 1), job("k", 2), job("k", 3))
	stop := run(t, b)
	await(t, started)
	must(t, stop())
	left := e.list(t, b, "")
	if len(left) != 2 {
		t.Fatalf("left: %+v", left)
	}
	for _, r := range left {
		if r.State != "waiting" || r.Attempt != 0 {
			t.Errorf("a released job must wait and keep its attempts: %+v", r)
		}
	}
	again, seen := e.board(), &recorder{}
	again.Handle("k", seen.handle, jobs.HandleOptions{Batch: 10})
	must(t, again.Drain(t.Context()))
	seen.want(t, `2`, `3`)
}

func testDrainCancelled(t *testing.T, e *env) {
	b := e.board()
	ctx, cancel := context.WithCancel(t.Context())
	b.Handle("k", func(ctx context.Context, _ []jobs.Job) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}, jobs.HandleOptions{})
	e.enqueue(t, b, job("k", 1), job("k", 2))
	if err := b.Drain(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	for _, r := range e.list(t, b, "") {
		if r.State != "waiting" || r.Attempt != 0 {
			t.Errorf("after the cancellation: %+v", r)
		}
	}
}

func testStubborn(t *testing.T, e *env) {
	b := e.board(func(o *jobs.Options) { o.Grace, o.Abandon = 5*time.Millisecond, 5*time.Millisecond })
	started, goOn := make(chan struct{}), make(chan struct{})
	b.Handle("k", func(context.Context, []jobs.Job) error {
		close(started)
		<-goOn
		return nil
	}, jobs.HandleOptions{})
	e.enqueue(t, b, job("k", 1))
	stop := run(t, b)
	await(t, started)
	if err := stop(); err == nil {
		t.Error("a handler that does not stop must be told")
	}
	close(goOn)
	eventually(t, func() bool { return len(e.list(t, b, "")) == 0 })
}
