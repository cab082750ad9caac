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

// Migrations returns the tables of this package.
func Migrations() store.Migrations {
	sub, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err) // impossible: the name is a constant
	}
	return store.Migrations{Slice: "job", FS: sub}
}

// Options of a Board. Zero values mean the default.
type Options struct {
	Worker   string           // name in the table; default: host and process id
	Now      func() time.Time // time.Now
	Wake     func()           // notifies other processes of new work, after the commit
	Poll     time.Duration    // fallback when no wake-up comes; 500 ms
	Grace    time.Duration    // how long running batches may continue when the ctx of Run ends; 20 s
	Abandon  time.Duration    // how long after that Run waits for handlers that ignore their ctx; 20 s
	Observer Observer         // nil = none
	Log      *slog.Logger     // slog.Default()
}

// Board is one process's view of the jobs in a database. Register everything
// (Handle, Subscribe, Cron) before the first Run, Drain or Emit.
type Board struct {
	db          *store.DB
	o           Options
	kinds       map[string]*handler
	subscribers map[string][]string // event → kinds
	crons       map[string]schedule
	wrong       error // error of the registration, returned by Run and Drain
}

// handler is a registered kind.
type handler struct {
	HandleOptions
	kind string
	do   Handler
	wake []chan struct{} // one per parallel runner
}

// actor is the actor in the context of the handler.
func (h *handler) actor() actor.Actor {
	return actor.Actor{
		Kind:        actor.System,
		ID:          "job:" + h.kind,
		Name:        h.kind,
		Permissions: h.Permissions,
		Scope:       actor.Scope{All: true},
	}
}

// Permissions returns the permissions that the handlers of the registered kinds have, by kind. Kinds without any are
// included.
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

// New makes a board on a database migrated by Migrations.
func New(db *store.DB, o Options) *Board {
	if o.Worker == "" {
		host, _ := os.Hostname() // the name is only informative
		o.Worker = fmt.Sprintf("%s/%d", host, os.Getpid())
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wake == nil {
		o.Wake = func() {}
	}
	if o.Observer == nil {
		o.Observer = nobody{}
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
		b.wrong = errors.Join(b.wrong, fmt.Errorf("jobs: kind %q has no name, no handler, or two", kind))
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

// Subscribe creates a job of kind for every event of that name. It must be called in the process that emits; the
// handler may be in another.
func (b *Board) Subscribe(event, kind string) {
	if !slices.Contains(b.subscribers[event], kind) {
		b.subscribers[event] = append(b.subscribers[event], kind)
	}
}

// Cron creates a job of kind at the times of spec (five fields, or @daily and the like) in the time zone tz ("" =
// Asia/Shanghai). With several processes the job is created once. All times missed while no process ran give one job.
// Its Args are {"cron":name,"at":unix ms}.
func (b *Board) Cron(name, spec, tz, kind string) {
	tz = cmp.Or(tz, "Asia/Shanghai")
	parsed, err := cron.ParseStandard("CRON_TZ=" + tz + " " + spec)
	if err != nil || name == "" || kind == "" {
		b.wrong = errors.Join(b.wrong, fmt.Errorf("jobs: cron %q for %q, spec %q in %q: %w", name, kind, spec, tz, err))
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

// Wake wakes the runners of a queue in this process; DefaultQueue wakes all.
func (b *Board) Wake(queue string) {
	for _, h := range b.kinds {
		if queue != DefaultQueue && h.Queue != queue {
			continue
		}
		for _, wake := range h.wake {
			select {
			case wake <- struct{}{}:
			default: // it has been woken already
			}
		}
	}
}

func (b *Board) now() int64 { return b.o.Now().UnixMilli() }

func (b *Board) handled() []string { return slices.Sorted(maps.Keys(b.kinds)) }

// doubling is 2 s, 4 s, 8 s … 1 h, each ±25 % so that failed jobs do not all come back at the same time.
func doubling(attempt int) time.Duration {
	pause := time.Hour
	if attempt < 12 {
		pause = min(pause, time.Second<<attempt)
	}
	return jitter(pause)
}

// jitter returns d ±25 %.
func jitter(d time.Duration) time.Duration {
	return d - d/4 + rand.N(d/2+1)
}

// nobody observes nothing.
type nobody struct{}

func (nobody) Batch(string, int, int, int, time.Duration) {}
func (nobody) Depth(Depth)                                {}

// persist retries a database step until it succeeds or until (unix milliseconds of this board's clock) is reached:
// the database may be failing over.
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
