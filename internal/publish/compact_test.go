package publish

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/lease"

	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/pack"
	"guiyi/internal/publish/retention"
	"guiyi/internal/resource"
)

// few keeps the newest three revisions, however young the others are.
var few = retention.Policy{MinRevisions: 3}

// history publishes a site of some size, changes most of it, which leaves its first pack mostly dead, and
// then a few items n times, a minute apart.
func (c *city) history(n int) (ids []int64) {
	c.t.Helper()
	base(c)
	ids = c.many("qinghe:xwdt/szyw", 60)
	c.drain()
	for _, id := range ids[5:55] {
		c.revise(id, func(e *resource.Edition) { e.Title = "改过的" + e.Title })
	}
	c.drain()
	for i := range n {
		c.tick(time.Minute)
		c.revise(ids[i%3], func(e *resource.Edition) { e.Title = fmt.Sprintf("第%d次改动", i) })
		c.drain()
	}
	return ids
}

func (c *city) compact(p retention.Policy) retention.Report {
	c.t.Helper()
	reports, err := c.pub.Compactor(p).Run(c.ctx, false, c.site("qinghe").ID)
	c.must(err)
	return reports[0]
}

// otherPublisher is that of another process: it keeps nodes of its own.
func (c *city) otherPublisher() *Publisher {
	o := c.pub.Options
	o.Board, o.Observe = jobs.New(c.db, jobs.Options{Now: c.clock, Log: slog.New(slog.DiscardHandler)}), nil
	return New(o)
}

// stored are the packs of the portal.
func (c *city) stored() (names []string, size int64) {
	c.t.Helper()
	for info, err := range c.blobs.List(c.ctx, pack.Prefix("qinghe")) {
		c.must(err)
		names, size = append(names, info.Name), size+info.Size
	}
	slices.Sort(names)
	return names, size
}

func TestCompact(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.history(14)
		before, size := c.stored()
		newest := c.head("qinghe")
		if len(before) < 14 || newest.Revision < 14 {
			t.Fatalf("%d packs, revision %d: nothing to compact", len(before), newest.Revision)
		}
		dry, err := c.pub.Compactor(few).Run(c.ctx, true)
		c.must(err)
		if now, _ := c.stored(); !slices.Equal(now, before) || len(dry) != 2 || dry[0].Removed == 0 ||
			dry[0].Freed == 0 {
			t.Fatalf("a dry run changed packs, or foresees nothing: %+v", dry)
		}
		r := c.compact(few)
		after, left := c.stored()
		if r.Oldest != newest.Revision-2 || r.Packs != len(before) || r.Size != size || r.Removed == 0 ||
			left != size+r.Moved-r.Freed || r.Removed != dry[0].Removed {
			t.Errorf("%+v; %d packs of %d bytes became %d of %d; foreseen %+v", r, len(before), size, len(after), left,
				dry[0])
		}
		now := c.head("qinghe")
		if r.Repacked != newest.Revision+1 || now.Revision != r.Repacked || now.Root.Hash != newest.Root.Hash ||
			now.Root.Loc == newest.Root.Loc || now.Note != retention.Note {
			t.Errorf("repacked as %d: %+v", r.Repacked, now)
		}
		if last := c.heads[len(c.heads)-1]; last.Hash() != now.Hash() {
			t.Error("the repacked revision was not announced")
		}
		c.clean()

		// Once the revisions that stood on the old packs are too old, only what lives is left.
		c.tick(time.Minute)
		for range 3 {
			c.many("qinghe:tzgg", 1)
			c.drain()
		}
		c.compact(few)
		if _, least := c.stored(); least > size*2/3 {
			t.Errorf("%d bytes are left of %d", least, size)
		}
		c.clean()
		if again := c.compact(few); again.Removed != 0 || again.Repacked != 0 {
			t.Errorf("a second run found more to do: %+v", again)
		}
	})
}

// What is kept can be rolled back to; what is gone is refused with a reason, and its ledger entry stays.
func TestRollbackAfterCompact(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.history(8)
		id := c.site("qinghe").ID
		r := c.compact(few)
		if _, err := c.pub.Rollback(c.ctx, id, r.Oldest-1, "试验"); !fault.Is(err, fault.NotFound) ||
			!strings.Contains(fault.Text(err), fmt.Sprintf("第 %d 版及以后", r.Oldest)) {
			t.Errorf("rollback to a revision that is gone: %v", err)
		}
		// The same inside the transaction, for a keeper that comes between.
		old, err := c.pub.Revision(c.ctx, id, r.Oldest)
		c.must(err)
		c.must(c.exec("UPDATE publish_keep SET oldest = oldest + 1 WHERE site_id = ?", id))
		state, err := ledger.Of(c.ctx, c.db.Read(), id)
		c.must(err)
		if _, err := c.pub.buildOnto(c.ctx,
			&build{state: state, root: &old, pin: r.Oldest, note: "试验"}, nil); !fault.Is(err,
			fault.NotFound) {
			t.Errorf("rollback to a revision that went meanwhile: %v", err)
		}
		c.must(c.exec("UPDATE publish_keep SET oldest = oldest - 1 WHERE site_id = ?", id))

		if _, err := c.pub.Rollback(c.ctx, id, r.Oldest, "试验"); err != nil {
			t.Fatal(err)
		}
		c.clean()
		c.tick(time.Hour)
		c.compact(retention.Policy{}) // only what is in force, an older tree
		c.compact(retention.Policy{})
		c.clean()
		if _, err := c.pub.Resume(c.ctx, id); err != nil {
			t.Fatal(err)
		}
		c.drain()
		c.clean()
	})
}

// Time keeps too: what was in force within it.
func TestCompactKeepsByTime(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.history(10)
		newest := c.head("qinghe").Revision
		if r := c.compact(retention.Policy{Period: time.Hour, MinRevisions: 1}); r.Removed != 0 || r.Oldest != 1 {
			t.Errorf("all is younger than an hour, but %+v", r)
		}
		// Revisions are a minute apart: the one before the fourth minute was in force when it began.
		c.tick(30 * time.Second)
		if r := c.compact(retention.Policy{Period: 4 * time.Minute, MinRevisions: 1}); r.Oldest != newest-4 {
			t.Errorf("oldest %d of %d", r.Oldest, newest)
		}
		if r := c.compact(retention.Policy{Period: time.Hour, MinRevisions: 50}); r.Oldest < newest-4 {
			t.Errorf("what is gone came back: oldest %d", r.Oldest)
		}
		c.clean()
	})
}

func TestCompactWaitsForHolds(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.history(8)
		h, err := lease.Acquire(c.ctx, c.db, "备份", c.clock)
		c.must(err)
		before, _ := c.stored()
		if r := c.compact(few); r.Held != "备份" || r.Removed != 0 || r.Repacked != 0 {
			t.Errorf("%+v", r)
		}
		if now, _ := c.stored(); !slices.Equal(now, before) {
			t.Error("packs changed while they were held")
		}
		if oldest, err := c.pub.Oldest(c.ctx, c.site("qinghe").ID); oldest != 1 || err != nil {
			t.Errorf("oldest %d, %v", oldest, err)
		}
		c.must(h.Release(c.ctx))
		if r := c.compact(few); r.Removed == 0 {
			t.Errorf("%+v", r)
		}
	})
}

// A process that knew the tree before the repacking builds on the places after it.
func TestBuildAfterRepackElsewhere(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		ids := c.history(10)
		other := c.otherPublisher()
		if _, err := other.Verify(c.ctx, c.site("qinghe").ID); err != nil { // reads every node
			t.Fatal(err)
		}
		if r := c.compact(few); r.Repacked == 0 {
			t.Fatal("not repacked")
		}
		id := c.site("qinghe").ID
		for i := range 4 {
			c.tick(time.Minute)
			c.revise(ids[30+i], func(e *resource.Edition) { e.Title = fmt.Sprint("以后的改动", i) })
			if _, err := other.BuildAll(c.ctx, id); err != nil {
				t.Fatal(err)
			}
		}
		c.drain()
		c.compact(few)
		c.clean()
	})
}

// A pack that no revision reaches goes when its build can no longer be committed, and not before. Other objects stay.
func TestCompactSparesRunningBuilds(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.history(3)
		newest := c.head("qinghe").Revision
		running, dead := pack.Name("qinghe", newest+1, 1), pack.Name("qinghe", newest, 2)
		strange := pack.Prefix("qinghe") + "strange"
		for _, name := range []string{running, dead, strange} {
			c.must(c.blobs.PutNamed(c.ctx, name, []byte("bytes")))
		}
		c.compact(retention.Policy{Period: time.Hour})
		names, _ := c.stored()
		if !slices.Contains(names, running) || slices.Contains(names, dead) || !slices.Contains(names, strange) {
			t.Errorf("left: %v", names)
		}
		c.many("qinghe:tzgg", 1)
		c.drain()
		c.compact(retention.Policy{Period: time.Hour})
		if names, _ := c.stored(); slices.Contains(names, running) {
			t.Errorf("left: %v", names)
		}
	})
}

// Where a kept tree cannot be read, what it needs is not known: nothing goes, other sites are not held up.
func TestCompactOfDamagedSite(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.history(8)
		head := c.head("qinghe")
		c.must(c.blobs.Remove(c.ctx, head.Root.Loc.Pack))
		before, _ := c.stored()
		reports, err := c.pub.Compactor(few).Run(c.ctx, false)
		if err == nil || len(reports) != 1 || reports[0].Site != "linjiang" {
			t.Errorf("%+v, %v", reports, err)
		}
		if now, _ := c.stored(); !slices.Equal(now, before) {
			t.Error("packs of a damaged site were removed")
		}
	})
}

// Builds, rollbacks and two keepers at once: the chain stays whole and every byte in force is there.
func TestCompactBeside(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.spy.off = true
		ids := c.history(4)
		id := c.site("qinghe").ID
		stop, keepers := make(chan struct{}), sync.WaitGroup{}
		for range 2 {
			p := c.otherPublisher()
			keepers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					if _, err := p.Compactor(retention.Policy{MinRevisions: 2}).Run(c.ctx, false, id); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for i := range 12 {
			c.revise(ids[i], func(e *resource.Edition) { e.Title = fmt.Sprint("同时的改动", i) })
			c.drain()
			if i%4 == 3 {
				_, err := c.pub.Rollback(c.ctx, id, c.head("qinghe").Revision-1, "试验")
				if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
				if _, err := c.pub.Resume(c.ctx, id); err != nil && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
			}
		}
		close(stop)
		keepers.Wait()
		c.drain()
		c.clean()
	})
}

// holdHook dies at the n-th look for holds: before the repacking, in the decision, between removals.
type holdHook struct{ left *int }

func (holdHook) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (h holdHook) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	if strings.Contains(e.Query, `FROM "hold_copy"`) {
		if *h.left--; *h.left == 0 {
			die()
		}
	}
}

// dieCompacting compacts until the place that the role names.
func (c *city) dieCompacting(at string) {
	c.t.Helper()
	n := 0
	switch at {
	case "ledger":
		c.hook(ledgerHook{})
	case "announce":
		c.pub.Announcer = dyingAnnouncer{}
	default:
		if _, err := fmt.Sscan(at, &n); err != nil {
			c.t.Fatal(err)
		}
		c.hook(holdHook{&n})
	}
	c.now = start.Add(24 * time.Hour)
	c.compact(few)
}

// hook watches both pools.
func (c *city) hook(h bun.QueryHook) {
	c.t.Helper()
	storetest.Hook(c.t, c.db, h)
}

func TestKilledWhileCompacting(t *testing.T) {
	for _, at := range []string{"ledger", "announce", "1", "2", "3", "5"} {
		t.Run(at, func(t *testing.T) {
			storetest.EachURL(t, func(t *testing.T, dsn string) {
				if strings.HasPrefix(dsn, "postgres") && at != "ledger" && at != "2" {
					t.Skip("the places inside a transaction are enough on the second engine")
				}
				c := newCity(t, storetest.Open(t, dsn), t.TempDir())
				c.history(8)
				var exit *exec.ExitError
				if err := c.spawn(dsn, "compact:"+at).Wait(); !errors.As(err, &exit) || exit.Success() ||
					exit.Exited() {
					t.Fatalf("the process was not killed: %v", err)
				}
				c.reopen()
				c.clean()
				c.tick(24 * time.Hour)
				c.many("qinghe:tzgg", 1)
				c.drain()
				c.compact(few)
				c.clean()
				names, _ := c.stored()
				reached := c.reaches()
				for _, name := range names {
					if !reached[name] {
						t.Errorf("%s stays though no kept revision reaches it", name)
					}
				}
			})
		})
	}
}

// reaches is which packs the kept revisions of the portal need, found by reading them whole.
func (c *city) reaches() map[string]bool {
	c.t.Helper()
	out, id := map[string]bool{}, c.site("qinghe").ID
	oldest, err := c.pub.Oldest(c.ctx, id)
	c.must(err)
	for h, err := range ledger.All(c.ctx, c.db.Read(), id) {
		c.must(err)
		if h.Revision < oldest {
			continue
		}
		c.must(manifest.WalkNodes(c.ctx, manifest.FromReader(c.pub.nodes), h.Root,
			func(at manifest.Ref, n *manifest.Node, failed error) error {
				out[at.Loc.Pack] = true
				for _, e := range n.Entries {
					out[e.Loc.Pack] = true
					for _, v := range e.Variants {
						out[v.Loc.Pack] = true
					}
				}
				return failed
			}))
	}
	return out
}

// Content outside packs that only kept trees name: files of pages and the chunk lists of large ones.
func TestKeptContent(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		base(c)
		small, large := c.media("小图", "small picture"), c.media("大图", strings.Repeat("big", 1<<19))
		ids := c.receive(draft{title: "有图", places: []string{"qinghe:tzgg"},
			change: func(in *resource.Incoming) { in.Edition.Media = []resource.Media{small, large} }})
		c.drain()
		e, _ := c.get("qinghe", large.Path())
		content := func(p retention.Policy) map[string]bool {
			out := map[string]bool{}
			c.must(c.pub.Compactor(p).ReferencedFiles(c.ctx, func(h manifest.Hash) { out[h.String()] = true }))
			return out
		}
		all := content(few)
		if e.Chunks.IsZero() || !all[small.Hash] || !all[large.Hash] || !all[e.Chunks.String()] {
			t.Errorf("named: %v, want %s, %s and %s", all, small.Hash, large.Hash, e.Chunks)
		}
		// Withdrawn, it is named for as long as a revision that shows it can be rolled back to.
		c.withdraw(resource.InError, 0, ids...)
		if !content(few)[e.Chunks.String()] {
			t.Error("what a kept revision shows is not named")
		}
		c.tick(time.Minute)
		c.compact(retention.Policy{MinRevisions: 1})
		if left := content(few); left[e.Chunks.String()] || left[small.Hash] {
			t.Error("what no kept revision shows is named still")
		}
	})
}
