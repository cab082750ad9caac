package jobs

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// depthEvery is the interval at which depths are reported to the observer.
const depthEvery = 10 * time.Second

// Run processes jobs of the registered kinds until ctx ends. Then it claims no more jobs. Running batches may continue
// for Grace; after that their contexts are canceled and unfinished jobs are released. Run returns nil when all handlers
// have returned. If a handler has not returned Abandon after the cancellation, Run returns an error; the lease of its
// jobs will expire.
func (b *Board) Run(ctx context.Context) error {
	if b.invalid != nil {
		return b.invalid
	}
	if err := b.plan(ctx); err != nil {
		return err
	}
	workCtx, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	var all sync.WaitGroup
	for _, h := range b.kinds {
		for _, wake := range h.wake {
			all.Go(func() { b.runner(ctx, workCtx, h, wake) })
		}
	}
	all.Go(func() { b.housekeeping(ctx) })

	finished := make(chan struct{})
	go func() {
		all.Wait()
		close(finished)
	}()
	<-ctx.Done()
	for _, wait := range []time.Duration{b.o.Grace, b.o.Abandon} {
		select {
		case <-finished:
			return nil
		case <-time.After(wait):
			stopWork()
		}
	}
	return fmt.Errorf("jobs: a handler did not stop within %v", b.o.Grace+b.o.Abandon)
}

// runner claims and processes batches of one kind, one after the other, until ctx ends.
func (b *Board) runner(ctx, workCtx context.Context, h *handler, wake <-chan struct{}) {
	for ctx.Err() == nil {
		worked, pause, err := b.step(ctx, workCtx, h)
		if err != nil && ctx.Err() == nil {
			b.o.Log.ErrorContext(ctx, "jobs cannot be claimed", "kind", h.kind, "err", err)
		}
		if worked {
			continue
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(pause):
		}
	}
}

// step processes one batch if jobs are due. Otherwise it returns how long to wait.
func (b *Board) step(ctx, workCtx context.Context, h *handler) (worked bool, pause time.Duration, err error) {
	pause = jitter(b.o.Poll)
	at, err := b.nextDue(ctx, h.kind)
	if err != nil || at == 0 {
		return false, pause, err
	}
	if ahead := time.Duration(at-b.now()) * time.Millisecond; ahead > 0 {
		return false, min(pause, ahead), nil
	}
	c, err := b.claim(ctx, h)
	if err != nil || len(c.jobs) == 0 {
		return false, pause, err
	}
	b.work(workCtx, c)
	return true, 0, nil
}

// housekeeping releases jobs with expired leases, fires crons and reports depths.
func (b *Board) housekeeping(ctx context.Context) {
	var reported time.Time
	for ctx.Err() == nil {
		if n, err := b.reap(ctx); err != nil && ctx.Err() == nil {
			b.o.Log.ErrorContext(ctx, "jobs with expired leases cannot be released", "err", err)
		} else if n > 0 {
			b.o.Log.WarnContext(ctx, "jobs with expired leases released", "jobs", n)
			b.Wake(DefaultQueue)
		}
		if err := b.fire(ctx); err != nil && ctx.Err() == nil {
			b.o.Log.ErrorContext(ctx, "cron jobs cannot be enqueued", "err", err)
		}
		if time.Since(reported) >= depthEvery {
			reported = time.Now()
			b.reportDepths(ctx)
		}
		select {
		case <-ctx.Done():
		case <-time.After(jitter(b.o.Poll)):
		}
	}
}

func (b *Board) reportDepths(ctx context.Context) {
	depths, err := b.Depths(ctx)
	if err != nil {
		if ctx.Err() == nil {
			b.o.Log.ErrorContext(ctx, "queue depths cannot be read", "err", err)
		}
		return
	}
	for _, d := range depths {
		b.o.Observer.Depth(d)
	}
}

// Depths returns the number of jobs by state for every kind that has jobs or a handler in this process, sorted by kind.
func (b *Board) Depths(ctx context.Context) ([]Depth, error) {
	var rows []struct {
		Kind  string
		State state
		N     int64
		First int64
	}
	err := b.db.Read().NewRaw(`SELECT kind, state, count(*) AS n, min(run_at) AS first
		FROM job_task GROUP BY kind, state ORDER BY kind, state`).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	byKind := map[string]Depth{}
	for _, kind := range b.handled() {
		byKind[kind] = Depth{Kind: kind}
	}
	for _, row := range rows {
		d := byKind[row.Kind]
		d.Kind = row.Kind
		switch row.State {
		case waiting:
			d.Waiting = row.N
			d.Late = max(0, time.Duration(b.now()-row.First)*time.Millisecond)
		case running:
			d.Running = row.N
		case dead:
			d.Dead = row.N
		}
		byKind[row.Kind] = d
	}
	return sortedDepths(byKind), nil
}
