package jobs

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
)

// plan stores the registered crons with their next times. A stored next time stays unless spec or time zone have
// changed.
func (b *Board) plan(ctx context.Context) error {
	if len(b.crons) == 0 {
		return nil
	}
	return b.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, name := range slices.Sorted(maps.Keys(b.crons)) {
			s := b.crons[name]
			_, err := tx.ExecContext(ctx, `INSERT INTO job_cron (name, kind, spec, tz, next_at) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, spec = excluded.spec, tz = excluded.tz,
				next_at = CASE WHEN job_cron.spec = excluded.spec AND job_cron.tz = excluded.tz
					THEN job_cron.next_at ELSE excluded.next_at END`,
				s.name, s.kind, s.spec, s.tz, s.next(b.o.Now()))
			if err != nil {
				return fault.Wrap(fault.Unavailable, err, "无法登记定时任务（%s）。", name)
			}
		}
		return nil
	})
}

// never is the next time of a spec that matches no date, such as 30 February.
const never = 1<<62 - 1

func (s schedule) next(after time.Time) int64 {
	if at := s.parsed.Next(after); !at.IsZero() {
		return at.UnixMilli()
	}
	return never
}

// fire enqueues the job of every due cron. When several processes do this at the same time, only the one whose UPDATE
// finds the old time enqueues the job.
func (b *Board) fire(ctx context.Context) error {
	if len(b.crons) == 0 {
		return nil
	}
	var due []struct {
		Name   string
		NextAt int64
	}
	names := slices.Sorted(maps.Keys(b.crons))
	err := b.db.Read().NewRaw(
		"SELECT name, next_at FROM job_cron WHERE next_at <= ? AND name IN (?) ORDER BY next_at, name",
		b.now(), bun.List(names)).Scan(ctx, &due)
	if err != nil {
		return err
	}
	for _, d := range due {
		if err := b.fireOne(ctx, b.crons[d.Name], d.NextAt); err != nil {
			return err
		}
	}
	return nil
}

func (b *Board) fireOne(ctx context.Context, s schedule, at int64) error {
	args, err := json.Marshal(map[string]any{"cron": s.name, "at": at})
	if err != nil {
		return err
	}
	return b.db.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
		res, err := tx.ExecContext(ctx, "UPDATE job_cron SET next_at = ? WHERE name = ? AND next_at = ?",
			s.next(b.o.Now()), s.name, at)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return b.Enqueue(ctx, tx, Job{Kind: s.kind, Args: args, UniqueKey: "cron/" + s.name})
	})
}
