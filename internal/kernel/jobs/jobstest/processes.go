package jobstest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
)

// workerEnv holds the database URL of a worker process.
const workerEnv = "GUIYI_JOBSTEST_WORKER"

// killLease is the lease of the jobs in the kill test.
const killLease = 2 * time.Second

// tables returns the migrations of the suite's own tables.
func tables() store.Migrations {
	return store.Migrations{Slice: "jobstest", FS: fstest.MapFS{"001_test.sql": {Data: []byte(`-- +goose Up
CREATE TABLE jobstest_effect (arg TEXT PRIMARY KEY, runs BIGINT NOT NULL);
CREATE TABLE jobstest_number (n BIGINT NOT NULL);
INSERT INTO jobstest_number (n) VALUES (0);
`)}}}
}

// Main runs the tests. In a process started by startWorker it runs the worker instead.
func Main(m *testing.M) int {
	dsn := os.Getenv(workerEnv)
	if dsn == "" {
		return m.Run()
	}
	if err := worker(dsn); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// worker processes jobs until the process is killed. It prints "open" when it has opened the database, and "working N"
// in the middle of every batch.
func worker(dsn string) error {
	db, err := store.Open(context.Background(), dsn)
	if err != nil {
		return err
	}
	fmt.Println("open")
	b := jobs.New(db, jobs.Options{Poll: 10 * time.Millisecond})
	b.Handle("k", func(ctx context.Context, batch []jobs.Job) error {
		for i, j := range batch {
			if i == len(batch)/2 {
				fmt.Printf("working %d\n", i)
			}
			if err := effect(ctx, db, j); err != nil {
				return err
			}
		}
		return nil
	}, jobs.HandleOptions{Batch: 20, Lease: killLease})
	return b.Run(context.Background())
}

// effect stores the argument of a job and counts how often the job has run.
func effect(ctx context.Context, db *store.DB, j jobs.Job) error {
	return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO jobstest_effect (arg, runs) VALUES (?, 1)
			ON CONFLICT (arg) DO UPDATE SET runs = jobstest_effect.runs + 1`, string(j.Args))
		return err
	})
}

func (e *env) effects(t *testing.T) (distinct, runs int) {
	t.Helper()
	err := e.db.Read().QueryRowContext(t.Context(),
		"SELECT count(*), coalesce(sum(runs), 0) FROM jobstest_effect").Scan(&distinct, &runs)
	must(t, err)
	return distinct, runs
}

// testKill kills worker processes in the middle of a batch. Every job must run at least once. Only jobs leased by a
// killed process may run again.
func testKill(t *testing.T, e *env) {
	const n = 400
	b := e.board()
	list := make([]jobs.Job, n)
	for i := range list {
		list[i] = job("k", i)
	}
	e.enqueue(t, b, list...)
	kills := 0
	for kills < 2 || kills < 6 && len(e.list(t, b, "running")) == 0 { // a kill may fall between two batches
		killInTheMiddle(t, e.dsn)
		kills++
	}
	if held := e.list(t, b, "running"); len(held) == 0 {
		t.Error("the killed workers held no lease: the test tested nothing")
	}
	b.Handle("k", func(ctx context.Context, batch []jobs.Job) error {
		for _, j := range batch {
			if err := effect(ctx, e.db, j); err != nil {
				return err
			}
		}
		return nil
	}, jobs.HandleOptions{Batch: 50, Lease: killLease, Backoff: func(int) time.Duration { return 0 }})
	run(t, b)
	eventually(t, func() bool { return len(e.list(t, b, "")) == 0 })
	distinct, runs := e.effects(t)
	if distinct != n {
		t.Errorf("%d of %d jobs ran", distinct, n)
	}
	if runs > n+kills*20 {
		t.Errorf("%d runs of %d jobs: more than the killed batches ran again", runs, n)
	}
}

// startWorker starts a worker process and returns its output, line by line.
func startWorker(t *testing.T, dsn string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), workerEnv+"="+dsn)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	return cmd, bufio.NewScanner(out)
}

// awaitBatches reads the output until the worker is in the middle of its n-th batch.
func awaitBatches(lines *bufio.Scanner, n int) {
	for n > 0 && lines.Scan() {
		if strings.HasPrefix(lines.Text(), "working") {
			n--
		}
	}
}

// killInTheMiddle starts a worker process and kills it in its second batch.
func killInTheMiddle(t *testing.T, dsn string) {
	t.Helper()
	cmd, lines := startWorker(t, dsn)
	awaitBatches(lines, 2)
	kill(t, cmd)
}

// kill sends SIGKILL to exactly this process.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	must(t, cmd.Process.Kill())
	if err := cmd.Wait(); err == nil {
		t.Error("the worker ended by itself")
	}
}

// testProcesses starts two worker processes on one database. No process is killed, so each job must run once.
func testProcesses(t *testing.T, e *env) {
	const n = 400
	for range 2 {
		cmd, lines := startWorker(t, e.dsn)
		defer kill(t, cmd)
		if !lines.Scan() || lines.Text() != "open" {
			t.Fatalf("the worker did not start: %q", lines.Text())
		}
	}
	b := e.board()
	list := make([]jobs.Job, n)
	for i := range list {
		list[i] = job("k", i)
	}
	e.enqueue(t, b, list...)
	eventually(t, func() bool { return len(e.list(t, b, "")) == 0 })
	if distinct, runs := e.effects(t); distinct != n || runs != n {
		t.Errorf("%d jobs ran %d times, want %d once each", distinct, runs, n)
	}
}

// testMany processes thousands of jobs with two boards and parallel runners. No job fails, so each must run once.
func testMany(t *testing.T, e *env) {
	const n = 3000
	var mu sync.Mutex
	ran := map[string]int{}
	var boards []*jobs.Board
	for range 2 {
		b := e.board()
		b.Handle("k", func(_ context.Context, batch []jobs.Job) error {
			mu.Lock()
			defer mu.Unlock()
			for _, j := range batch {
				ran[string(j.Args)]++
			}
			return nil
		}, jobs.HandleOptions{Batch: 50, Parallel: 3})
		boards = append(boards, b)
		run(t, b)
	}
	var writers sync.WaitGroup
	for w := range 2 { // two writers at once
		writers.Go(func() {
			for from := 0; from < n/2; from += 100 {
				list := make([]jobs.Job, 100)
				for i := range list {
					list[i] = job("k", fmt.Sprint(w, "-", from+i))
				}
				err := e.db.InTx(context.Background(), func(ctx context.Context, tx bun.Tx) error {
					return boards[w].Enqueue(ctx, tx, list...)
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	writers.Wait()
	eventually(t, func() bool { return len(e.list(t, boards[0], "")) == 0 })
	mu.Lock()
	defer mu.Unlock()
	if len(ran) != n {
		t.Errorf("%d of %d jobs ran", len(ran), n)
	}
	for arg, times := range ran {
		if times != 1 {
			t.Errorf("job %s ran %d times", arg, times)
		}
	}
}
