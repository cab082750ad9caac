package jobstest

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"go.opentelemetry.io/otel/trace"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
)

func testTransaction(t *testing.T, e *env) {
	b, seen := e.board(), &recorder{}
	b.Handle("k", seen.handle, jobs.HandleOptions{})
	stop := errors.New("rule broken")
	err := e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		must(t, b.Enqueue(ctx, tx, job("k", "rolled back")))
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatalf("err = %v", err)
	}
	e.enqueue(t, b, job("k", "committed"))
	must(t, b.Drain(t.Context()))
	seen.want(t, `"committed"`)
	if rest := e.list(t, b, ""); len(rest) != 0 {
		t.Errorf("finished jobs must be deleted, left %+v", rest)
	}
}

func testWrongInput(t *testing.T, e *env) {
	b := e.board()
	for name, j := range map[string]jobs.Job{
		"no kind":  {},
		"bad JSON": {Kind: "k", Args: json.RawMessage(`{"a":`)},
	} {
		err := e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return b.Enqueue(ctx, tx, j) })
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	must(t, e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return b.Enqueue(ctx, tx) }))
	b.Subscribe("ev", "k")
	err := e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		return b.Emit(ctx, tx, jobs.Event{Name: "ev", Payload: func() {}})
	})
	if err == nil {
		t.Error("payload that is no JSON: no error")
	}
	if err := b.Drain(t.Context(), "unknown"); err == nil {
		t.Error("draining a kind without handler: no error")
	}
	if _, err := b.List(t.Context(), jobs.Filter{State: "lost"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("listing an unknown state: %v", err)
	}
	for name, register := range map[string]func(*jobs.Board){
		"no name":    func(b *jobs.Board) { b.Handle("", (&recorder{}).handle, jobs.HandleOptions{}) },
		"no handler": func(b *jobs.Board) { b.Handle("k", nil, jobs.HandleOptions{}) },
		"twice": func(b *jobs.Board) {
			b.Handle("k", (&recorder{}).handle, jobs.HandleOptions{})
			b.Handle("k", (&recorder{}).handle, jobs.HandleOptions{})
		},
	} {
		b := e.board()
		register(b)
		if b.Run(t.Context()) == nil || b.Drain(t.Context()) == nil {
			t.Errorf("registration %q: no error", name)
		}
	}
}

func testOrder(t *testing.T, e *env) {
	b, seen := e.board(), &recorder{}
	b.Handle("k", seen.handle, jobs.HandleOptions{Batch: 3})
	now := e.clock.Now().UnixMilli()
	later := job("k", "tomorrow")
	later.RunAt = now + 24*time.Hour.Milliseconds()
	urgent := job("k", "urgent")
	urgent.Priority, urgent.RunAt = -1, now
	old := job("k", "old")
	old.RunAt = now - 1000
	e.enqueue(t, b, later, job("k", "new"), old, urgent)
	must(t, b.Drain(t.Context()))
	seen.want(t, `"urgent"`, `"old"`, `"new"`)
	e.clock.Forward(25 * time.Hour)
	must(t, b.Drain(t.Context()))
	seen.want(t, `"urgent"`, `"old"`, `"new"`, `"tomorrow"`)
}

func testWake(t *testing.T, e *env) {
	committed, woken, handled := false, make(chan struct{}, 8), make(chan jobs.Job, 1)
	b := e.board(func(o *jobs.Options) {
		o.Poll = time.Hour // only a wake-up starts it in time
		o.Wake = func() {
			if !committed {
				t.Error("woken before the commit")
			}
			woken <- struct{}{}
		}
	})
	b.Handle("k", func(ctx context.Context, batch []jobs.Job) error {
		if s, err := actor.From(ctx); err != nil || !s.Scope.All || s.String() != "system:job:k" {
			t.Errorf("scope of a handler = %+v, %v", s, err)
		}
		handled <- batch[0]
		return nil
	}, jobs.HandleOptions{Queue: "q"})
	stop := run(t, b)
	must(t, e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if err := b.Enqueue(ctx, tx, job("k", 1)); err != nil {
			return err
		}
		committed = true // the hook runs after this line
		return nil
	}))
	await(t, woken)
	if j := await(t, handled); j.Queue != "q" || j.Attempt != 1 {
		t.Errorf("job = %+v", j)
	}
	must(t, stop())
}

func testTrace(t *testing.T, e *env) {
	b := e.board()
	var got jobs.Job
	var inside trace.SpanContext
	b.Handle("k", func(ctx context.Context, batch []jobs.Job) error {
		got, inside = batch[0], trace.SpanContextFromContext(ctx)
		return nil
	}, jobs.HandleOptions{})
	span := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1, 2}, SpanID: trace.SpanID{3},
		TraceFlags: trace.FlagsSampled})
	ctx := trace.ContextWithSpanContext(t.Context(), span)
	must(t, e.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return b.Enqueue(ctx, tx, job("k", 1)) }))
	must(t, b.Drain(t.Context()))
	if got.TraceID != span.TraceID().String() || got.SpanID != span.SpanID().String() {
		t.Errorf("trace of the job = %q, %q", got.TraceID, got.SpanID)
	}
	if inside.TraceID() != span.TraceID() {
		t.Errorf("the handler runs in trace %v", inside.TraceID())
	}
	e.enqueue(t, b, jobs.Job{Kind: "k", TraceID: "not hex", SpanID: "?"})
	must(t, b.Drain(t.Context()))

	ctx = trace.ContextWithSpanContext(t.Context(), span.WithTraceFlags(0)) // not sampled: the id for the log, no span
	must(t, e.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error { return b.Enqueue(ctx, tx, job("k", 1)) }))
	must(t, b.Drain(t.Context()))
	if got.TraceID != span.TraceID().String() || got.SpanID != "" || inside.IsSampled() {
		t.Errorf("unsampled: trace %q, span %q, sampled %v", got.TraceID, got.SpanID, inside.IsSampled())
	}
}
