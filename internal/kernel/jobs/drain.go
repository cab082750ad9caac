package jobs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// drainErrors is the maximum number of failures that Drain returns; further ones are only counted.
const drainErrors = 20

// Drain processes jobs of the given kinds until none is due, including jobs enqueued in the meantime. Without kinds it
// processes all registered ones. It returns the joined errors of the failed jobs, or the error of ctx.
//
// Drain does not wait for jobs that are due later, such as the next attempt of a failed job. It waits for a job in
// another process only if that job blocks a due one with the same unique key. It enqueues no cron jobs.
func (b *Board) Drain(ctx context.Context, kinds ...string) error {
	if b.invalid != nil {
		return b.invalid
	}
	if len(kinds) == 0 {
		kinds = b.handled()
	}
	for _, kind := range kinds {
		if b.kinds[kind] == nil {
			return fmt.Errorf("jobs: kind %q has no handler here", kind)
		}
	}
	var failed []error
	for len(kinds) > 0 {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, joinFirst(failed))
		}
		if _, err := b.reap(ctx); err != nil {
			return err
		}
		worked := false
		for _, kind := range kinds {
			n, err := b.drainKind(ctx, b.kinds[kind], &failed)
			if err != nil {
				return errors.Join(err, joinFirst(failed))
			}
			worked = worked || n > 0
		}
		if worked {
			continue
		}
		due, err := b.anyDue(ctx, kinds)
		if err != nil || !due {
			return errors.Join(err, joinFirst(failed))
		}
		select { // the due jobs are blocked by running jobs with the same key
		case <-ctx.Done():
		case <-time.After(jitter(b.o.Poll)):
		}
	}
	return nil
}

// drainKind processes the due jobs of one kind, adds their errors to failed and returns the number of claimed jobs.
func (b *Board) drainKind(ctx context.Context, h *handler, failed *[]error) (n int, err error) {
	for ctx.Err() == nil {
		c, err := b.claim(ctx, h)
		if err != nil || len(c.jobs) == 0 {
			return n, err
		}
		n += len(c.jobs)
		for _, f := range b.work(ctx, c).failed {
			*failed = append(*failed, fmt.Errorf("job %d (%s, attempt %d): %w", f.job.ID, f.job.Kind, f.job.Attempt,
				f.err))
		}
	}
	return n, ctx.Err()
}

func (b *Board) anyDue(ctx context.Context, kinds []string) (bool, error) {
	var n int
	err := b.db.Read().NewRaw("SELECT count(*) FROM job_task WHERE state = 0 AND run_at <= ? AND kind IN (?)",
		b.now(), bun.List(kinds)).Scan(ctx, &n)
	return n > 0, err
}

func joinFirst(errs []error) error {
	if more := len(errs) - drainErrors; more > 0 {
		errs = append(errs[:drainErrors:drainErrors], fmt.Errorf("and %d more", more))
	}
	return errors.Join(errs...)
}

func sortedDepths(byKind map[string]Depth) []Depth {
	out := make([]Depth, 0, len(byKind))
	for _, kind := range slices.Sorted(maps.Keys(byKind)) {
		out = append(out, byKind[kind])
	}
	return out
}
