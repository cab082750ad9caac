package search_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/search"
	"guiyi/internal/search/feed"
	"guiyi/internal/site"
)

const citySite = `
site: qinghe
name: 清河市人民政府
kind: portal
state: running
domains: [www.qinghe.gov.cn]
dossier: { idcode: "2301990001", sponsor: 清河市人民政府, icp: 黑ICP备00000000号-1, police: 黑公网安备 23019900000001号, phone: 0450-00000000 }
columns:
- { slug: zwgk, name: 政务公开, children: [{slug: zcwj, name: 政策文件, types: [政策文件]}, {slug: tzgg, name: 通知公告}] }
`

const countySite = `
site: linshui
parent: qinghe
name: 临水县人民政府
state: running
domains: [www.linshui.gov.cn]
dossier: { idcode: "2301990002", sponsor: 临水县人民政府, icp: 黑ICP备00000001号-1, police: 黑公网安备 23019900000002号, phone: 0450-00000001 }
columns:
- { slug: zc, name: 上级政策 }
`

// town is a real library with two sites, an index that follows it, and the jobs between them.
type town struct {
	t      *testing.T
	ctx    context.Context
	board  *jobs.Board
	sites  *site.Desk
	reg    *site.Register
	desk   *resource.Desk
	items  *resource.Library
	lib    *search.Library
	index  *search.Index
	reader *search.Follower
}

// tables are those that the tests need.
func tables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), site.Migrations(), resource.Migrations(),
		feed.Migrations()}
}

func newTown(t *testing.T, db *store.DB) *town {
	t.Helper()
	if err := db.Migrate(t.Context(), tables()...); err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	w := &town{t: t, ctx: actor.With(t.Context(), actor.Unlimited("test")), board: jobs.New(db, jobs.Options{}),
		reg: site.NewRegister(db)}
	w.sites = site.NewDesk(db, w.board, blobs, time.Now)
	w.desk, w.items = resource.NewDesk(db, w.board, nil, time.Now), resource.NewLibrary(db)
	w.lib = &search.Library{Published: published.New(db), Sites: w.reg}
	w.index = opened(t, t.TempDir())
	w.reader = search.NewFollower(w.index, feed.New(db, w.board, time.Now, nil), w.lib, nil)
	w.must(w.reader.CatchUp(w.ctx))
	w.must(w.reader.Rebuild(w.ctx))
	w.apply(citySite, countySite)
	return w
}

func (w *town) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *town) apply(files ...string) {
	w.t.Helper()
	var decls []site.Declaration
	for _, text := range files {
		d, err := site.ParseDeclaration([]byte(text))
		w.must(err)
		decls = append(decls, d)
	}
	_, err := w.sites.Apply(w.ctx, decls, nil)
	w.must(err)
}

func (w *town) site(code string) *site.Site {
	w.t.Helper()
	s, err := w.reg.ByCode(w.ctx, code)
	w.must(err)
	return s
}

func (w *town) place(code, path string) resource.Place {
	w.t.Helper()
	s := w.site(code)
	tree, err := w.reg.Columns(w.ctx, s.ID)
	w.must(err)
	return resource.Place{SiteID: s.ID, ColumnID: tree.Path(path).ID, ColumnPath: path, OwnPage: true}
}

func (w *town) receive(title string, class resource.Class, places ...resource.Place) int64 {
	w.t.Helper()
	out, err := w.desk.Receive(w.ctx, []resource.Incoming{{
		Owner: w.site("qinghe").ID, Class: class, Places: places,
		Provenance: resource.Provenance{Source: "test", ExternalID: title},
		Edition: resource.Edition{Title: title, Body: "<p>" + title + "正文</p>", Text: title + "正文", Source: "清河市人民政府",
			PublishedAt: day(2026, 3, 1),
			Document:    &resource.DocumentInfo{DocNo: "清政发〔2026〕18号"}},
	}})
	w.must(err)
	w.settle()
	return out[0].ItemID
}

func (w *town) settle() {
	w.t.Helper()
	w.must(w.board.Drain(w.ctx, feed.KindIndex))
	w.must(w.reader.CatchUp(w.ctx))
}

func TestLibraryToIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		policy := w.receive("中小企业融资措施", resource.Document, w.place("qinghe", "zwgk/zcwj"))
		notice := w.receive("供热价格公告", resource.Notice, w.place("qinghe", "zwgk/tzgg"))
		p := ask(t, w.index, search.Query{Text: "清政发[2026]18号 融资", Site: "qinghe", Column: "zwgk"})
		if len(p.Hits) == 0 || p.Hits[0].ItemID != policy || p.Hits[0].Type != "政策文件" ||
			p.Hits[0].Place.ColumnName != "政策文件" || !strings.HasPrefix(p.Hits[0].Place.URL, "/zwgk/zcwj/") {
			t.Fatalf("%+v", p.Hits)
		}

		w.must(w.desk.Place(w.ctx, policy, w.place("linshui", "zc")))
		w.settle()
		if p := ask(t, w.index, search.Query{Text: "融资", Site: "linshui"}); len(p.Hits) != 1 ||
			p.Hits[0].Place.Site != "linshui" || !strings.HasPrefix(p.Hits[0].Place.URL, "/zc/") {
			t.Errorf("placed on another site: %+v", p.Hits)
		}
		if p := ask(t, w.index, search.Query{Text: "融资"}); p.Total != 1 {
			t.Errorf("found %d times", p.Total)
		}
		w.rebuilt(policy, notice)

		w.must(w.desk.Unplace(w.ctx, policy, w.place("linshui", "zc").ColumnID))
		w.settle()
		if p := ask(t, w.index, search.Query{Text: "融资", Site: "linshui"}); p.Total != 0 {
			t.Errorf("unplaced and found: %+v", p.Hits)
		}

		seen, err := w.items.Current(w.ctx, policy)
		w.must(err)
		_, err = w.desk.Withdraw(w.ctx, resource.WithdrawRequest{Items: seen, Kind: resource.InError, Reason: "数据有误"})
		w.must(err)
		w.settle()
		expect(t, w.index, "融资")
		expect(t, w.index, "公告", notice)
		w.rebuilt(notice)
	}, tables()...)
}

// rebuilt rebuilds the index from the library and checks that it has exactly these items.
func (w *town) rebuilt(items ...int64) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, time.Minute)
	defer cancel()
	w.must(w.index.Rebuild(ctx, w.lib.All(ctx), nil))
	expect(w.t, w.index, "正文", items...)
}

func TestClosedSiteIsNotFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newTown(t, db)
		id := w.receive("中小企业融资措施", resource.Document, w.place("qinghe", "zwgk/zcwj"))
		w.must(w.desk.Place(w.ctx, id, w.place("linshui", "zc")))
		w.apply(strings.Replace(countySite, "name: 上级政策", "name: 政策转载", 1))
		w.settle()
		if p := ask(t, w.index, search.Query{Text: "融资", Site: "linshui"}); len(p.Hits) != 1 ||
			p.Hits[0].Place.ColumnName != "政策转载" {
			t.Errorf("renamed column: %+v", p.Hits)
		}
		w.must(w.sites.ChangeState(w.ctx, "linshui",
			site.StateChange{To: site.Offline, Reason: "整改", AppliedBy: "test", Approval: "1",
				NoticeURL: "https://www.qinghe.gov.cn/", PlannedRestoreAt: time.Now().AddDate(0, 0, 7).UnixMilli()}))
		w.settle()
		if p := ask(t, w.index, search.Query{Text: "融资"}); p.Total != 1 || len(p.Hits[0].Places) != 1 {
			t.Errorf("still on the closed site: %+v", p.Hits)
		}
		if p := ask(t, w.index, search.Query{Text: "融资", Site: "linshui"}); p.Total != 0 {
			t.Errorf("found on the closed site: %+v", p.Hits)
		}
	}, tables()...)
}
