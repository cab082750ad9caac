package jobs

import (
	"cmp"
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Record is a job as stored in job_task, for operators.
type Record struct {
	Job
	State      string // "waiting", "running" or "dead"
	Error      string // of the latest failed attempt; must not be shown to the public
	Worker     string // process that claimed the job last
	LeaseUntil int64  // unix ms: when the latest lease expires
	CreatedAt  int64  // unix ms
}

// Filter selects jobs.
type Filter struct {
	State string // "" = all
	Kind  string // "" = all
	After int64  // id of the last record of the previous page; 0 = first page
	Limit int    // 0 = 100
}

func (s state) String() string { return [...]string{"waiting", "running", "dead"}[s] }

// List returns the selected jobs, sorted by id.
func (b *Board) List(ctx context.Context, f Filter) ([]Record, error) {
	var rows []task
	q := b.db.Read().NewSelect().Model(&rows).Where("id > ?", f.After).Order("id").Limit(int64(cmp.Or(f.Limit, 100)))
	switch f.State {
	case "":
	case "waiting":
		q.Where("state = ?", waiting)
	case "running":
		q.Where("state = ?", running)
	case "dead":
		q.Where("state = ?", dead)
	default:
		return nil, fault.New(fault.Invalid, "任务状态只能是 waiting、running 或 dead。")
	}
	if f.Kind != "" {
		q.Where("kind = ?", f.Kind)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]Record, len(rows))
	for i := range rows {
		t := &rows[i]
		out[i] = Record{
			Job:        t.job(),
			State:      t.State.String(),
			Error:      t.Error,
			Worker:     t.Worker,
			LeaseUntil: t.LeaseUntil,
			CreatedAt:  t.CreatedAt,
		}
	}
	return out, nil
}

// Requeue sets dead jobs to waiting, due now and without used attempts. It deletes a job that a newer one replaces (see
// release). It returns the number of ids that were dead jobs.
func (b *Board) Requeue(ctx context.Context, tx bun.IDB, ids ...int64) (n int, err error) {
	defer fault.Annotate(&err, "jobs.Requeue(%v)", ids)
	found, err := deadOf(ctx, tx, ids)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	for i := range found {
		if err := release(ctx, tx, 0, found[i].ID, 0, b.now(), found[i].Error); err != nil {
			return 0, err
		}
	}
	store.AfterCommit(ctx, func() {
		for i := range found {
			b.Wake(found[i].Queue)
		}
		b.o.Wake()
	})
	return len(found), nil
}

// Discard deletes dead jobs. It returns the number of ids that were dead jobs.
func (b *Board) Discard(ctx context.Context, tx bun.IDB, ids ...int64) (n int, err error) {
	defer fault.Annotate(&err, "jobs.Discard(%v)", ids)
	found, err := deadOf(ctx, tx, ids)
	if err != nil || len(found) == 0 {
		return 0, err
	}
	_, err = tx.NewDelete().Model(&found).WherePK().Exec(ctx)
	return len(found), err
}

func deadOf(ctx context.Context, tx bun.IDB, ids []int64) (found []task, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	err = tx.NewSelect().Model(&found).Where("state = ?", dead).Where("id IN (?)", bun.List(ids)).Order("unique_key",
		"id").Scan(ctx)
	return found, err
}
