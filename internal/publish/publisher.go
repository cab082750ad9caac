package publish

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/compress"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/pagination"
	"guiyi/internal/publish/render"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// JobPlan is the kind of job that turns events into published revisions.
const JobPlan = "publish.plan"

// PlanLease is the duration of the lease on jobs that publish. A running process renews it; when a process was killed,
// another one takes over after this time.
const PlanLease = 10 * time.Second

// planBatch is the maximum number of events that one call of the job handles. They become one revision of each site.
const planBatch = 500

// Announcer sends a new head to the edges. It must not block for long. After an error the caller does not retry: a
// periodic task compares the heads of the ledger (Heads) with those on the bus.
type Announcer interface {
	Announce(ctx context.Context, h manifest.Head) error
}

// Options are the dependencies of a Publisher.
type Options struct {
	DB        *store.DB
	Blobs     *blob.Store
	Board     *jobs.Board
	Sites     *site.Register
	Published *published.Reader
	Themes    render.Themes
	Signer    crypto.Signer // nil in a process that makes no revisions
	Ring      *crypto.Ring  // all keys that signed heads in the ledger, including the key of Signer
	Announcer Announcer
	Observe   func(Result) // called after every build, for metrics; may be nil
	Now       func() time.Time
	Log       *slog.Logger
}

// Publisher makes revisions of sites. It is safe for concurrent use, also by several processes.
type Publisher struct {
	Options
	compressor *compress.Compressor
	nodes      *nodeCache

	mu    sync.Mutex
	locks map[int64]*sync.Mutex // one build of a site at a time in this process
}

// New returns a publisher and subscribes it to the events that change pages.
func New(o Options) *Publisher {
	p := &Publisher{
		Options:    o,
		compressor: compress.New(),
		nodes:      newNodeCache(o.Blobs),
		locks:      map[int64]*sync.Mutex{},
	}
	o.Board.Handle(JobPlan, p.handle, jobs.HandleOptions{Queue: "publish", Batch: planBatch, Lease: PlanLease,
		Permissions: []actor.Permission{Run}})
	o.Board.Subscribe(resource.Changed, JobPlan)
	o.Board.Subscribe(site.Changed, JobPlan)
	return p
}

func (p *Publisher) lock(site int64) func() {
	p.mu.Lock()
	m := p.locks[site]
	if m == nil {
		m = &sync.Mutex{}
		p.locks[site] = m
	}
	p.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// handle plans a batch of events and builds every site they affect. A site that cannot be built does not block the
// others.
func (p *Publisher) handle(ctx context.Context, batch []jobs.Job) (err error) {
	defer fault.Annotate(&err, "publish.plan(%d events)", len(batch))
	changes, whole, err := decode(batch)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range whole {
		failed = append(failed, p.publishState(ctx, id))
	}
	marks, err := p.markPages(ctx, func(pl *planner) error { return pl.events(ctx, changes, whole) })
	if err != nil {
		return errors.Join(append(failed, err)...)
	}
	for _, m := range marks {
		if err := p.publishWithdrawals(ctx, m.site, changes); err != nil {
			failed = append(failed, err)
			continue
		}
		if _, err := p.build(ctx, m.site, m.whole); err != nil {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

func decode(batch []jobs.Job) (changes []resource.Change, whole []int64, err error) {
	for _, j := range batch {
		switch j.Event {
		case resource.Changed:
			var ev resource.ChangedEvent
			if err := j.Decode(&ev); err != nil {
				return nil, nil, err
			}
			changes = append(changes, ev.Items...)
		case site.Changed:
			var ev site.ChangedEvent
			if err := j.Decode(&ev); err != nil {
				return nil, nil, err
			}
			if !slices.Contains(whole, ev.Site) {
				whole = append(whole, ev.Site)
			}
		}
	}
	return changes, whole, nil
}

// markPages runs plan in a transaction and stores the marks.
func (p *Publisher) markPages(ctx context.Context, plan func(*planner) error) (marks []marked, err error) {
	err = p.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		marks, err = p.markPagesTx(ctx, tx, plan)
		return err
	})
	return marks, err
}

func (p *Publisher) markPagesTx(ctx context.Context, tx bun.Tx, plan func(*planner) error) ([]marked, error) {
	pl := &planner{tx: tx, pub: p.Published, reg: p.Sites, sites: map[int64]*plannedSite{}}
	if err := plan(pl); err != nil {
		return nil, err
	}
	return pl.save(ctx)
}

// markAll marks every page of a site and returns the sequence number of the marks, or 0 if the site does not exist.
func (p *Publisher) markAll(ctx context.Context, id int64) (seq int64, err error) {
	marks, err := p.markPages(ctx, func(pl *planner) error { return pl.markSiteByID(ctx, id) })
	if err != nil || len(marks) == 0 {
		return 0, err
	}
	return marks[0].whole, nil
}

// frame reads the data that all pages of a site share.
func (p *Publisher) frame(ctx context.Context, id int64) (*render.Frame, error) {
	return render.NewFrame(ctx, pagination.New(p.DB.Read(), false, p.Published, id), p.Sites, p.Published, p.Themes, id)
}

// BuildAll marks every page of a site and builds it, for example after a change of the theme or the loss of pages.
func (p *Publisher) BuildAll(ctx context.Context, id int64) (_ Result, err error) {
	defer fault.Annotate(&err, "publish.BuildAll(%d)", id)
	seq, err := p.markAll(ctx, id)
	if err != nil {
		return Result{}, err
	}
	return p.build(ctx, id, seq)
}

// Heads returns the newest head of every published site.
func (p *Publisher) Heads(ctx context.Context) ([]manifest.Head, error) {
	return ledger.Reader{DB: p.DB}.Heads(ctx)
}
