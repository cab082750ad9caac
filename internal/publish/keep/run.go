package keep

import (
	"context"
	"errors"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/publish/ledger"
)

// Compact is the permission to remove what the policy no longer keeps.
const Compact actor.Permission = "publish.compact"

// Job is the kind of job that keeps all sites within the policy.
const Job = "publish.compact"

// sweepAge is how old an unfinished write must be to count as interrupted.
const sweepAge = 24 * time.Hour

// Run keeps sites within the policy: all when none is named. With dry it only reports.
// A site that fails does not keep the others.
func (k *Keeper) Run(ctx context.Context, dry bool, sites ...int64) (out []Report, err error) {
	defer fault.Annotate(&err, "keep.Run")
	if len(sites) == 0 {
		all, err := ledger.Sites(ctx, k.DB.Read())
		if err != nil {
			return nil, err
		}
		for _, s := range all {
			sites = append(sites, s.SiteID)
		}
	}
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, id := range sites {
		if err := by.Check(Compact, actor.At(id)); err != nil {
			return out, err
		}
		r, err := k.Site(ctx, id, dry)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if r.Newest > 0 {
			out = append(out, r)
		}
	}
	if !dry {
		_, err := k.Blobs.Sweep(ctx, sweepAge)
		failed = append(failed, err)
	}
	return out, errors.Join(failed...)
}

// Schedule runs it at the times of a cron spec, in one of the processes that work.
func (k *Keeper) Schedule(board *jobs.Board, spec string) {
	board.Handle(Job, func(ctx context.Context, _ []jobs.Job) error {
		reports, err := k.Run(ctx, false)
		for _, r := range reports {
			if r.Removed > 0 || r.Repacked > 0 || r.Held != "" {
				k.Log.InfoContext(ctx, "compacted", "site", r.Site, "oldest", r.Oldest, "packs", r.Packs, "removed",
					r.Removed, "freed", r.Freed,
					"repacked", r.Repacked, "moved", r.Moved, "held", r.Held)
			}
		}
		return err
	}, jobs.HandleOptions{Queue: "publish", MaxAttempts: 3, Permissions: []actor.Permission{Compact}})
	board.Cron(Job, spec, "", Job)
}
