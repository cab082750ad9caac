package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

var errLeaseLost = errors.New("another process has taken over the jobs")

// work calls the handler for the claimed jobs and stores the result. When ctx ends, it cancels the handler's context
// and releases unfinished jobs.
func (b *Board) work(ctx context.Context, c claimed) result {
	ctx, cancel := context.WithCancelCause(actor.With(ctx, c.h.actor()))
	ctx, span := startSpan(ctx, c)
	defer span.End()

	var beat sync.WaitGroup
	beat.Go(func() { b.heartbeat(ctx, c, cancel) })
	var r result
	for _, group := range groups(c.jobs) {
		b.runGroup(ctx, c.h, group, &r)
	}
	cancel(nil)
	beat.Wait()

	var newlyDead int
	err := b.persist(context.WithoutCancel(ctx), b.now()+c.h.Lease.Milliseconds(),
		func(ctx context.Context) (err error) {
			ctx, cancel := context.WithTimeout(ctx, dbTimeout)
			defer cancel()
			newlyDead, err = b.settle(ctx, c, r)
			return err
		})
	if err != nil {
		b.o.Log.ErrorContext(ctx, "result of jobs not stored; they will run again", "kind", c.h.kind,
			"jobs", len(c.jobs), "err", err)
	}
	b.report(ctx, c.h.kind, r, newlyDead)
	return r
}

// groups puts all jobs of a first attempt into one batch and every other job into a batch of its own. So a job can
// make a batch fail for other jobs only once.
func groups(jobs []Job) [][]Job {
	var fresh []Job
	var out [][]Job
	for _, j := range jobs {
		if j.Attempt > 1 {
			out = append(out, []Job{j})
			continue
		}
		fresh = append(fresh, j)
	}
	if len(fresh) > 0 {
		out = append([][]Job{fresh}, out...)
	}
	return out
}

// runGroup calls the handler once for a group of jobs and adds the outcome to r.
func (b *Board) runGroup(ctx context.Context, h *handler, group []Job, r *result) {
	if ctx.Err() != nil {
		r.unfinished = append(r.unfinished, group...)
		return
	}
	start := time.Now()
	err := call(ctx, h.do, group)
	before := len(r.failed)
	var partial *Partial
	isPartial := errors.As(err, &partial)
	for _, j := range group {
		why := err
		if isPartial {
			why = partial.Failed[j.ID]
		}
		switch {
		case why == nil:
			r.done = append(r.done, j)
		case ctx.Err() != nil: // failed because of the cancellation
			r.unfinished = append(r.unfinished, j)
		default:
			r.failed = append(r.failed, failure{j, why})
		}
	}
	failed := len(r.failed) - before
	b.o.Observer.Batch(h.kind, len(group)-failed, failed, 0, time.Since(start))
}

// call calls the handler and returns a panic as an error.
func call(ctx context.Context, do Handler, group []Job) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return do(ctx, group)
}

func (b *Board) report(ctx context.Context, kind string, r result, newlyDead int) {
	if newlyDead > 0 {
		b.o.Observer.Batch(kind, 0, 0, newlyDead, 0)
	}
	if len(r.failed) == 0 {
		return
	}
	level := slog.LevelWarn
	if newlyDead > 0 {
		level = slog.LevelError
	}
	first := r.failed[0]
	b.o.Log.Log(ctx, level, "jobs failed", "kind", kind, "failed", len(r.failed), "dead", newlyDead,
		"job", first.job.ID, "attempt", first.job.Attempt, "trace", first.job.TraceID, "err", first.err)
}

// heartbeat extends the lease until ctx ends. When the lease is lost, it calls lost, which cancels ctx.
func (b *Board) heartbeat(ctx context.Context, c claimed, lost context.CancelCauseFunc) {
	every := time.NewTicker(max(c.h.Lease/3, time.Millisecond))
	defer every.Stop()
	until := c.until
	for {
		select {
		case <-ctx.Done():
			return
		case <-every.C:
		}
		asked := b.now()
		held, err := b.extend(ctx, c)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil && held:
			until = asked + c.h.Lease.Milliseconds()
		case err == nil, b.now() > until:
			b.o.Log.WarnContext(ctx, "lease lost", "kind", c.h.kind, "jobs", len(c.jobs), "err", err)
			lost(fault.Wrap(fault.Unavailable, errLeaseLost, "任务已由其他进程接管。"))
			return
		}
	}
}

// startSpan starts a trace span with links to the spans that enqueued the jobs.
func startSpan(ctx context.Context, c claimed) (context.Context, trace.Span) {
	var links []trace.Link
	seen := map[trace.SpanID]bool{}
	for _, j := range c.jobs {
		traceID, err := trace.TraceIDFromHex(j.TraceID)
		if err != nil {
			continue
		}
		spanID, err := trace.SpanIDFromHex(j.SpanID)
		if err != nil || seen[spanID] {
			continue
		}
		seen[spanID] = true
		from := trace.NewSpanContext(trace.SpanContextConfig{TraceID: traceID, SpanID: spanID,
			TraceFlags: trace.FlagsSampled, Remote: true})
		links = append(links, trace.Link{SpanContext: from})
	}
	if len(links) == 1 { // one parent: the span joins its trace
		ctx = trace.ContextWithRemoteSpanContext(ctx, links[0].SpanContext)
	}
	return otel.Tracer("guiyi/jobs").Start(ctx, "job "+c.h.kind, trace.WithSpanKind(trace.SpanKindConsumer),
		trace.WithLinks(links...), trace.WithAttributes(attribute.Int("jobs", len(c.jobs))))
}
