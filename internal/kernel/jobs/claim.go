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

// dbTimeout bounds the short statements of this package.
const dbTimeout = 15 * time.Second

// maxErrorText bounds the stored text of a failure, in bytes.
const maxErrorText = 2000

// claimed is a set of jobs under one lease.
type claimed struct {
	lease int64
	until int64 // unix ms, at the time of the claim
	h     *handler
	jobs  []Job
}

// nextDue returns when the next job of a kind is due in unix milliseconds, 0 for never.
func (b *Board) nextDue(ctx context.Context, kind string) (at int64, err error) {
	err = b.db.Read().QueryRowContext(ctx,
		"SELECT coalesce(min(run_at), 0) FROM job_task WHERE kind = ? AND state = 0", kind).Scan(&at)
	return at, err
}

// claim leases up to Batch due jobs of one kind; a job whose unique key is running is left out. It ignores the end of
// ctx: if the answer were lost, the jobs would wait until the lease expires. The plus sign makes SQLite use the index
// job_task_claim, whose order is the one wanted; with an index on run_at it would sort all due jobs for each batch.
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

// extend prolongs a lease and reports whether any job is still under it.
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

// result is the outcome of the jobs of a claim.
type result struct {
	done   []Job
	failed []failure
	back   []Job // unfinished, because the process is stopping
}

// settle writes the result of a claim. Jobs that another process has taken over in the meantime are not touched.
func (b *Board) settle(ctx context.Context, c claimed, r result) (buried int, err error) {
	slices.SortFunc(r.failed, func(x, y failure) int { return cmp.Compare(x.job.UniqueKey, y.job.UniqueKey) })
	err = b.inTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		buried = 0
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
				buried++
			}
		}
		for _, j := range r.back {
			if err := release(ctx, tx, c.lease, j.ID, j.Attempt-1, b.now(),
				"given back: the worker stopped"); err != nil {
				return err
			}
		}
		return nil
	})
	return buried, err
}

// inTx retries a transaction that releases a job and finds a waiting job with the same key, which another transaction
// has just committed.
func (b *Board) inTx(ctx context.Context, f func(context.Context, bun.Tx) error) error {
	var err error
	for range 5 {
		if err = b.db.InTxReadCommitted(ctx, f); !store.UniqueViolation(err) {
			return err
		}
	}
	return err
}

// fail schedules another attempt after a pause, or marks the job dead.
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

// release makes a leased or dead job wait again, or deletes it when a newer waiting job replaces it.
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

// reapLimit bounds the jobs released in one transaction.
const reapLimit = 500

// reap releases jobs whose lease has expired. They are due immediately: the lease was a pause already, and most
// likely it was not the job that killed the worker. The attempt counts, so that a job that does kill its worker
// becomes dead in the end.
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
			gone := fault.New(fault.Unavailable, "worker %s fell silent", rows[i].Worker)
			if _, err := b.fail(ctx, tx, b.kinds[rows[i].Kind], rows[i].Lease, failure{rows[i].job(), gone},
				0); err != nil {
				return err
			}
		}
		n = len(rows)
		return nil
	})
	return n, err
}

// clip truncates a text to maxErrorText bytes of valid UTF-8 and removes NUL, which PostgreSQL refuses.
func clip(s string) string {
	if len(s) > maxErrorText {
		s = s[:maxErrorText]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\x00", "")
}
