package jobs

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"guiyi/internal/kernel/actor"
	"io/fs"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	"guiyi/internal/kernel/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Migrations returns the migrations of this package.
func Migrations() store.Migrations {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // impossible: the name is a constant
	}
	return store.Migrations{Slice: "job", FS: sub}
}

// Options of a Board. A zero value means the default.
type Options struct {
	Worker   string           // name of this process in job_task; default host name and process id
	Now      func() time.Time // default time.Now
	Wake     func()           // notifies other processes of new jobs, after the commit; default none
	Poll     time.Duration    // interval at which runners look for due jobs without a wake-up; default 500 ms
	Grace    time.Duration    // time that running batches get after the ctx of Run has ended; default 20 s
	Abandon  time.Duration    // time that handlers get to return after their ctx was canceled; default 20 s
	Observer Observer         // default none
	Log      *slog.Logger     // default slog.Default()
}

// Board enqueues and processes jobs of a database in one process. Call Handle, Subscribe and Cron before the first Run,
// Drain or Emit.
type Board struct {
	db          *store.DB
	o           Options
	kinds       map[string]*handler
	subscribers map[string][]string // event → kinds
	crons       map[string]schedule
	invalid     error // errors of Handle and Cron; Run and Drain return them
}

// handler is a registered kind.
type handler struct {
	HandleOptions
	kind string
	do   Handler
	wake []chan struct{} // one per parallel runner
}

// actor returns the actor in the context of the handler.
func (h *handler) actor() actor.Actor {
	return actor.Actor{
		Kind:        actor.System,
		ID:          "job:" + h.kind,
		Name:        h.kind,
		Permissions: h.Permissions,
		Scope:       actor.Scope{All: true},
	}
}

// Permissions returns the permissions of the registered handlers by kind, including kinds without permissions.
func (b *Board) Permissions() map[string][]actor.Permission {
	out := map[string][]actor.Permission{}
	for kind, h := range b.kinds {
		out[kind] = h.Permissions
	}
	return out
}

type schedule struct {
	name, spec, tz, kind string
	parsed               cron.Schedule
}

// New returns a board for a database with the tables of Migrations.
func New(db *store.DB, o Options) *Board {
	if o.Worker == "" {
		host, _ := os.Hostname() // only for display: an error does not matter
		o.Worker = fmt.Sprintf("%s/%d", host, os.Getpid())
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Observer == nil {
		o.Observer = noObserver{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	o.Poll = cmp.Or(o.Poll, 500*time.Millisecond)
	o.Grace = cmp.Or(o.Grace, 20*time.Second)
	o.Abandon = cmp.Or(o.Abandon, 20*time.Second)
	return &Board{
		db:          db,
		o:           o,
		kinds:       map[string]*handler{},
		subscribers: map[string][]string{},
		crons:       map[string]schedule{},
	}
}

// Handle registers the handler of a kind.
func (b *Board) Handle(kind string, h Handler, o HandleOptions) {
	if kind == "" || h == nil || b.kinds[kind] != nil {
		b.invalid = errors.Join(b.invalid, fmt.Errorf("jobs: kind %q has no name, no handler or two handlers", kind))
		return
	}
	o.Queue = cmp.Or(o.Queue, DefaultQueue)
	o.Batch = max(o.Batch, 1)
	o.Parallel = max(o.Parallel, 1)
	o.Lease = cmp.Or(o.Lease, time.Minute)
	if o.MaxAttempts < 1 {
		o.MaxAttempts = 12
	}
	if o.Backoff == nil {
		o.Backoff = doubling
	}
	reg := &handler{HandleOptions: o, kind: kind, do: h}
	for range o.Parallel {
		reg.wake = append(reg.wake, make(chan struct{}, 1))
	}
	b.kinds[kind] = reg
}

// Subscribe makes Emit enqueue a job of kind for every event of that name. Call it in each process that emits the
// event; the handler may be in another process.
func (b *Board) Subscribe(event, kind string) {
	if !slices.Contains(b.subscribers[event], kind) {
		b.subscribers[event] = append(b.subscribers[event], kind)
	}
}

// Cron enqueues a job of kind at the times of spec: five cron fields, or a descriptor such as @daily. tz is the time
// zone; "" means Asia/Shanghai. Several processes enqueue the job only once. If several times pass while no process
// runs, one job is enqueued. Its Args are {"cron":name,"at":unix ms}.
func (b *Board) Cron(name, spec, tz, kind string) {
	tz = cmp.Or(tz, "Asia/Shanghai")
	parsed, err := cron.ParseStandard("CRON_TZ=" + tz + " " + spec)
	if err != nil || name == "" || kind == "" {
		b.invalid = errors.Join(b.invalid,
			fmt.Errorf("jobs: cron %q for kind %q, spec %q in %q: %w", name, kind, spec, tz, err))
		return
	}
	b.crons[name] = schedule{
		name:   name,
		spec:   spec,
		tz:     tz,
		kind:   kind,
		parsed: parsed,
	}
}

// Wake wakes the runners of a queue in this process. DefaultQueue wakes all runners.
func (b *Board) Wake(queue string) {
	for _, h := range b.kinds {
		if queue != DefaultQueue && h.Queue != queue {
			continue
		}
		for _, wake := range h.wake {
			select {
			case wake <- struct{}{}:
			default: // already woken
			}
		}
	}
}

func (b *Board) now() int64 { return b.o.Now().UnixMilli() }

func (b *Board) handled() []string { return slices.Sorted(maps.Keys(b.kinds)) }

// doubling returns 2 s, 4 s, 8 s … 1 h, ±25 % so that jobs that failed together are not retried together.
func doubling(attempt int) time.Duration {
	pause := time.Hour
	if attempt < 12 {
		pause = min(pause, time.Second<<attempt)
	}
	return jitter(pause)
}

// jitter returns a random duration between 75 % and 125 % of d.
func jitter(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}

// noObserver ignores all numbers.
type noObserver struct{}

func (noObserver) Batch(string, int, int, int, time.Duration) {}
func (noObserver) Depth(Depth)                                {}

// persist retries f, because the database may be failing over. It returns the last error of f when ctx ends or the
// board's clock reaches until (unix ms).
func (b *Board) persist(ctx context.Context, until int64, f func(context.Context) error) error {
	for {
		err := f(ctx)
		if err == nil || b.now() >= until {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(jitter(b.o.Poll)):
		}
	}
}
