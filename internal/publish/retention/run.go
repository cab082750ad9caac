package retention

import (
	"context"
	"errors"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/publish/ledger"
)

// Compact is the permission to remove the bytes of revisions that are not retained.
const Compact actor.Permission = "publish.compact"

// Job is the kind of the job that compacts all sites.
const Job = "publish.compact"

// sweepAge is the age from which an unfinished write of a blob counts as interrupted.
const sweepAge = 24 * time.Hour

// Run compacts the given sites, or all sites if none is given. A dry run only reports. A site that fails does not
// prevent the others from being compacted; its error is in the joined error.
func (c *Compactor) Run(ctx context.Context, dry bool, sites ...int64) (out []Report, err error) {
	defer fault.Annotate(&err, "retention.Run")
	if len(sites) == 0 {
		all, err := ledger.Sites(ctx, c.DB.Read())
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
		r, err := c.Site(ctx, id, dry)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if r.Newest > 0 {
			out = append(out, r)
		}
	}
	if !dry {
		_, err := c.Blobs.Sweep(ctx, sweepAge)
		failed = append(failed, err)
	}
	return out, errors.Join(failed...)
}

// Schedule registers the job and runs it at the times of a cron spec, in one worker process at a time.
func (c *Compactor) Schedule(board *jobs.Board, spec string) {
	board.Handle(Job, func(ctx context.Context, _ []jobs.Job) error {
		reports, err := c.Run(ctx, false)
		for _, r := range reports {
			if r.Removed > 0 || r.Repacked > 0 || r.Held != "" {
				c.Log.InfoContext(ctx, "compacted", "site", r.Site, "oldest", r.Oldest, "packs", r.Packs, "removed",
					r.Removed, "freed", r.Freed,
					"repacked", r.Repacked, "moved", r.Moved, "held", r.Held)
			}
		}
		return err
	}, jobs.HandleOptions{Queue: "publish", MaxAttempts: 3, Permissions: []actor.Permission{Compact}})
	board.Cron(Job, spec, "", Job)
}
