package site

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store/storetest"
)

func (w *world) declare(code, parent string) *Site {
	w.t.Helper()
	s, _, err := w.Declare(w.ctx, Declaration{Site: code, Parent: parent, Name: "站点" + code, State: Running,
		Domains: []string{code + ".qinghe.gov.cn"}}, 0, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func codes(cards []*Card) string {
	var out []string
	for _, c := range cards {
		out = append(out, c.Code)
	}
	return strings.Join(out, " ")
}

func TestRelatives(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, s := range []string{"city", "county<city", "bureau<city", "town<county", "village<town", "other"} {
			code, parent, _ := strings.Cut(s, "<")
			w.declare(code, parent)
		}
		named := func(code string, parents ...int64) string {
			ids, err := w.reg.NamedBy(w.ctx, w.site(code).ID, parents...)
			if err != nil {
				t.Fatal(err)
			}
			known, err := w.reg.Codes(w.ctx, ids...)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Join(slices.Sorted(maps.Values(known)), " ")
		}
		for code, want := range map[string]struct {
			above, near string
			isDefault   bool
		}{
			"city":    {"", "county bureau", true},
			"county":  {"city", "bureau town", false},
			"bureau":  {"city", "county", false},
			"town":    {"county city", "village", false},
			"village": {"town county city", "", false},
			"other":   {"", "", false},
		} {
			r, err := w.reg.Relatives(w.ctx, w.site(code))
			if err != nil {
				t.Fatal(err)
			}
			if codes(r.Above) != want.above || codes(r.Near) != want.near || r.Default != want.isDefault {
				t.Errorf("%s: above %q, near %q, default %v", code, codes(r.Above), codes(r.Near), r.Default)
			}
		}
		city, county := w.site("city").ID, w.site("county").ID
		for got, want := range map[string]string{
			named("city"):                 "bureau county town village",
			named("village"):              "",
			named("county", city):         "bureau city town village",
			named("village", county, 0):   "county town",
			named("other", city, county):  "bureau city county town",
			named("town", county, county): "county village",
		} {
			if got != want {
				t.Errorf("named by %q, want %q", got, want)
			}
		}
		card := w.site("town").Card()
		if card.URL("/a/") != "https://town.qinghe.gov.cn/a/" || card.ParentID != county || !card.State.Public() {
			t.Errorf("%+v", card)
		}
		got, err := w.reg.Cards(w.ctx, card.ID, 42, card.ID)
		if err != nil || len(got) != 1 || got[card.ID].Name != "站点town" {
			t.Errorf("%v, %v", got, err)
		}
		if none, err := w.reg.Cards(w.ctx); err != nil || len(none) != 0 {
			t.Errorf("%v, %v", none, err)
		}
		// A declaration cannot make a cycle of parents; when there is one, the loop ends.
		err = w.db.InTx(w.ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Model((*siteRow)(nil)).Set("parent_id = ?", county).Where("id = ?", city).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		r, err := w.reg.Relatives(w.ctx, w.site("town"))
		if err != nil || codes(r.Above) != "county city" {
			t.Errorf("in a circle: above %q, %v", codes(r.Above), err)
		}
	})
}

// TestStatementsDoNotGrowWithTheCity: an operation on one site needs the same statements in a city of 10 and of 200
// sites.
func TestStatementsDoNotGrowWithTheCity(t *testing.T) {
	counts := map[string]map[string][]int{} // engine → what → statements at 10, at 200
	for _, n := range []int{10, 200} {
		eachWorld(t, func(t *testing.T, w *world) {
			_, mine := edits(t, w)
			var files []Declaration
			for i := range n - 1 {
				code := fmt.Sprintf("s%03d", i)
				files = append(files, Declaration{
					Site:    code,
					Parent:  "qinghe",
					Name:    "站点",
					Kind:    "department",
					Theme:   "default",
					State:   Applying,
					Domains: []string{code + ".qinghe.gov.cn"},
				})
			}
			if _, err := w.Apply(w.ctx, files, nil); err != nil {
				t.Fatal(err)
			}
			seen, c := storetest.Watch(t, w.db), (*Column)(nil)
			for _, step := range []struct {
				what string
				do   func() error
			}{
				{"add a column", func() (err error) {
					c, err = w.AddColumn(mine, "qinghe", "xwdt", ColumnDecl{Slug: "new", Name: "新栏目"})
					return err
				}},
				{"change a column", func() error {
					name := "改名"
					_, err := w.ChangeColumn(mine, "qinghe", c.Version, c.ID, ColumnChange{Name: &name})
					return err
				}},
				{"change a dossier", func() error {
					decl, s, err := w.reg.DeclarationOf(w.ctx, "s003")
					if err != nil {
						return err
					}
					decl.Dossier.Contact, decl.Domains = "王明", []string{"new.qinghe.gov.cn"}
					_, _, err = w.Declare(w.ctx, *decl, s.Revision, false)
					return err
				}},
				{"change a state", func() error {
					return w.ChangeState(w.ctx, "s004", StateChange{To: Approved, Reason: "同意"})
				}},
				{"apply one file", func() error {
					files[5].Name = "改名"
					_, err := w.Apply(w.ctx, files[5:6], nil)
					return err
				}},
				{"a page of sites", func() error { _, err := w.reg.ListInScope(w.ctx, 0, 5); return err }},
				{"relatives", func() error { _, err := w.reg.Relatives(w.ctx, w.site("s006")); return err }},
				{"alarms", func() error { _, err := w.reg.Alarms(w.ctx, w.now()); return err }},
			} {
				seen.Take()
				if err := step.do(); err != nil {
					t.Fatalf("%s: %v", step.what, err)
				}
				engine := map[bool]string{false: "sqlite", true: "postgres"}[w.db.Postgres()]
				if counts[engine] == nil {
					counts[engine] = map[string][]int{}
				}
				counts[engine][step.what] = append(counts[engine][step.what], len(seen.Take()))
			}
		})
	}
	for engine, steps := range counts {
		for what, n := range steps {
			t.Logf("%s: %s: %v statements", engine, what, n)
			if len(n) != 2 || n[0] != n[1] || n[0] == 0 {
				t.Errorf("%s: %s costs %v statements at 10 and at 200 sites", engine, what, n)
			}
		}
	}
}
