package deps_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/publish"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/page"
)

func pages(paths ...string) (out []page.Page) {
	for i, p := range paths {
		out = append(out, page.Page{Path: p, Kind: page.Item, Ref: int64(i + 1)})
	}
	return out
}

func paths(t *testing.T, db *store.DB, site int64) string {
	t.Helper()
	taken, err := deps.DirtyMarks(site).Load(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range taken.Pages {
		out = append(out, p.Path)
	}
	return strings.Join(out, " ")
}

func eachMarks(t *testing.T, fn func(t *testing.T, db *store.DB, in func(func(context.Context, bun.Tx) error))) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Migrate(t.Context(), publish.Migrations()); err != nil {
			t.Fatal(err)
		}
		fn(t, db, func(do func(context.Context, bun.Tx) error) {
			t.Helper()
			if err := db.InTx(t.Context(), do); err != nil {
				t.Fatal(err)
			}
		})
	})
}

// A build removes the marks that it took and no others: neither those set meanwhile, nor those of another site.
func TestDoneRemovesWhatWasTaken(t *testing.T) {
	eachMarks(t, func(t *testing.T, db *store.DB, in func(func(context.Context, bun.Tx) error)) {
		mine, other := deps.DirtyMarks(1), deps.DirtyMarks(2)
		mark := func(m deps.Marks, some ...string) (seq int64) {
			in(func(ctx context.Context, tx bun.Tx) (err error) {
				seq, err = m.Mark(ctx, tx, pages(some...))
				return err
			})
			return seq
		}
		first := mark(mine, "/a.html", "/b.html", "/c.html")
		mark(other, "/a.html")
		taken, err := mine.Load(t.Context(), db.Read())
		if err != nil || len(taken.Pages) != 3 || !taken.Has(first) || taken.Has(first+1) {
			t.Fatalf("%+v, %v", taken, err)
		}
		mark(mine, "/b.html", "/d.html") // while the build runs
		in(func(ctx context.Context, tx bun.Tx) error { return mine.Clear(ctx, tx, taken, nil) })
		if got := paths(t, db, 1); got != "/b.html /d.html" {
			t.Errorf("left: %s", got)
		}
		if got := paths(t, db, 2); got != "/a.html" {
			t.Errorf("of another site: %s", got)
		}
	})
}

// What failed stays marked, with a reason that any database takes, until it is marked again.
func TestFailedStaysMarked(t *testing.T) {
	eachMarks(t, func(t *testing.T, db *store.DB, in func(func(context.Context, bun.Tx) error)) {
		m := deps.DirtyMarks(1)
		many := make([]string, 700) // more than one statement takes
		for i := range many {
			many[i] = fmt.Sprintf("/%04d.html", i)
		}
		in(func(ctx context.Context, tx bun.Tx) error { _, err := m.Mark(ctx, tx, pages(many...)); return err })
		taken, err := m.Load(t.Context(), db.Read())
		if err != nil {
			t.Fatal(err)
		}
		again := pages("/0001.html")
		in(func(ctx context.Context, tx bun.Tx) error { _, err := m.Mark(ctx, tx, again); return err })
		var failed []deps.Failed
		for _, p := range taken.Pages[:650] {
			failed = append(failed, deps.Failed{Page: p, Reason: "模板\x00出错" + strings.Repeat("错", 1000) + "\xff"})
		}
		in(func(ctx context.Context, tx bun.Tx) error { return m.Clear(ctx, tx, taken, failed) })
		waiting, bad, err := m.Count(t.Context(), db.Read())
		if err != nil || waiting != 650 || bad != 649 {
			t.Errorf("%d wait, %d of them failed, %v", waiting, bad, err)
		}
		taken, err = m.Load(t.Context(), db.Read())
		if err != nil || len(taken.Failed) != 649 || taken.Failed[0].Page != failed[0].Page {
			t.Fatalf("%d failed, %v", len(taken.Failed), err)
		}
		if slices.ContainsFunc(taken.Failed, func(f deps.Failed) bool { return f.Path == "/0001.html" }) {
			t.Error("a mark set meanwhile was overwritten by a failure")
		}
		if r := taken.Failed[0].Reason; !utf8.ValidString(r) || !strings.HasPrefix(r, "模板出错错") || len(r) > 2000 {
			t.Errorf("reason %q of %d bytes", r[:20], len(r))
		}
		in(func(ctx context.Context, tx bun.Tx) error { _, err := m.Mark(ctx, tx, taken.Pages); return err })
		if _, bad, _ = m.Count(t.Context(), db.Read()); bad != 0 {
			t.Errorf("%d still count as failed after they were marked again", bad)
		}
	})
}
