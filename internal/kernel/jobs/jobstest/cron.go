package jobstest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"guiyi/internal/kernel/jobs"
)

func testCron(t *testing.T, e *env) {
	fired, watcher := make(chan jobs.Job, 100), e.board()
	var stops []func() error
	for range 2 { // two processes with the same crons
		b := e.board()
		b.Handle("k", func(_ context.Context, batch []jobs.Job) error {
			for _, j := range batch {
				fired <- j
			}
			return nil
		}, jobs.HandleOptions{})
		b.Cron("nightly", "30 2 * * *", "", "k")
		b.Cron("never", "0 0 30 2 *", "Asia/Shanghai", "k")
		stops = append(stops, run(t, b))
	}
	planned := func() (at int64) {
		_ = e.db.Read().QueryRowContext(t.Context(), "SELECT next_at FROM job_cron WHERE name = 'nightly'").Scan(&at)
		return at
	}
	eventually(t, func() bool { return planned() != 0 })
	first := planned()
	if hm := time.UnixMilli(first).In(time.FixedZone("", 8*3600)).Format("15:04"); hm != "02:30" {
		t.Errorf("planned for %s in Shanghai", hm)
	}
	for range 2 {
		at := planned()
		e.clock.Forward(72 * time.Hour) // three missed times: one job
		j := await(t, fired)
		var args struct {
			Cron string
			At   int64
		}
		must(t, json.Unmarshal(j.Args, &args))
		if args.Cron != "nightly" || args.At != at {
			t.Errorf("args = %s, planned for %d", j.Args, at)
		}
		// The clock must not jump past the lease of a job that is being settled.
		eventually(t, func() bool { return len(e.list(t, watcher, "")) == 0 })
	}
	for _, stop := range stops {
		must(t, stop())
	}
	if len(fired) != 0 {
		t.Errorf("%d jobs too many", len(fired))
	}
	testCronChanged(t, e, planned)
}

// testCronChanged checks that the planned time stays after a restart, and that a new spec gets a new time.
func testCronChanged(t *testing.T, e *env, planned func() int64) {
	before := planned()
	for _, tc := range []struct {
		spec string
		same bool
	}{{"30 2 * * *", true}, {"45 3 * * *", false}} {
		b, up := e.board(), make(chan struct{})
		b.Handle("up", func(context.Context, []jobs.Job) error {
			close(up)
			return nil
		}, jobs.HandleOptions{})
		b.Cron("nightly", tc.spec, "", "k")
		e.enqueue(t, b, jobs.Job{Kind: "up"})
		stop := run(t, b)
		await(t, up) // the crons are planned before the first job runs
		must(t, stop())
		if same := planned() == before; same != tc.same {
			t.Errorf("spec %q: planned time kept = %v", tc.spec, same)
		}
	}
}

func testCronWrong(t *testing.T, e *env) {
	for name, register := range map[string]func(*jobs.Board){
		"spec":    func(b *jobs.Board) { b.Cron("c", "61 * * * *", "", "k") },
		"seconds": func(b *jobs.Board) { b.Cron("c", "* * * * * *", "", "k") },
		"zone":    func(b *jobs.Board) { b.Cron("c", "@daily", "Mars/Olympus", "k") },
		"name":    func(b *jobs.Board) { b.Cron("", "@daily", "", "k") },
		"kind":    func(b *jobs.Board) { b.Cron("c", "@daily", "", "") },
	} {
		b := e.board()
		register(b)
		if err := b.Run(t.Context()); err == nil {
			t.Errorf("wrong %s: no error", name)
		}
	}
}
