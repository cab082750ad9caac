package jobs

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// dbTimeout limits the time for claiming and for settling jobs.
const dbTimeout = 15 * time.Second

// maxErrorText is the maximum length of a stored error text, in bytes.
const maxErrorText = 2000

// claimed is a set of jobs claimed together under one lease.
type claimed struct {
	lease int64 // id of the lease
	until int64 // unix ms: when the lease expires unless extend is called
	h     *handler
	jobs  []Job
}

// nextDue returns the earliest RunAt of the waiting jobs of a kind in unix milliseconds, or 0 when no job is waiting.
func (b *Board) nextDue(ctx context.Context, kind string) (at int64, err error) {
	err = b.db.Read().QueryRowContext(ctx,
		"SELECT coalesce(min(run_at), 0) FROM job_task WHERE kind = ? AND state = 0", kind).Scan(&at)
	return at, err
}

// claim leases up to Batch due jobs of one kind. It leaves out a job if another job with its unique key is running. It
// ignores the cancellation of ctx, because jobs whose claim was interrupted would wait until the lease expires.
//
// The plus sign in "+t.run_at" makes SQLite use the index job_task_claim, which has the required order. With an index
// on run_at it would sort all due jobs for each batch.
func (b *Board) claim(ctx context.Context, h *handler) (claimed, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dbTimeout)
	defer cancel()
	var rows []task
	c := claimed{lease: store.NewID(), h: h}
	err := b.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := b.now()
		c.until = now + h.Lease.Milliseconds()
		rows = nil
		return tx.NewRaw(`WITH picked AS MATERIALIZED (
			SELECT t.id FROM job_task AS t
			WHERE t.kind = ? AND t.state = 0 AND +t.run_at <= ? AND NOT EXISTS (
				SELECT 1 FROM job_task AS held
				WHERE held.state = 1 AND held.kind = t.kind AND held.unique_key = t.unique_key AND t.unique_key <> '')
			ORDER BY t.priority, t.run_at, t.id LIMIT ?`+b.db.SkipLocked()+`)
			UPDATE job_task SET state = 1, attempt = attempt + 1, lease = ?, lease_until = ?, worker = ?
			WHERE id IN (SELECT id FROM picked) RETURNING *`,
			h.kind, now, h.Batch, c.lease, c.until, b.o.Worker).Scan(ctx, &rows)
	})
	if err != nil && !store.NotFound(err) {
		return claimed{}, fault.Wrap(fault.Unavailable, err, "无法领取任务（%s）。", h.kind)
	}
	slices.SortFunc(rows, func(x, y task) int {
		return cmp.Or(cmp.Compare(x.Priority, y.Priority), cmp.Compare(x.RunAt, y.RunAt), cmp.Compare(x.ID, y.ID))
	})
	for i := range rows {
		c.jobs = append(c.jobs, rows[i].job())
	}
	return c, nil
}

// extend extends a lease. It reports whether any job is still running under the lease.
func (b *Board) extend(ctx context.Context, c claimed) (held bool, err error) {
	err = b.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE job_task SET lease_until = ? WHERE lease = ? AND state = 1",
			b.now()+c.h.Lease.Milliseconds(), c.lease)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		held = n > 0
		return err
	})
	return held, err
}

// failure is a job whose attempt failed.
type failure struct {
	job Job
	err error
}

// result is the outcome of a claim.
type result struct {
	done       []Job
	failed     []failure
	unfinished []Job // not completed, because the process is stopping
}

// settle stores the result of a claim and returns the number of jobs that became dead. It does not change jobs that
// another process has taken over.
func (b *Board) settle(ctx context.Context, c claimed, r result) (newlyDead int, err error) {
	slices.SortFunc(r.failed, func(x, y failure) int { return cmp.Compare(x.job.UniqueKey, y.job.UniqueKey) })
	err = b.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		newlyDead = 0
		if len(r.done) > 0 {
			ids := make([]int64, len(r.done))
			for i, j := range r.done {
				ids[i] = j.ID
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM job_task WHERE lease = ? AND state = 1 AND id IN (?)",
				c.lease, bun.List(ids)); err != nil {
				return err
			}
		}
		for _, f := range r.failed {
			isDead, err := b.fail(ctx, tx, c.h, c.lease, f, c.h.Backoff(f.job.Attempt))
			if err != nil {
				return err
			}
			if isDead {
				newlyDead++
			}
		}
		for _, j := range r.unfinished {
			if err := release(ctx, tx, c.lease, j.ID, j.Attempt-1, b.now(),
				"not finished: the worker stopped"); err != nil {
				return err
			}
		}
		return nil
	})
	return newlyDead, err
}

// inTx runs a transaction that releases jobs. It retries when another transaction has just added a waiting job with the
// same unique key.
func (b *Board) inTx(ctx context.Context, f func(context.Context, bun.Tx) error) error {
	var err error
	for range 5 {
		if err = b.db.InTxReadCommitted(ctx, f); !store.UniqueViolation(err) {
			return err
		}
	}
	return err
}

// fail schedules the next attempt after a pause. If no attempt is left or the error is permanent, it marks the job as
// dead.
func (b *Board) fail(ctx context.Context, tx bun.Tx, h *handler, lease int64, f failure,
	pause time.Duration) (isDead bool, err error) {
	text := clip(f.err.Error())
	if f.job.Attempt < cmp.Or(f.job.MaxAttempts, h.MaxAttempts) && !isPermanent(f.err) {
		at := b.now() + max(0, pause).Milliseconds()
		return false, release(ctx, tx, lease, f.job.ID, f.job.Attempt, at, text)
	}
	_, err = tx.ExecContext(ctx,
		"UPDATE job_task SET state = 2, lease = 0, error = ? WHERE id = ? AND lease = ? AND state = 1",
		text, f.job.ID, lease)
	return true, err
}

// release sets a running or dead job to waiting. It deletes the job instead when a waiting job with the same unique
// key, or a newer revision of its event, replaces it.
func release(ctx context.Context, tx bun.IDB, lease, id int64, attempt int, at int64, text string) error {
	res, err := tx.ExecContext(ctx, `UPDATE job_task SET state = 0, lease = 0, attempt = ?, run_at = ?, error = ?
		WHERE id = ? AND lease = ? AND state <> 0
		AND NOT EXISTS (SELECT 1 FROM job_task AS twin WHERE twin.state = 0 AND twin.unique_key <> ''
			AND twin.kind = job_task.kind AND twin.unique_key = job_task.unique_key)
		AND NOT EXISTS (SELECT 1 FROM job_mark AS m WHERE m.event = job_task.event
			AND m.event_key = job_task.event_key AND m.revision > job_task.revision AND job_task.revision > 0)`,
		attempt, at, text, id, lease)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM job_task WHERE id = ? AND lease = ? AND state <> 0", id, lease)
	return err
}

// reapLimit is the maximum number of jobs that reap releases in one call.
const reapLimit = 500

// reap releases the jobs whose lease has expired and returns how many. They are due immediately, because the lease was
// already a pause. The attempt counts, so a job that kills its worker every time becomes dead.
func (b *Board) reap(ctx context.Context) (n int, err error) {
	if len(b.kinds) == 0 {
		return 0, nil
	}
	now := b.now()
	var due int
	if err := b.db.Read().QueryRowContext(ctx,
		"SELECT count(*) FROM job_task WHERE state = 1 AND lease_until < ?", now).Scan(&due); err != nil || due == 0 {
		return 0, err
	}
	err = b.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []task
		err := tx.NewRaw(`SELECT * FROM job_task WHERE state = 1 AND lease_until < ? AND kind IN (?)
			ORDER BY lease_until LIMIT ?`+b.db.SkipLocked(), now, bun.List(b.handled()), reapLimit).Scan(ctx, &rows)
		if err != nil {
			return err
		}
		for i := range rows {
			expired := fault.New(fault.Unavailable, "the lease of worker %s expired", rows[i].Worker)
			if _, err := b.fail(ctx, tx, b.kinds[rows[i].Kind], rows[i].Lease, failure{rows[i].job(), expired},
				0); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

// clip truncates a text to maxErrorText bytes. It removes invalid UTF-8 and NUL, which PostgreSQL refuses.
func clip(s string) string {
	if len(s) > maxErrorText {
		s = s[:maxErrorText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
