package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/publish/manifest"
)

// The test binary is started again as another process: crashEnv says what it does.
const (
	crashEnv = "GUIYI_PUBLISHTEST_ROLE"
	urlEnv   = "GUIYI_PUBLISHTEST_URL"
	dirEnv   = "GUIYI_PUBLISHTEST_DIR"
)

func die() {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// ledgerHook dies when the ledger is written: the pack is there, the row is not.
type ledgerHook struct{}

func (ledgerHook) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (ledgerHook) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if strings.Contains(e.Query, `INSERT INTO "publish_ledger"`) {
		die()
	}
}

type dyingAnnouncer struct{}

func (dyingAnnouncer) Announce(context.Context, manifest.Head) error { die(); return nil }

// dyingLog dies at the n-th rendered page.
type dyingLog struct {
	slog.Handler
	mu   *sync.Mutex
	left *int
}

func (d dyingLog) Enabled(context.Context, slog.Level) bool { return true }
func (d dyingLog) Handle(_ context.Context, r slog.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.Message == "page rendered" {
		if *d.left--; *d.left == 0 {
			die()
		}
	}
	return nil
}

// TestProcess is what the other process does; alone it does nothing.
func TestProcess(t *testing.T) {
	role := os.Getenv(crashEnv)
	if role == "" {
		t.Skip("runs only as the second process of other tests")
	}
	c := newCity(t, storetest.Open(t, os.Getenv(urlEnv)), os.Getenv(dirEnv))
	if at, ok := strings.CutPrefix(role, "compact:"); ok {
		c.dieCompacting(at)
		return
	}
	switch role {
	case "ledger":
		c.hook(ledgerHook{})
	case "announce":
		c.pub.Announcer = dyingAnnouncer{}
	case "render":
		n := 25
		c.pub.Log = slog.New(dyingLog{slog.DiscardHandler, &sync.Mutex{}, &n})
	default:
		c.now, c.seq = time.Now(), int(store.NewID()>>8)
		for i := range 6 {
			at := []string{"qinghe:tzgg", "qinghe:xwdt/szyw", "linjiang:xwdt"}[i%3]
			c.receive(draft{title: fmt.Sprint(role, "的第", i, "条", store.NewID()), places: []string{at}, at: c.now})
			// beside the jobs, as a person at the command line does
			for _, code := range []string{"qinghe", "linjiang"} {
				if _, err := c.pub.BuildAll(c.ctx, c.site(code).ID); err != nil {
					t.Log(err)
				}
			}
			if err := c.board.Drain(c.ctx); err != nil {
				t.Log(err)
			}
		}
	}
	c.drain()
}

// spawn starts the second process.
func (c *city) spawn(dsn, role string) *exec.Cmd {
	c.t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestProcess$", "-test.v")
	cmd.Env = append(os.Environ(), crashEnv+"="+role, urlEnv+"="+dsn, dirEnv+"="+c.dir)
	cmd.Stderr = os.Stderr
	c.must(cmd.Start())
	return cmd
}

func TestKilled(t *testing.T) {
	for _, role := range []string{"ledger", "announce", "render"} {
		t.Run(role, func(t *testing.T) {
			storetest.EachURL(t, func(t *testing.T, dsn string) {
				c := newCity(t, storetest.Open(t, dsn), t.TempDir())
				base(c)
				ids := c.many("qinghe:xwdt/szyw", 45)
				var exit *exec.ExitError
				if err := c.spawn(dsn, role).Wait(); !errors.As(err, &exit) || exit.Success() || exit.Exited() {
					t.Fatalf("the process was not killed: %v", err)
				}
				c.heads = nil
				c.recover()
				c.clean()
				for _, id := range ids {
					if got := c.status("qinghe", c.path("qinghe", id)); got != 200 {
						t.Fatalf("item %d answers %d", id, got)
					}
				}
			})
		})
	}
}

// recover works as a process that starts does, and checks that the head in force is
// announced by it.
func (c *city) recover() {
	c.t.Helper()
	for range 2 { // the lease of the dead runs out, then the pause before the next attempt
		c.tick(time.Hour)
		c.drain()
	}
	if newest := c.head("qinghe"); len(c.heads) == 0 || c.heads[len(c.heads)-1].Hash() != newest.Hash() {
		c.t.Error("the head in force was never announced")
	}
}

// TestTwoProcesses: both publish the same sites; no mark is lost, the chain is whole.
func TestTwoProcesses(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		c := newCity(t, storetest.Open(t, dsn), t.TempDir())
		base(c)
		first, second := c.spawn(dsn, "one"), c.spawn(dsn, "two")
		for _, cmd := range []*exec.Cmd{first, second} {
			if err := cmd.Wait(); err != nil {
				t.Error(err)
			}
		}
		c.now = time.Now()
		for range 2 {
			c.tick(24 * time.Hour)
			c.drain()
		}
		c.clean()
		n := 0
		c.must(c.db.Read().NewRaw("SELECT count(*) FROM resource_item").Scan(c.ctx, &n))
		if n != 13+12 {
			t.Errorf("%d items", n)
		}
	})
}
