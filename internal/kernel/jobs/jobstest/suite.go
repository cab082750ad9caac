package jobstest

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// patience is the maximum time that the suite waits for an event.
const patience = 60 * time.Second

// Run runs the suite. fresh returns the URL of a new empty database; it is called for every test.
func Run(t *testing.T, fresh func(testing.TB) string) {
	for _, tc := range []struct {
		name string
		fn   func(*testing.T, *env)
	}{
		{"enqueue/commit and rollback", testTransaction},
		{"enqueue/wrong input", testWrongInput},
		{"enqueue/order and schedule", testOrder},
		{"enqueue/wake after commit", testWake},
		{"enqueue/trace", testTrace},
		{"unique/merged while waiting", testUniqueMerged},
		{"unique/one at a time", testUniqueOneAtATime},
		{"unique/race loses no update", testUniqueRace},
		{"event/one job per subscriber", testEventSubscribers},
		{"event/late one loses", testEventLate},
		{"event/late retry loses", testEventLateRetry},
		{"batch/grouped by kind", testBatch},
		{"batch/partial failure", testPartial},
		{"failure/retry then dead", testRetryThenDead},
		{"failure/panic", testPanic},
		{"failure/poison is isolated", testPoison},
		{"failure/permanent", testPermanent},
		{"failure/dead can be requeued and discarded", testDead},
		{"failure/hanging kind blocks no other", testHanging},
		{"observer/depth", testDepth},
		{"lease/heartbeat keeps it", testHeartbeat},
		{"lease/expired is taken over", testTakeOver},
		{"lease/late success of the first worker", testLateSuccess},
		{"lease/late failure of the first worker", testLateFailure},
		{"lease/attempts used up by crashes", testCrashesMakeDead},
		{"stop/running batch may finish", testStopFinishes},
		{"stop/unfinished jobs are released", testStopReleases},
		{"stop/drain ends with its context", testDrainCancelled},
		{"stop/stubborn handler", testStubborn},
		{"cron/fires once", testCron},
		{"cron/wrong spec", testCronWrong},
		{"many/two boards, thousands of jobs", testMany},
		{"process/two workers share the work", testProcesses},
		{"process/kill -9", testKill},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dsn := fresh(t)
			db := storetest.Open(t, dsn)
			if err := db.Migrate(t.Context(), jobs.Migrations(), tables()); err != nil {
				t.Fatal(err)
			}
			tc.fn(t, &env{dsn: dsn, db: db, clock: &clock{}})
		})
	}
}

// env is the environment of one test of the suite.
type env struct {
	dsn   string
	db    *store.DB
	clock *clock
}

// clock is the real time plus an offset set by the test.
type clock struct{ ahead atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) Forward(d time.Duration) { c.ahead.Add(int64(d)) }

// board returns a board with a short poll interval that logs nothing.
func (e *env) board(change ...func(*jobs.Options)) *jobs.Board {
	o := jobs.Options{Now: e.clock.Now, Poll: 10 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	for _, f := range change {
		f(&o)
	}
	return jobs.New(e.db, o)
}

// enqueue writes jobs in their own transaction.
func (e *env) enqueue(t *testing.T, b *jobs.Board, js ...jobs.Job) {
	t.Helper()
	must(t, e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return b.Enqueue(ctx, tx, js...) }))
}

// emit writes events in their own transaction.
func (e *env) emit(t *testing.T, b *jobs.Board, evs ...jobs.Event) {
	t.Helper()
	must(t, e.db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return b.Emit(ctx, tx, evs...) }))
}

// list returns the jobs in a state.
func (e *env) list(t *testing.T, b *jobs.Board, state string) []jobs.Record {
	t.Helper()
	out, err := b.List(t.Context(), jobs.Filter{State: state})
	must(t, err)
	return out
}

// run starts b.Run and returns a function that stops it. The end of the test also stops it.
func run(t *testing.T, b *jobs.Board) (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return await(t, done)
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// await returns the next value of ch.
func await[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

// eventually calls ok until it returns true.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain")
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// recorder is a handler that records the arguments of its jobs in order.
type recorder struct {
	mu   sync.Mutex
	args []string
}

func (r *recorder) handle(_ context.Context, batch []jobs.Job) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range batch {
		r.args = append(r.args, string(j.Args))
	}
	return nil
}

func (r *recorder) want(t *testing.T, want ...string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.args, want) {
		t.Errorf("handled %q, want %q", r.args, want)
	}
}

// job returns a job of kind with a string or number as argument.
func job(kind string, arg any) jobs.Job {
	b, _ := json.Marshal(arg) // strings and numbers always succeed
	return jobs.Job{Kind: kind, Args: b}
}
