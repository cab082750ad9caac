package control

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// JobBuild is the kind of the job for a build that a user requested.
const JobBuild = "publish.build"

// Desk checks permissions and calls the publisher.
type Desk struct {
	db    *store.DB
	board *jobs.Board
	pub   *publish.Publisher
}

// New returns a desk and registers the handler of JobBuild.
func New(db *store.DB, board *jobs.Board, pub *publish.Publisher) *Desk {
	d := &Desk{db: db, board: board, pub: pub}
	board.Handle(JobBuild, d.build, jobs.HandleOptions{Queue: "publish", Lease: publish.PlanLease,
		Permissions: []actor.Permission{publish.Run}})
	return d
}

// allowed checks that the actor has one of the permissions and that its scope includes the site. A site outside the
// scope gives fault.NotFound, so that its existence is not disclosed.
func allowed(ctx context.Context, site int64, p ...actor.Permission) error {
	by, err := actor.Allowed(ctx, p...)
	if err != nil {
		return err
	}
	if !by.Scope.Allows(site) {
		return fault.New(fault.NotFound, "没有这个站点，或您没有它的权限")
	}
	return nil
}

// changing is allowed for what changes a site as a whole, which no limit to a branch or unit includes.
func changing(ctx context.Context, site int64, p actor.Permission) error {
	if err := allowed(ctx, site, p); err != nil {
		return err
	}
	by, err := actor.From(ctx)
	if err != nil {
		return err
	}
	return by.Check(p, actor.At(site))
}

// buildRequest is the argument of JobBuild.
type buildRequest struct {
	Site int64 `json:"site"`
	Full bool  `json:"full"`
}

// RequestBuild enqueues a build of the marked pages, or of every page if full is set. It has no effect while an equal
// request is waiting.
func (d *Desk) RequestBuild(ctx context.Context, site int64, full bool) (err error) {
	defer fault.Annotate(&err, "control.RequestBuild(%d)", site)
	if err := changing(ctx, site, publish.Run); err != nil {
		return err
	}
	args, err := json.Marshal(buildRequest{site, full})
	if err != nil {
		return err
	}
	return d.db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := audit.Append(ctx, tx, audit.Entry{
			Action: publish.Run,
			Object: "site",
			ID:     site,
			Owner:  site,
			Detail: fmt.Sprintf("要求发布，全部重新生成 %t", full),
		}); err != nil {
			return err
		}
		return d.board.Enqueue(ctx, tx, jobs.Job{Kind: JobBuild, Args: args,
			UniqueKey: fmt.Sprintf("%d/%t", site, full)})
	})
}

func (d *Desk) build(ctx context.Context, batch []jobs.Job) error {
	for _, j := range batch {
		var o buildRequest
		if err := j.Decode(&o); err != nil {
			return err
		}
		run := d.pub.Build
		if o.Full {
			run = d.pub.BuildAll
		}
		if _, err := run(ctx, o.Site); err != nil {
			return err
		}
	}
	return nil
}

// Status is the publishing status of a site.
type Status struct {
	publish.Status
	Oldest int64 // oldest revision that can be rolled back to
	Busy   bool  // a publishing job of any site is waiting or running
}

// Status returns the publishing status of a site.
func (d *Desk) Status(ctx context.Context, site int64) (s Status, err error) {
	if err := allowed(ctx, site, publish.ReadState, publish.Run, publish.RollBack); err != nil {
		return s, err
	}
	if s.Status, err = d.pub.Status(ctx, site); err != nil {
		return s, err
	}
	if s.Oldest, err = d.pub.Oldest(ctx, site); err != nil {
		return s, err
	}
	depths, err := d.board.Depths(ctx)
	for _, one := range depths {
		if (one.Kind == publish.JobPlan || one.Kind == JobBuild) && one.Waiting+one.Running > 0 {
			s.Busy = true
		}
	}
	return s, err
}

// Revisions returns at most limit heads with revisions below before (0: no bound), newest first.
func (d *Desk) Revisions(ctx context.Context, site, before int64, limit int) ([]manifest.Head, error) {
	if err := allowed(ctx, site, publish.ReadState); err != nil {
		return nil, err
	}
	return ledger.Before(ctx, d.db.Read(), site, before, limit)
}

// VerifyLedger checks all heads of a site. The error describes the first invalid head; the report says how many heads
// before it are valid.
func (d *Desk) VerifyLedger(ctx context.Context, site int64) (manifest.LedgerReport, error) {
	if err := allowed(ctx, site, publish.ReadState); err != nil {
		return manifest.LedgerReport{}, err
	}
	return d.pub.VerifyLedger(ctx, site)
}

// Rollback pins a site to an older revision; see publish.Publisher.Rollback.
func (d *Desk) Rollback(ctx context.Context, site, revision int64, reason string) (publish.Result, error) {
	if err := changing(ctx, site, publish.RollBack); err != nil {
		return publish.Result{}, err
	}
	return d.pub.Rollback(ctx, site, revision, reason)
}

// Resume unpins a site; see publish.Publisher.Resume.
func (d *Desk) Resume(ctx context.Context, site int64) (publish.Result, error) {
	if err := changing(ctx, site, publish.RollBack); err != nil {
		return publish.Result{}, err
	}
	return d.pub.Resume(ctx, site)
}
