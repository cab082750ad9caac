package site

import (
	"fmt"
	"sync"
	"testing"

	"guiyi/internal/kernel/fault"
)

// rounds is the number of concurrent changes in a test.
const rounds = 40

// TestDifferentColumnsNeverConflict: two people who edit different columns of one site never get a conflict, because
// each column has its own version. A third person changes the state of another site at the same time.
func TestDifferentColumnsNeverConflict(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, mine := edits(t, w)
		other := Declaration{Site: "jtj", Parent: "qinghe", Name: "交通局"}
		if _, _, err := w.Declare(w.ctx, other, 0, false); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for _, at := range []string{"xwdt/szyw", "xwdt/tzgg", "xxgk/zcwj"} {
			c := w.column("qinghe", at)
			wg.Go(func() {
				version := c.Version
				for i := range rounds {
					name, place := fmt.Sprintf("栏目%d", i), 1+i%2
					change := ColumnChange{Name: &name}
					if i%3 == 0 { // this also moves other columns
						change = ColumnChange{Rank: &place}
					}
					now, err := w.ChangeColumn(mine, "qinghe", version, c.ID, change)
					if err != nil {
						t.Errorf("%s, round %d: %v", at, i, err)
						return
					}
					version = now.Version
				}
			})
		}
		wg.Go(func() {
			for i := range rounds / 4 {
				decl := ColumnDecl{Slug: fmt.Sprintf("n%d", i), Name: "新栏目"}
				c, err := w.AddColumn(mine, "qinghe", "xwdt", decl)
				if err == nil {
					_, err = w.RetireColumn(mine, "qinghe", c.Version, c.ID)
				}
				if err != nil {
					t.Errorf("round %d: %v", i, err)
				}
			}
		})
		wg.Go(func() {
			for _, to := range []State{Approved, Registered, Trial, Running} {
				if err := w.ChangeState(w.ctx, "jtj", StateChange{To: to, Reason: "依次办理"}); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
		for _, at := range []string{"xwdt/szyw", "xwdt/tzgg", "xxgk/zcwj"} { // the last round changed the rank
			if c := w.column("qinghe", at); c.Name != fmt.Sprintf("栏目%d", rounds-2) {
				t.Errorf("the last name of %s is lost: %s", c.Path, c.Name)
			}
		}
	})
}

// TestSameColumnConflicts: several people saw the same version of a column. One changes it; the others are refused
// completely.
func TestSameColumnConflicts(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, mine := edits(t, w)
		for i := range rounds / 4 {
			c := w.column("qinghe", "xwdt/tzgg")
			errs := make([]error, 3)
			var wg sync.WaitGroup
			for j := range errs {
				name, place := fmt.Sprintf("公告%d之%d", i, j), 1+(c.Rank%2) // the other rank
				change := ColumnChange{Name: &name}
				if j == 2 {
					change = ColumnChange{Rank: &place}
				}
				wg.Go(func() { _, errs[j] = w.ChangeColumn(mine, "qinghe", c.Version, c.ID, change) })
			}
			wg.Wait()
			won := 0
			for _, err := range errs {
				if err == nil {
					won++
				} else if !fault.Is(err, fault.Conflict) {
					t.Errorf("round %d: %v", i, err)
				}
			}
			if now := w.column("qinghe", "xwdt/tzgg"); won != 1 || now.Version != c.Version+1 {
				t.Fatalf("round %d: %d won, version %d after %d", i, won, now.Version, c.Version)
			}
		}
	})
}

// TestSiteAndColumnConflict: a change of the whole site detects every change of a column, and the other way round.
func TestSiteAndColumnConflict(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, mine := edits(t, w)
		decl, s, err := w.reg.DeclarationOf(mine, "qinghe")
		if err != nil {
			t.Fatal(err)
		}
		c, name := w.column("qinghe", "xwdt/szyw"), "要闻"
		if c, err = w.ChangeColumn(mine, "qinghe", c.Version, c.ID, ColumnChange{Name: &name}); err != nil {
			t.Fatal(err)
		}
		decl.Name = "清河市"
		if _, _, err := w.Declare(w.ctx, *decl, s.Revision, false); !fault.Is(err, fault.Conflict) {
			t.Errorf("a declaration made before a column changed: %v", err)
		}
		if decl, s, err = w.reg.DeclarationOf(mine, "qinghe"); err != nil {
			t.Fatal(err)
		}
		decl.Columns[0].Children[0].Description = "新的描述"
		if _, _, err := w.Declare(w.ctx, *decl, s.Revision, false); err != nil {
			t.Fatal(err)
		}
		if _, err := w.RetireColumn(mine, "qinghe", c.Version, c.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("a column seen before the declaration changed it: %v", err)
		}
	})
}
