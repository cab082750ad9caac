package importjob

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/source"
	"guiyi/internal/exchange/source/crawl"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
)

// errCancelled ends the run of a cancelled job.
var errCancelled = errors.New("the import job was cancelled")

func (d *Desk) handle(ctx context.Context, batch []jobs.Job) error {
	for _, j := range batch {
		var id int64
		if err := j.Decode(&id); err != nil {
			return err
		}
		if err := d.execute(ctx, id, j.Attempt >= attempts); err != nil {
			return err
		}
	}
	return nil
}

// execute runs an import job. It returns a temporary error, so that the job is tried again, unless last is true.
func (d *Desk) execute(ctx context.Context, id int64, last bool) error {
	r, err := d.begin(ctx, id)
	if err != nil || r == nil {
		return err
	}
	report, err := d.runImport(ctx, r)
	if ctx.Err() != nil && !errors.Is(err, errCancelled) {
		return ctx.Err() // the process stops: another process will run the job
	}
	r.FinishedAt = d.Now().UnixMilli()
	switch kind := fault.KindOf(err); {
	case err == nil:
		r.State, r.Error = Done, ""
	case errors.Is(err, errCancelled):
		r.State, r.Error = Cancelled, ""
	case (kind == fault.Internal || kind == fault.Unavailable) && !last:
		r.State, r.Error, r.FinishedAt = Waiting, fault.Text(err), 0
	default:
		r.State, r.Error = Failed, fault.Text(err)
		d.Log.WarnContext(ctx, "import failed", "job", id, "err", err)
	}
	if report != nil {
		r.Run, r.Done = report.Run, int64(report.Inputs)
		report.Lines = nil // the job stores no lines; items and quarantine have the details
		text, merr := json.Marshal(report)
		if merr != nil {
			return merr
		}
		r.Report = string(text)
	}
	if serr := d.save(context.WithoutCancel(ctx), r); serr != nil {
		return serr
	}
	if r.State == Waiting {
		return err
	}
	return nil
}

// begin marks an import job as running. It returns nil when the job is already finished or cancelled.
func (d *Desk) begin(ctx context.Context, id int64) (out *jobRow, err error) {
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		out = nil
		r := &jobRow{}
		err := tx.NewSelect().Model(r).Where("id = ?", id).Scan(ctx)
		if store.NotFound(err) || err == nil && r.State.finished() {
			return nil
		}
		if err != nil {
			return err
		}
		if r.State == Cancelling { // its process was killed
			r.State, r.FinishedAt = Cancelled, d.Now().UnixMilli()
		} else {
			r.State, out = Running, r
			if r.StartedAt == 0 {
				r.StartedAt = d.Now().UnixMilli()
			}
		}
		_, err = tx.NewUpdate().Model(r).Column("state", "started_at", "finished_at").WherePK().Exec(ctx)
		return err
	})
	return out, err
}

// save stores the result of an import job. A job that finished although it was being cancelled is stored as done.
func (d *Desk) save(ctx context.Context, r *jobRow) error {
	return d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now := &jobRow{}
		if err := tx.NewSelect().Model(now).Column("state", "done").Where("id = ?", r.ID).Scan(ctx); err != nil {
			return err
		}
		// Done must not decrease: progress counts the inputs that were read, the report only those that were written.
		r.Done = max(r.Done, now.Done)
		if r.State == Waiting && now.State == Cancelling {
			r.State, r.FinishedAt = Cancelled, d.Now().UnixMilli()
		}
		_, err := tx.NewUpdate().Model(r).Column("state", "done", "run_id", "report", "error",
			"finished_at").WherePK().Exec(ctx)
		return err
	})
}

func (d *Desk) runImport(ctx context.Context, r *jobRow) (*exchange.Report, error) {
	ctx = actor.With(ctx, r.requester())
	s, err := d.Sites.ByID(ctx, r.Owner)
	if err != nil {
		return nil, err
	}
	o := exchange.Request{Name: r.Source, Site: s.Code, Column: r.Column, DryRun: r.DryRun}
	if r.Mapping != "" {
		if o.Mapping, err = exchange.ParseMapping([]byte(r.Mapping)); err != nil {
			return nil, err
		}
	}
	if o.Name == "" && (o.Mapping == nil || o.Mapping.Name == "") && r.Address == "" {
		o.Name = r.File // the default contains the name of the temporary folder, which differs in every run
	}
	dir, err := os.MkdirTemp("", "guiyi-import-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if o.Source, err = d.open(ctx, r, dir); err != nil {
		return nil, err
	}
	var done atomic.Int64
	o.Progress = func(n int) { done.Store(int64(n)) }
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		d.watch(ctx, r.ID, &done, cancel)
	}()
	report, err := d.Import.Run(ctx, o)
	cause := context.Cause(ctx)
	cancel(nil)
	<-stopped
	if errors.Is(cause, errCancelled) && err != nil {
		err = errCancelled
	}
	return report, err
}

// open returns the source of the job. It writes an uploaded file under its original name, because the names of sources
// and inputs come from the file name.
func (d *Desk) open(ctx context.Context, r *jobRow, dir string) (source.Source, error) {
	if r.Address != "" {
		return crawl.Open(r.Address, crawl.Options{MaxPages: r.MaxPages})
	}
	in, err := d.Blobs.Get(ctx, r.Hash)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	at := filepath.Join(dir, r.File)
	out, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Close()); err != nil {
		return nil, err
	}
	return exchange.OpenPath(at, d.Blobs)
}

// watch writes the progress of the run, and ends the run when its job is cancelled.
func (d *Desk) watch(ctx context.Context, id int64, done *atomic.Int64, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(d.Watch)
	defer tick.Stop()
	for last := int64(0); ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		r := &jobRow{}
		err := d.DB.Read().NewSelect().Model(r).Column("state").Where("id = ?", id).Scan(ctx)
		if err == nil && r.State == Cancelling {
			cancel(errCancelled)
			return
		}
		if n := done.Load(); err == nil && n != last {
			last = n
			err = d.DB.InTxReadCommitted(ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewUpdate().Model((*jobRow)(nil)).Set("done = ?", n).Where("id = ?", id).Exec(ctx)
				return err
			})
		}
		if err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "could not write the progress of an import", "job", id, "err", err)
		}
	}
}
