package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"
	"go.opentelemetry.io/otel/trace"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

type state int

const (
	waiting state = iota
	running
	dead
)

// insertChunk is the maximum number of rows in one INSERT.
const insertChunk = 200

// task is a row of job_task.
type task struct {
	bun.BaseModel `bun:"table:job_task,alias:job_task"`

	ID          int64  `bun:"id,pk"`
	Queue       string `bun:"queue"`
	Kind        string `bun:"kind"`
	Args        string `bun:"args"`
	UniqueKey   string `bun:"unique_key"`
	Priority    int    `bun:"priority"`
	RunAt       int64  `bun:"run_at"`
	State       state  `bun:"state"`
	Attempt     int    `bun:"attempt"`
	MaxAttempts int    `bun:"max_attempts"`
	Lease       int64  `bun:"lease"`
	LeaseUntil  int64  `bun:"lease_until"`
	Worker      string `bun:"worker"`
	Event       string `bun:"event"`
	EventKey    string `bun:"event_key"`
	Revision    int64  `bun:"revision"`
	TraceID     string `bun:"trace_id"`
	SpanID      string `bun:"span_id"`
	Error       string `bun:"error"`
	CreatedAt   int64  `bun:"created_at"`
}

func (t *task) job() Job {
	return Job{
		ID:          t.ID,
		Queue:       t.Queue,
		Kind:        t.Kind,
		Args:        json.RawMessage(t.Args),
		UniqueKey:   t.UniqueKey,
		Priority:    t.Priority,
		RunAt:       t.RunAt,
		Attempt:     t.Attempt,
		MaxAttempts: t.MaxAttempts,
		Event:       t.Event,
		Key:         t.EventKey,
		Revision:    t.Revision,
		TraceID:     t.TraceID,
		SpanID:      t.SpanID,
	}
}

// Enqueue adds jobs in the caller's transaction. They run after its commit. If a job of the same kind and UniqueKey is
// already waiting, the new job is merged with it. The waiting job gets the earlier RunAt and the smaller Priority of
// both. If the new job has a higher Revision, it also gets its Args and Revision.
func (b *Board) Enqueue(ctx context.Context, tx bun.IDB, jobs ...Job) (err error) {
	defer fault.Annotate(&err, "jobs.Enqueue(%d jobs)", len(jobs))
	if len(jobs) == 0 {
		return nil
	}
	rows := make([]task, 0, len(jobs))
	queues := map[string]bool{}
	span := trace.SpanContextFromContext(ctx)
	for _, j := range jobs {
		row, err := b.row(j, span)
		if err != nil {
			return err
		}
		rows = append(rows, row)
		queues[row.Queue] = true
	}
	for chunk := range slices.Chunk(merge(rows), insertChunk) {
		if err := insert(ctx, tx, chunk); err != nil {
			return err
		}
	}
	store.AfterCommit(ctx, func() {
		for queue := range queues {
			b.Wake(queue)
		}
		b.o.Wake()
	})
	return nil
}

func (b *Board) row(j Job, span trace.SpanContext) (task, error) {
	if j.Kind == "" {
		return task{}, fault.New(fault.Internal, "job without a kind")
	}
	if j.Args == nil {
		j.Args = json.RawMessage("null")
	}
	if !json.Valid(j.Args) {
		return task{}, fault.New(fault.Internal, "job %s: arguments are not JSON", j.Kind)
	}
	if j.Queue == "" {
		j.Queue = DefaultQueue
		if h := b.kinds[j.Kind]; h != nil {
			j.Queue = h.Queue
		}
	}
	if j.TraceID == "" && span.IsValid() {
		j.TraceID = span.TraceID().String()
		if span.IsSampled() { // if the span is not sampled, the job must not be sampled either
			j.SpanID = span.SpanID().String()
		}
	}
	if j.ID == 0 {
		j.ID = store.NewID()
	}
	now := b.now()
	return task{
		ID:          j.ID,
		Queue:       j.Queue,
		Kind:        j.Kind,
		Args:        string(j.Args),
		UniqueKey:   j.UniqueKey,
		Priority:    j.Priority,
		RunAt:       cmp.Or(j.RunAt, now),
		MaxAttempts: j.MaxAttempts,
		Event:       j.Event,
		EventKey:    j.Key,
		Revision:    j.Revision,
		TraceID:     j.TraceID,
		SpanID:      j.SpanID,
		CreatedAt:   now,
	}, nil
}

// merge combines rows with the same kind and unique key, because one INSERT ... ON CONFLICT must not contain a key
// twice. It sorts the rows by kind and key, so that all transactions lock rows in the same order.
func merge(rows []task) []task {
	slices.SortStableFunc(rows, func(x, y task) int {
		return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.UniqueKey, y.UniqueKey))
	})
	out := rows[:0]
	for _, row := range rows {
		if n := len(out); n > 0 && row.UniqueKey != "" && out[n-1].Kind == row.Kind &&
			out[n-1].UniqueKey == row.UniqueKey {
			first := &out[n-1]
			first.RunAt = min(first.RunAt, row.RunAt)
			first.Priority = min(first.Priority, row.Priority)
			if row.Revision > first.Revision {
				first.Args, first.Revision = row.Args, row.Revision
			}
			continue
		}
		out = append(out, row)
	}
	return out
}

// insert adds rows. It updates a waiting row with the same key even if nothing changes. The update locks the row, so no
// worker claims it before the enqueuing transaction ends.
func insert(ctx context.Context, tx bun.IDB, rows []task) error {
	_, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (kind, unique_key) WHERE state = 0 AND unique_key <> '' DO UPDATE").
		Set("run_at = CASE WHEN excluded.run_at < job_task.run_at THEN excluded.run_at ELSE job_task.run_at END").
		Set(
			"priority = CASE WHEN excluded.priority < job_task.priority THEN excluded.priority ELSE job_task.priority END").
		Set("args = CASE WHEN excluded.revision > job_task.revision THEN excluded.args ELSE job_task.args END").
		Set(
			"revision = CASE WHEN excluded.revision > job_task.revision THEN excluded.revision ELSE job_task.revision END").
		Exec(ctx)
	return err
}

// Emit enqueues one job per subscriber of each event in the caller's transaction. It drops an event that is older than
// the newest one with the same Name and Key.
func (b *Board) Emit(ctx context.Context, tx bun.IDB, events ...Event) (err error) {
	defer fault.Annotate(&err, "jobs.Emit(%d events)", len(events))
	var jobs []Job
	for _, ev := range events {
		kinds := b.subscribers[ev.Name]
		if len(kinds) == 0 {
			continue
		}
		args, err := json.Marshal(ev.Payload)
		if err != nil {
			return fault.Wrap(fault.Internal, err, "event %s: payload is not JSON", ev.Name)
		}
		fresh, err := mark(ctx, tx, ev)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		job := Job{Args: args, Event: ev.Name, Key: ev.Key, Revision: ev.Revision}
		if ev.Key != "" {
			job.UniqueKey = ev.Name + "/" + ev.Key
		}
		for _, job.Kind = range kinds {
			jobs = append(jobs, job)
		}
	}
	return b.Enqueue(ctx, tx, jobs...)
}

// mark stores the revision of ev. It returns false if a higher revision is already stored.
func mark(ctx context.Context, tx bun.IDB, ev Event) (bool, error) {
	if ev.Revision == 0 || ev.Key == "" {
		return true, nil
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO job_mark (event, event_key, revision) VALUES (?, ?, ?)
		ON CONFLICT (event, event_key) DO UPDATE SET revision = excluded.revision
		WHERE excluded.revision >= job_mark.revision`, ev.Name, ev.Key, ev.Revision)
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	return n > 0, err
}
