package importjob

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/source/crawl"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/site"
)

// JobImport is the kind of the job that runs an import.
const JobImport = "exchange.import"

// JobExpire is the kind of the hourly job that deletes uploads older than KeepUploads.
const JobExpire = "exchange.expire"

// attempts is the number of attempts after which an import job fails.
const attempts = 5

// lease is the time after which another process may take over the job of a killed process. A running job renews its
// lease.
const lease = 15 * time.Second

// Options configure New.
type Options struct {
	DB     *store.DB
	Board  *jobs.Board
	Blobs  *blob.Store
	Import *exchange.Desk
	Sites  *site.Register
	Watch  time.Duration // interval of writing progress and checking for cancellation; default 1 s

	KeepUploads time.Duration // how long an upload can be imported; default 7 days
	Now         func() time.Time
	Log         *slog.Logger
}

// Desk accepts requests and runs them. Every call needs an actor.Actor whose scope includes the site.
type Desk struct{ Options }

// New returns a desk. It registers the job that runs imports and the one that deletes old uploads.
func New(o Options) *Desk {
	if o.Watch == 0 {
		o.Watch = time.Second
	}
	if o.KeepUploads == 0 {
		o.KeepUploads = 7 * 24 * time.Hour
	}
	d := &Desk{o}
	o.Board.Handle(JobImport, d.handle, jobs.HandleOptions{
		Queue:       "exchange",
		Parallel:    2,
		Lease:       lease,
		MaxAttempts: attempts,
		Permissions: []actor.Permission{exchange.Write},
	})
	o.Board.Handle(JobExpire, func(ctx context.Context, _ []jobs.Job) error { return d.expire(ctx) },
		jobs.HandleOptions{Permissions: []actor.Permission{jobs.Maintain}})
	o.Board.Cron(JobExpire, "23 * * * *", "", JobExpire)
	return d
}

// State is the state of an import job.
type State string

// The states of an import job.
const (
	Waiting    State = "waiting"
	Running    State = "running"
	Cancelling State = "cancelling"
	Done       State = "done"
	Failed     State = "failed"
	Cancelled  State = "cancelled"
)

// Request describes an import of an uploaded file or of an address.
type Request struct {
	Site     int64
	Upload   int64  // ID of the upload, 0 for an address
	Address  string // http(s), of a page, feed or site map
	MaxPages int    // of a crawl, 0 for the default
	Source   string // name of the source in provenance; "" for the file name or host
	Column   string // path
	Mapping  string // YAML of exchange.Mapping, for tables with other column names
	DryRun   bool
}

// Job is a requested import. Times are unix milliseconds.
type Job struct {
	ID, Owner                        int64
	Actor                            string
	State                            State
	Source, Column, File, Address    string
	DryRun                           bool
	Done                             int64 // inputs read so far
	Run                              int64 // ID of the run; the inputs that it put into quarantine refer to it
	Report                           *exchange.Report
	Error                            string
	CreatedAt, StartedAt, FinishedAt int64
}

// Create requests an import. It returns the job, which waits.
func (d *Desk) Create(ctx context.Context, w Request) (_ *Job, err error) {
	defer fault.Annotate(&err, "importjob.Create(site %d)", w.Site)
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	if err := by.Check(exchange.Write, actor.At(w.Site)); err != nil {
		return nil, err
	}
	r := &jobRow{
		ID:        store.NewID(),
		Owner:     w.Site,
		Actor:     by.String(),
		Scope:     scopeOf(by),
		State:     Waiting,
		Source:    w.Source,
		Column:    w.Column,
		Mapping:   w.Mapping,
		DryRun:    w.DryRun,
		Address:   w.Address,
		MaxPages:  w.MaxPages,
		Report:    "{}",
		CreatedAt: d.Now().UnixMilli(),
	}
	if err := d.check(ctx, w, r); err != nil {
		return nil, err
	}
	args, err := json.Marshal(r.ID)
	if err != nil {
		return nil, err
	}
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(r).Exec(ctx); err != nil {
			return err
		}
		if err := audit.Append(ctx, tx, audit.Entry{
			Action: exchange.Write,
			Object: "import",
			ID:     r.ID,
			Owner:  r.Owner,
			Detail: "安排导入，来源 " + r.Source,
		}); err != nil {
			return err
		}
		return d.Board.Enqueue(ctx, tx, jobs.Job{Kind: JobImport, Args: args, UniqueKey: string(args)})
	})
	return r.job(), err
}

// check refuses a request that cannot succeed, and sets the file of r.
func (d *Desk) check(ctx context.Context, w Request, r *jobRow) error {
	if (w.Upload == 0) == (w.Address == "") {
		return fault.New(fault.Invalid, "请给出上传的文件（upload）或网址（address），二者选一")
	}
	if w.Mapping != "" {
		if _, err := exchange.ParseMapping([]byte(w.Mapping)); err != nil {
			return err
		}
	}
	if w.Column != "" {
		tree, err := d.Sites.Columns(ctx, w.Site)
		if err != nil {
			return err
		}
		if c := tree.Path(w.Column); c == nil || c.Retired {
			return fault.New(fault.Invalid, "站点没有栏目 %s，请先建立或改正路径", w.Column)
		}
	}
	if w.Address != "" {
		_, err := crawl.Open(w.Address, crawl.Options{MaxPages: w.MaxPages})
		return err
	}
	up := &uploadRow{}
	err := d.DB.Read().NewSelect().Model(up).Where("id = ? AND owner = ?", w.Upload, w.Site).Scan(ctx)
	if store.NotFound(err) {
		return fault.New(fault.NotFound, "这个站点没有编号为 %d 的上传文件，或已过期，请重新上传", w.Upload)
	}
	r.File, r.Hash = up.Name, up.Hash
	return err
}

// Get returns an import job.
func (d *Desk) Get(ctx context.Context, id int64) (*Job, error) {
	r, err := d.get(ctx, d.DB.Read(), id, exchange.Read, exchange.Write)
	if err != nil {
		return nil, err
	}
	return r.job(), nil
}

func (d *Desk) get(ctx context.Context, db bun.IDB, id int64, p ...actor.Permission) (*jobRow, error) {
	by, err := actor.Allowed(ctx, p...)
	if err != nil {
		return nil, err
	}
	r := &jobRow{}
	err = by.Scope.Where(db.NewSelect().Model(r), "owner").Where("id = ?", id).Scan(ctx)
	if store.NotFound(err) {
		return nil, fault.New(fault.NotFound, "没有编号为 %d 的导入任务，或您没有它的权限", id)
	}
	return r, err
}

// List returns the jobs of a site, or with site 0 of all sites in the caller's scope, newest first. It returns only
// jobs whose ID is less than belowID, unless belowID is 0.
func (d *Desk) List(ctx context.Context, site, belowID int64, limit int) ([]*Job, error) {
	by, err := actor.Allowed(ctx, exchange.Read)
	if err != nil {
		return nil, err
	}
	var rows []*jobRow
	q := by.Scope.Where(d.DB.Read().NewSelect().Model(&rows), "owner").Order("id DESC").Limit(int64(limit))
	if site != 0 {
		q = q.Where("owner = ?", site)
	}
	if belowID != 0 {
		q = q.Where("id < ?", belowID)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, err
	}
	out := make([]*Job, len(rows))
	for i, r := range rows {
		out[i] = r.job()
	}
	return out, nil
}

// Cancel cancels an import job: a waiting one at once, a running one soon.
func (d *Desk) Cancel(ctx context.Context, id int64) (_ *Job, err error) {
	defer fault.Annotate(&err, "importjob.Cancel(%d)", id)
	by, err := actor.From(ctx)
	if err != nil {
		return nil, err
	}
	var out *Job
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := d.get(ctx, tx, id, exchange.Write)
		if err != nil {
			return err
		}
		if err := by.Check(exchange.Write, actor.At(r.Owner)); err != nil { // a job belongs to the whole site
			return err
		}
		switch r.State {
		case Waiting:
			r.State, r.FinishedAt = Cancelled, d.Now().UnixMilli()
		case Running:
			r.State = Cancelling
		case Cancelling, Cancelled:
		default:
			return fault.New(fault.Conflict, "导入任务 %d 已经结束，不能取消", id)
		}
		out = r.job()
		if _, err = tx.NewUpdate().Model(r).Column("state", "finished_at").WherePK().Exec(ctx); err != nil {
			return err
		}
		return audit.Append(ctx, tx, audit.Entry{
			Action: exchange.Write,
			Object: "import",
			ID:     id,
			Owner:  r.Owner,
			Detail: "取消导入",
		})
	})
	return out, err
}

// Quarantine returns the inputs that the run of an import job put into quarantine, sorted by external ID. It returns
// only those whose external ID is greater than aboveID.
func (d *Desk) Quarantine(ctx context.Context, id int64, aboveID string,
	limit int) ([]exchange.QuarantinedInput, error) {
	r, err := d.get(ctx, d.DB.Read(), id, exchange.Read, exchange.Write)
	if err != nil || r.Run == 0 {
		return nil, err
	}
	return d.Import.QuarantinedBy(ctx, r.Owner, r.Run, aboveID, limit)
}

// finished reports whether a job in this state will not change any more.
func (s State) finished() bool { return slices.Contains([]State{Done, Failed, Cancelled}, s) }
