package site

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

const edited = `site: qinghe
name: 清河市人民政府
kind: portal
state: running
domains: [www.qinghe.gov.cn]
dossier: {idcode: "2301990001", sponsor: 清河市人民政府, uscc: "112301990000000195"}
columns:
  - {slug: xwdt, name: 新闻动态, kind: channel, description: 新闻, children: [{slug: szyw, name: 时政要闻, description: 要闻}, {slug: tzgg, name: 通知公告, description: 公告}]}
  - {slug: xxgk, description: 公开, children: [{slug: zcwj, name: 政策文件, kind: disclosure, description: 文件}, {slug: xxgkzn, description: 指南说明}]}
home: [{block: list, column: xwdt/szyw}]
`

// edits returns a site and a context whose scope is this site only.
func edits(t *testing.T, w *world) (s *Site, mine context.Context) {
	t.Helper()
	decl, err := ParseDeclaration([]byte(edited))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Apply(w.ctx, []Declaration{decl}, fstest.MapFS{}); err != nil {
		t.Fatal(err)
	}
	if s, err = w.reg.ByCode(w.ctx, "qinghe"); err != nil {
		t.Fatal(err)
	}
	return s, actor.With(t.Context(), actor.Unlimited("token:1").In(s.ID))
}

func (w *world) version() int64 {
	w.t.Helper()
	s, err := w.reg.ByCode(w.ctx, "qinghe")
	if err != nil {
		w.t.Fatal(err)
	}
	return s.Revision
}

// TestDeclarationOfRoundTrip: applying a declaration that was read changes nothing.
func TestDeclarationOfRoundTrip(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		s, mine := edits(t, w)
		decl, _, err := w.reg.DeclarationOf(mine, "qinghe")
		if err != nil {
			t.Fatal(err)
		}
		_, plan, err := w.Declare(w.ctx, *decl, s.Revision, true)
		if err != nil || !plan.Empty() {
			t.Errorf("%v, %v", plan.Steps, err)
		}
		if _, _, err := w.reg.DeclarationOf(actor.With(t.Context(), actor.Actor{}), "qinghe"); !fault.Is(err,
			fault.NotFound) {
			t.Errorf("another's site: %v", err)
		}
	})
}

func TestDeclare(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		s, mine := edits(t, w)
		fresh := Declaration{Site: "jtj", Parent: "qinghe", Name: "清河市交通运输局",
			Columns: []ColumnDecl{{Slug: "xwdt", Name: "新闻", Description: "新闻"}}}
		if _, _, err := w.Declare(mine, fresh, 0, false); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a site's own scope creates a site: %v", err)
		}
		if _, plan, err := w.Declare(w.ctx, fresh, 0, true); err != nil || plan.Empty() {
			t.Errorf("dry run: %v", err)
		}
		if _, err := w.reg.ByCode(t.Context(), "jtj"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a dry run wrote: %v", err)
		}
		got, _, err := w.Declare(w.ctx, fresh, 0, false)
		if err != nil || got.ParentID != s.ID || got.State != Applying || got.Theme != "default" || got.Revision != 1 {
			t.Fatalf("%+v, %v", got, err)
		}
		if _, _, err := w.Declare(w.ctx, fresh, 0, false); !fault.Is(err, fault.Conflict) {
			t.Errorf("created twice: %v", err)
		}
		fresh.Name = "交通运输局"
		if _, _, err := w.Declare(w.ctx, fresh, 7, false); !fault.Is(err, fault.Conflict) {
			t.Errorf("stale version: %v", err)
		}
		if got, _, err = w.Declare(w.ctx, fresh, 1, false); err != nil || got.Name != "交通运输局" || got.Revision != 2 {
			t.Errorf("%+v, %v", got, err)
		}
		fresh.Site = "none"
		if _, _, err := w.Declare(w.ctx, fresh, 1, false); !fault.Is(err, fault.NotFound) {
			t.Errorf("a version of nothing: %v", err)
		}
		for text, wrong := range map[string]Declaration{"slug": {Site: "A!", Name: "x"},
			"www.qinghe.gov.cn": {Site: "tak", Name: "x", Domains: []string{"www.qinghe.gov.cn"}}} {
			if _, _, err := w.Declare(w.ctx, wrong, 0, false); !fault.Is(err, fault.Invalid) || text != "slug" &&
				!strings.Contains(fault.Text(err), text) {
				t.Errorf("%s: %v", text, err)
			}
		}
	})
}

func TestColumns(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, mine := edits(t, w)
		c, err := w.AddColumn(mine, "qinghe", "xwdt", ColumnDecl{Slug: "xqdt", Name: "县区动态", Description: "县区"})
		if err != nil || c.Path != "xwdt/xqdt" || c.Rank != 3 || c.ID == 0 || c.Kind != KindList {
			t.Fatalf("%+v, %v", c, err)
		}
		name, first := "区县动态", 1
		changed, err := w.ChangeColumn(mine, "qinghe", c.Version, c.ID,
			ColumnChange{Name: &name, Rank: &first, Keywords: []string{"区县"}})
		if err != nil || changed.Name != name || changed.ID != c.ID || changed.Rank != 1 ||
			changed.Description != "县区" || len(changed.Keywords) != 1 {
			t.Fatalf("%+v, %v", changed, err)
		}
		gone, err := w.RetireColumn(mine, "qinghe", changed.Version, c.ID)
		if err != nil || !gone.Retired {
			t.Fatalf("%+v, %v", gone, err)
		}
		if _, err := w.ChangeColumn(mine, "qinghe", gone.Version, c.ID, ColumnChange{Name: &name}); !fault.Is(err,
			fault.Conflict) {
			t.Errorf("a retired column changes: %v", err)
		}
		back, err := w.AddColumn(mine, "qinghe", "xwdt", ColumnDecl{Slug: "xqdt", Name: "县区动态"})
		if err != nil || back.ID != c.ID || back.Retired || back.Version != 4 {
			t.Errorf("%+v, %v", back, err)
		}
	})
}

func TestColumnsRefused(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		s, mine := edits(t, w)
		tree, err := w.reg.Columns(t.Context(), s.ID)
		if err != nil {
			t.Fatal(err)
		}
		v, shown, fixed := w.version(), tree.Path("xwdt/szyw").ID, tree.Path("xxgk/xxgkzn").ID
		other := actor.With(t.Context(), actor.Unlimited("other").In(s.ID+1))
		name := "别名"
		add := func(ctx context.Context, code, parent, slug string) error {
			_, err := w.AddColumn(ctx, code, parent, ColumnDecl{Slug: slug, Name: "名称"})
			return err
		}
		change := func(ctx context.Context, version, id int64) error {
			_, err := w.ChangeColumn(ctx, "qinghe", version, id, ColumnChange{Name: &name})
			return err
		}
		retire := func(ctx context.Context, version, id int64) error {
			_, err := w.RetireColumn(ctx, "qinghe", version, id)
			return err
		}
		for what, c := range map[string]struct {
			err  error
			kind fault.Kind
		}{
			"another's site":        {add(other, "qinghe", "", "a"), fault.NotFound},
			"no such site":          {add(mine, "none", "", "a"), fault.NotFound},
			"no such parent":        {add(mine, "qinghe", "none", "a"), fault.NotFound},
			"there already":         {add(mine, "qinghe", "xwdt", "szyw"), fault.Conflict},
			"reserved":              {add(mine, "qinghe", "", "search"), fault.Invalid},
			"bad slug":              {add(mine, "qinghe", "", "A B"), fault.Invalid},
			"no scope":              {add(t.Context(), "qinghe", "", "a"), fault.Forbidden},
			"change another's":      {change(other, v, shown), fault.NotFound},
			"change stale":          {change(mine, v+5, shown), fault.Conflict},
			"change fixed":          {change(mine, v, fixed), fault.Invalid},
			"change nothing":        {change(mine, v, 12345), fault.NotFound},
			"retire another's":      {retire(other, v, shown), fault.NotFound},
			"retire fixed":          {retire(mine, v, fixed), fault.Conflict},
			"retire what home uses": {retire(mine, v, shown), fault.Invalid},
		} {
			if !fault.Is(c.err, c.kind) {
				t.Errorf("%s: %v, want %s", what, c.err, c.kind)
			}
		}
		if w.version() != v || !slices.EqualFunc(w.tree("qinghe").All(), tree.All(), func(a, b *Column) bool {
			return a.Path == b.Path && a.Version == b.Version
		}) {
			t.Error("a refused change wrote")
		}
	})
}

// TestColumnConflict: of two changes to the same version, only one succeeds.
func TestColumnConflict(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		s, mine := edits(t, w)
		tree, _ := w.reg.Columns(t.Context(), s.ID)
		id, v := tree.Path("xwdt/tzgg").ID, tree.Path("xwdt/tzgg").Version
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i, name := range []string{"通知", "公告"} {
			wg.Go(func() { _, errs[i] = w.ChangeColumn(mine, "qinghe", v, id, ColumnChange{Name: &name}) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) || !fault.Is(errors.Join(errs...), fault.Conflict) {
			t.Errorf("%v", errs)
		}
	})
}

func TestWithinTheScope(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		s, mine := edits(t, w)
		if _, _, err := w.Declare(w.ctx, Declaration{Site: "jtj", Name: "交通局"}, 0, false); err != nil {
			t.Fatal(err)
		}
		if got, err := w.reg.ListInScope(mine, 0, 10); err != nil || len(got) != 1 || got[0].ID != s.ID {
			t.Errorf("%v, %v", got, err)
		}
		if got, _ := w.reg.ListInScope(w.ctx, 0, 10); len(got) != 2 {
			t.Errorf("all: %v", got)
		}
		_, there := w.reg.ByCodeInScope(mine, "jtj")
		_, absent := w.reg.ByCodeInScope(mine, "nix")
		if fault.Text(there) != strings.Replace(fault.Text(absent), "nix", "jtj", 1) ||
			!fault.Is(there, fault.NotFound) {
			t.Errorf("existence is told: %v, %v", there, absent)
		}
		if _, err := w.reg.ListInScope(t.Context(), 0, 10); !fault.Is(err, fault.Forbidden) {
			t.Errorf("no scope: %v", err)
		}
	})
}
