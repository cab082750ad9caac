package site

import (
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
)

const qinghe = `
site: qinghe
name: 清河市人民政府
kind: portal
state: running
domains: [www.qinghe.gov.cn]
dossier: { idcode: "2301990001", sponsor: 清河市人民政府, icp: 黑ICP备00000000号-1, police: 黑公网安备 23019900000001号, phone: 0450-00000000 }
links: [{group: 部委, items: [{name: 中国政府网, url: "https://www.gov.cn/"}]}]
hot: [公积金提取]
columns:
- { slug: xwdt, name: 新闻动态, types: [工作动态], update: news, description: 本市新闻, keywords: [新闻], children: [{slug: szyw, name: 时政要闻, description: 要闻}, {slug: tzgg, name: 通知公告}] }
- { slug: zwgk, name: 政务公开, kind: channel }
home: [{block: list, column: xwdt/szyw, count: 6}]
`

const rsj = `
site: rsj
parent: qinghe
name: 清河市人力资源和社会保障局
state: trial
domains: [rsj.qinghe.gov.cn]
`

func TestApplyIsIdempotent(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		// The child comes first: parents are found by code in the same apply.
		p := w.apply(rsj, qinghe)
		if p.Empty() || !strings.Contains(lines(p), "+ qinghe xwdt/szyw") || len(w.news()) != 2 {
			t.Fatalf("first apply:\n%s", lines(p))
		}
		if got, want := w.site("rsj").ParentID, w.site("qinghe").ID; got != want {
			t.Errorf("parent is %d, want %d", got, want)
		}
		before, columns := *w.site("qinghe"), w.tree("qinghe").All()
		w.at("2026-03-02 09:00")
		if p := w.apply(qinghe, rsj); !p.Empty() {
			t.Errorf("second apply:\n%s", lines(p))
		}
		after := *w.site("qinghe")
		if after.Revision != before.Revision || after.UpdatedAt != before.UpdatedAt || len(w.news()) != 0 {
			t.Error("the second apply changed something")
		}
		for i, c := range w.tree("qinghe").All() {
			if c.ID != columns[i].ID || c.Path != columns[i].Path {
				t.Errorf("column %s became %s", columns[i].Path, c.Path)
			}
		}
		log, err := w.reg.Log(w.ctx, before.ID)
		if err != nil || len(log) != 1 || log[0].To != Running {
			t.Errorf("log %+v, %v", log, err)
		}
	})
}

func TestApplyWritesDifferences(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe, rsj)
		w.news()
		was := w.column("qinghe", "xwdt/szyw").ID
		change := strings.NewReplacer("时政要闻", "今日要闻", "phone: 0450-00000000", "phone: 0450-11111111",
			", {slug: tzgg, name: 通知公告}", "")
		p := w.apply(change.Replace(qinghe), rsj)
		if got, want := lines(p), "~ qinghe (网站档案)\n~ qinghe xwdt/szyw (名称)\n- qinghe xwdt/tzgg"; got != want {
			t.Errorf("plan:\n%s\nwant\n%s", got, want)
		}
		if got := w.column("qinghe", "xwdt/szyw"); got.Name != "今日要闻" || got.ID != was {
			t.Errorf("column %+v", got)
		}
		if got := w.site("qinghe").Dossier.Phone; got != "0450-11111111" {
			t.Errorf("phone %s", got)
		}
		gone := w.column("qinghe", "xwdt/tzgg")
		if !gone.Retired || slices.Contains(w.tree("qinghe").Children(gone.ParentID), gone) {
			t.Error("a column no longer declared must be retired and no one's child")
		}
		news := w.news() // one event for the changed site, none for the other
		if len(news) != 1 || news[0].Site != w.site("qinghe").ID || news[0].Revision != 2 {
			t.Errorf("events %+v", news)
		}
		if p := w.apply(change.Replace(qinghe)); !p.Empty() {
			t.Errorf("a retired column is planned again:\n%s", lines(p))
		}
		p = w.apply(qinghe)
		if back := w.column("qinghe", "xwdt/tzgg"); back.Retired || back.ID != gone.ID ||
			!strings.Contains(lines(p), "~ qinghe xwdt/tzgg (恢复)") {
			t.Errorf("revived column %+v, plan\n%s", back, lines(p))
		}
		w.news()
		w.apply(strings.Replace(rsj, "parent: qinghe", `parent: ""`, 1))
		if s := w.site("rsj"); s.ParentID != 0 || s.Revision != 2 || len(w.news()) != 1 {
			t.Errorf("a parent taken away must be a change: %+v", s)
		}
	})
}

func TestColumnsKeepTheirPlaces(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe)
		tree := w.tree("qinghe")
		var trail []string
		for _, c := range tree.Trail(w.column("qinghe", "xwdt/szyw").ID) {
			trail = append(trail, c.Path)
		}
		if got := strings.Join(trail, " "); got != "xwdt xwdt/szyw" {
			t.Errorf("trail %s", got)
		}
		top := tree.Path("/xwdt/")
		if got := tree.Subtree(top.ID); len(got) != 3 || got[0] != top.ID || tree.ID(top.ID) != top {
			t.Errorf("subtree %v", got)
		}
		ids, err := ColumnSites(w.ctx, w.db.Read(), []int64{top.ID, 42})
		if err != nil || len(ids) != 1 || ids[top.ID] != w.site("qinghe").ID {
			t.Errorf("sites of columns %v, %v", ids, err)
		}
	})
}

// TestApplyRefuses: the checks of the whole network refuse these declarations, and nothing is written.
func TestApplyRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		code  string
		site  string
	}{
		"parent unknown": {[]string{strings.Replace(rsj, "parent: qinghe", "parent: nobody", 1)}, "site.parent",
			"rsj"},
		"parent of itself": {[]string{strings.Replace(rsj, "parent: qinghe", "parent: rsj", 1)}, "site.parent.circle",
			"rsj"},
		"circle declared":    {[]string{rsj, "parent: rsj" + qinghe}, "site.parent.circle", "qinghe"},
		"circle with stored": {[]string{"parent: rsj" + qinghe}, "site.parent.circle", "qinghe"},
		"domain of a stored": {[]string{"site: jtj\nname: 交通局\ndomains: [rsj.qinghe.gov.cn]\n"}, "site.domain.taken",
			"jtj"},
		"wrong USCC": {[]string{"site: jtj\nname: 交通局\ndossier: {uscc: 11441700007280420X}\n"}, "dossier.uscc",
			"jtj"},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				w.apply(qinghe, rsj)
				w.news()
				p, err := w.try(nil, c.files...)
				if !fault.Is(err, fault.Invalid) || !has(p.Findings[c.site], rule.Error, c.code) ||
					!strings.Contains(fault.Text(err), c.site) {
					t.Fatalf("err = %v, findings %+v", err, p.Findings)
				}
				all, err := w.reg.Sites(w.ctx)
				if err != nil || len(all) != 2 || all[0].Revision+all[1].Revision != 2 || len(w.news()) != 0 {
					t.Errorf("%d sites, %v: a refused apply wrote something", len(all), err)
				}
			})
		})
	}
}

func TestDomainMovesBetweenSites(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe, rsj)
		swap := strings.NewReplacer("www.qinghe.gov.cn", "rsj.qinghe.gov.cn", "rsj.qinghe.gov.cn", "www.qinghe.gov.cn")
		w.apply(swap.Replace(qinghe), swap.Replace(rsj))
		if got := w.site("qinghe").MainDomain(); got != "rsj.qinghe.gov.cn" {
			t.Errorf("main domain %s", got)
		}
		if got := w.site("rsj").URL("/x/"); got != "https://www.qinghe.gov.cn/x/" {
			t.Errorf("address %s", got)
		}
	})
}

// TestTwoAppliesAtOnce: of two concurrent applies, each is applied completely or refused. No site is created twice.
func TestTwoAppliesAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 3 {
			var wg sync.WaitGroup
			errs := make([]error, 6)
			for i := range errs {
				wg.Go(func() {
					d, err := ParseDeclaration([]byte(strings.Replace(qinghe, "时政要闻", "要闻"+string(rune('a'+i)), 1)))
					if err == nil {
						_, err = w.Apply(w.ctx, []Declaration{d}, nil)
					}
					errs[i] = err
				})
			}
			wg.Wait()
			for _, err := range errs {
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Fatal(err)
				}
			}
		}
		s := w.site("qinghe")
		log, err := w.reg.Log(w.ctx, s.ID)
		if err != nil || len(log) != 1 {
			t.Errorf("%d log entries, %v", len(log), err)
		}
		seen := map[string]bool{}
		for _, c := range w.tree("qinghe").All() {
			if seen[c.Path] {
				t.Errorf("column %s twice", c.Path)
			}
			seen[c.Path] = true
		}
		if s.Revision < 1 || len(w.news()) == 0 {
			t.Errorf("revision %d", s.Revision)
		}
	})
}

func TestEmblem(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		with := strings.Replace(qinghe, "dossier: {", "dossier: { emblem: seal.svg,", 1)
		dir := folder(map[string]string{"seal.svg": "<svg/>", "seal.exe": "MZ"})
		if _, err := w.try(dir, with); err != nil {
			t.Fatal(err)
		}
		d := w.site("qinghe").Dossier
		r, err := w.blobs.Get(w.ctx, d.EmblemHash)
		if err != nil || d.EmblemType != "image/svg+xml" {
			t.Fatalf("%+v, %v", d, err)
		}
		defer r.Close()
		if b, err := io.ReadAll(r); err != nil || string(b) != "<svg/>" {
			t.Errorf("kept %q, %v", b, err)
		}
		if p, err := w.try(dir, with); err != nil || !p.Empty() {
			t.Errorf("again: %v, %v", lines(p), err)
		}
		p, err := w.try(nil, strings.Replace(with, "0450-00000000", "0450-22222222", 1)) // without files
		if err != nil || w.site("qinghe").Dossier.EmblemHash != d.EmblemHash {
			t.Errorf("the picture was lost: %s, %v", lines(p), err)
		}
		for name, kind := range map[string]fault.Kind{"seal.exe": fault.Unsupported, "none.svg": fault.NotFound,
			"../seal.svg": fault.NotFound} {
			if _, err := w.try(dir, strings.Replace(with, "seal.svg", name, 1)); !fault.Is(err, kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := w.try(dir, qinghe); err != nil || w.site("qinghe").Dossier.EmblemHash != "" {
			t.Errorf("taken away: %v", err)
		}
	})
}

func TestScopes(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.apply(qinghe, rsj)
		w.news()
		own := actor.With(t.Context(), actor.Unlimited("王明").In(w.site("rsj").ID))
		change := StateChange{To: Running, Reason: "试运行期满"}
		rows := []rule.Row{{Code: "site.offline.max_days", Value: "15", Source: "x"}}
		_, err := w.Apply(own, []Declaration{{Site: "x", Name: "x"}}, nil)
		refused := map[string]error{
			"apply": err, "rules": w.OverrideRules(own, rows),
			"state of another": w.ChangeState(own, "qinghe", StateChange{To: Closing, Reason: "x", NoticeURL: "/n/"}),
		}
		_, err = w.Apply(t.Context(), nil, nil)
		refused["apply, no scope"] = err
		refused["rules, no scope"] = w.OverrideRules(t.Context(), rows)
		refused["state, no scope"] = w.ChangeState(t.Context(), "rsj", change)
		for name, err := range refused {
			if !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if len(w.news()) != 0 {
			t.Error("a refused call changed a site")
		}
		if err := w.ChangeState(own, "rsj", change); err != nil {
			t.Errorf("own site: %v", err)
		}
		log, err := w.reg.Log(w.ctx, w.site("rsj").ID)
		if err != nil || log[len(log)-1].AppliedBy != "system:王明" {
			t.Errorf("log %+v, %v", log, err)
		}
	})
}

func TestRegisterNotFound(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		_, err := w.reg.ByCode(w.ctx, "nobody")
		_, err2 := w.reg.ByID(w.ctx, 42)
		if !fault.Is(err, fault.NotFound) || !fault.Is(err2, fault.NotFound) ||
			!strings.Contains(fault.Text(err), "nobody") {
			t.Error(errors.Join(err, err2))
		}
		if tree, err := w.reg.Columns(w.ctx, 42); err != nil || len(tree.All()) != 0 {
			t.Errorf("columns of no site: %v", err)
		}
	})
}
