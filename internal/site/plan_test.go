package site

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
)

// TestPlanNamesWhatChanges: a change of any field of a site or column is a step with the name of the field.
func TestPlanNamesWhatChanges(t *testing.T) {
	base := func() Declaration {
		return Declaration{Site: "a", Name: "甲", Kind: "department", Theme: "default", State: Running,
			Columns: []ColumnDecl{{Slug: "x", Name: "栏目"}, {Slug: "y", Name: "另一个"}}}
	}
	off := false
	for want, change := range map[string]func(*Declaration){
		"~ a (网站名称, 标题)":         func(d *Declaration) { d.Name = "乙" },
		"~ a (标题)":               func(d *Declaration) { d.Title = "门户" },
		"~ a (类型)":               func(d *Declaration) { d.Kind = "special" },
		"~ a (主题)":               func(d *Declaration) { d.Theme = "red" },
		"~ a (网站档案)":             func(d *Declaration) { d.Dossier.Contact = "王明" },
		"~ a (域名)":               func(d *Declaration) { d.Domains = []string{"a.gov.cn"} },
		"~ a (友情链接)":             func(d *Declaration) { d.Links = []LinkGroup{{Group: "部委"}} },
		"~ a (热词)":               func(d *Declaration) { d.Hot = []string{"供热"} },
		"~ a (首页)":               func(d *Declaration) { d.Home = []Block{{Block: "disclosure"}} },
		"~ a (上级站点)":             func(d *Declaration) { d.Parent = "b" },
		"~ a x (名称)":             func(d *Declaration) { d.Columns[0].Name = "改名" },
		"~ a x (栏目描述)":           func(d *Declaration) { d.Columns[0].Description = "说明" },
		"~ a x (关键词)":            func(d *Declaration) { d.Columns[0].Keywords = []string{"词"} },
		"~ a x (类别)":             func(d *Declaration) { d.Columns[0].Types = []string{"政策文件"} },
		"~ a x (更新类)":            func(d *Declaration) { d.Columns[0].Update = "news" },
		"~ a x (形式)":             func(d *Declaration) { d.Columns[0].Kind = KindPage },
		"~ a x (形式, 链接)":         func(d *Declaration) { d.Columns[0].Kind, d.Columns[0].URL = KindLink, "/y/" },
		"~ a x (导航)":             func(d *Declaration) { d.Columns[0].Nav = &off },
		"~ a y (顺序)\n~ a x (顺序)": func(d *Declaration) { slices.Reverse(d.Columns) },
		"+ a x/z": func(d *Declaration) {
			d.Columns[0].Children = []ColumnDecl{{Slug: "z",
				Name: "下级"}}
		},
		"~ a xxgk (顺序)\n- a y": func(d *Declaration) { d.Columns = d.Columns[:1] },
		"+ a w\n~ a xxgk (顺序)": func(d *Declaration) {
			d.Columns = append(d.Columns,
				ColumnDecl{Slug: "w", Name: "新"})
		},
		"":                        func(*Declaration) {},
		"~ a x (名称)\n~ a y (更新类)": func(d *Declaration) { d.Columns[0].Name, d.Columns[1].Update = "改名", "news" },
	} {
		have := map[string]stored{"b": {site: &Site{ID: 2, Code: "b", State: Running}}}
		have["a"] = storedAs(t, plan([]Declaration{base()}, have), 1)
		d := base()
		change(&d)
		p := plan([]Declaration{d}, have)
		if got := lines(p); got != want || p.Empty() != (want == "") || p.HasError() {
			t.Errorf("got\n%s\nwant\n%s\n%v", got, want, p.refusals())
		}
	}
}

// storedAs returns the planned site as the database would have it.
func storedAs(t *testing.T, p *Plan, id int64) stored {
	t.Helper()
	target := p.targets[0]
	target.site.ID = id
	for i, c := range target.columns {
		c.ID, c.SiteID = int64(i+1), id
	}
	return stored{site: target.site, columns: target.columns}
}

// TestDeclaredStateDoesNotMoveASite: the declared state is used only for a new site; later it only causes a warning.
func TestDeclaredStateDoesNotMoveASite(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe)
		w.news()
		p := w.apply(strings.Replace(qinghe, "state: running", "state: closed", 1))
		if w.site("qinghe").State != Running || !p.Empty() || !has(p.Findings["qinghe"], rule.Warn, "site.state") {
			t.Errorf("plan %s, findings %+v", lines(p), p.Findings)
		}
		if len(w.news()) != 0 {
			t.Error("an event without a change")
		}
	})
}

// TestLastDeclarationCounts: after several random declarations, the result is as if only the last was applied.
func TestLastDeclarationCounts(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		rng := rand.New(rand.NewPCG(3, 5))
		var text string
		for range 12 {
			text = "site: a\nname: 甲\ncolumns:\n"
			for _, i := range rng.Perm(5)[:1+rng.IntN(4)] {
				text += fmt.Sprintf("- { slug: c%d, name: 栏目%d, update: %s", i, rng.IntN(3),
					updateClasses[rng.IntN(len(updateClasses))])
				if rng.IntN(2) == 0 {
					text += fmt.Sprintf(", children: [{slug: k%d, name: 下级}]", rng.IntN(3))
				}
				text += " }\n"
			}
			w.apply(text)
			if p := w.apply(text); !p.Empty() {
				t.Fatalf("applied again:\n%s", lines(p))
			}
		}
		d, err := ParseDeclaration([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		tree := w.tree("a")
		living := 0
		for _, c := range tree.All() {
			if c.Retired {
				continue
			}
			living++
			if parent := tree.ID(c.ParentID); parent != nil && parent.Path+"/"+c.Slug != c.Path || parent == nil &&
				c.Path != c.Slug {
				t.Errorf("column %s hangs below %+v", c.Path, parent)
			}
		}
		want := d.columns()
		for _, c := range want {
			if got := tree.Path(c.Path); got == nil || got.Retired || got.Name != c.Name || got.Update != c.Update ||
				got.Rank != c.Rank || got.Fixed != c.Fixed {
				t.Errorf("column %s is %+v, want %+v", c.Path, got, c)
			}
		}
		if living != len(want) {
			t.Errorf("%d living columns, want %d", living, len(want))
		}
	})
}

// TestDomainTakenBehindTheCheck: another process takes a domain after the check. The apply fails as a whole with a
// conflict.
func TestDomainTakenBehindTheCheck(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(rsj[:strings.Index(rsj, "parent:")] + rsj[strings.Index(rsj, "name:"):])
		err := w.db.InTx(w.ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&domainRow{Host: "www.qinghe.gov.cn", SiteID: w.site("rsj").ID}).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		w.news()
		if _, err := w.try(nil, qinghe); !fault.Is(err, fault.Conflict) ||
			!strings.Contains(fault.Text(err), "www.qinghe.gov.cn") {
			t.Errorf("err = %v", err)
		}
		if _, err := w.reg.ByCode(w.ctx, "qinghe"); !fault.Is(err, fault.NotFound) {
			t.Errorf("half an apply: %v", err)
		}
	})
}

// TestAlarmOfASiteDeclaredOffline: a site declared as offline has no start date, so it has no alarm at once.
func TestAlarmOfASiteDeclaredOffline(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply("site: a\nname: 甲\nstate: offline\n")
		for days, want := range map[int]int{24: 0, 25: 1} { // counted from the declaration
			alarms, err := w.reg.Alarms(w.ctx, w.now().Add(time.Duration(days)*24*time.Hour))
			if err != nil || len(alarms) != want {
				t.Errorf("day %d: %+v, %v", days, alarms, err)
			}
		}
	})
}

func TestTree(t *testing.T) {
	tree := NewTree([]*Column{
		{ID: 3, ParentID: 1, Path: "a/c", Rank: 2}, {ID: 2, ParentID: 1, Path: "a/b", Rank: 1},
		{ID: 1, Path: "a", Rank: 1},
		{ID: 4, ParentID: 2, Path: "a/b/d", Rank: 1}, {ID: 5, ParentID: 1, Path: "a/old", Rank: 0, Retired: true},
	})
	paths := func(cols []*Column) string {
		var out []string
		for _, c := range cols {
			out = append(out, c.Path)
		}
		return strings.Join(out, " ")
	}
	if got := paths(tree.Children(1)); got != "a/b a/c" {
		t.Errorf("children %s", got)
	}
	if got := paths(tree.Trail(4)); got != "a a/b a/b/d" {
		t.Errorf("trail %s", got)
	}
	if got := paths(tree.Trail(5)); got != "a a/old" {
		t.Errorf("trail of a retired column %s", got)
	}
	if got := fmt.Sprint(tree.Subtree(1)); got != "[1 2 4 3]" {
		t.Errorf("subtree %s", got)
	}
	if tree.ID(9) != nil || tree.Path("a/x") != nil || tree.Path("/a/b/") == nil || len(tree.Trail(9)) != 0 ||
		len(tree.All()) != 5 {
		t.Error("what is not there, and slashes")
	}
}
