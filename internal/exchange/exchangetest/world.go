// Package exchangetest (导入测试) sets up what tests of imports need: database, blob store, one site and a desk of
// exchange. It has no publisher.
package exchangetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/exchange"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// Site is the code of the site of every World.
const Site = "qinghe"

const declaration = `site: qinghe
name: 清河市人民政府
kind: portal
state: running
domains: [www.qinghe.gov.cn]
dossier: {idcode: "2301990001", sponsor: 清河市人民政府, organizer: 清河市人民政府办公室, icp: 黑ICP备00000000号-1, police: 黑公网安备 23019900000001号, phone: 0450-00000000, home: https://www.qinghe.gov.cn/}
columns:
  - {slug: xwdt, name: 新闻动态, kind: channel, types: [工作动态], update: news, description: 新闻, children: [{slug: szyw, name: 时政要闻, types: [工作动态], update: news, description: 要闻}, {slug: tzgg, name: 通知公告, types: [工作动态], update: notice, description: 公告}]}
  - {slug: zwgk, name: 政务公开, kind: channel, types: [政策文件], update: policy, description: 公开, children: [{slug: zcwj, name: 政策文件, types: [政策文件], update: policy, description: 文件}]}
`

// World is the environment of one test.
type World struct {
	*exchange.Desk
	T       testing.TB
	Board   *jobs.Board
	Library *resource.Library
	Dir     string          // folder of the blob store
	Ctx     context.Context // with an actor of unlimited scope

	mu     sync.Mutex
	events []resource.ChangedEvent
	clock  time.Time
}

// Tables returns the migrations that a World needs.
func Tables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), site.Migrations(), resource.Migrations(),
		exchange.Migrations()}
}

// New returns a World on a database, which may have data of an earlier World.
func New(t testing.TB, db *store.DB, dir string) *World {
	t.Helper()
	w := &World{T: t, Dir: dir, Ctx: actor.With(t.Context(), actor.Unlimited("test")),
		clock: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	w.must(db.Migrate(w.Ctx, Tables()...))
	blobs, err := blob.Open(w.Ctx, "dir:"+dir)
	w.must(err)
	t.Cleanup(func() { _ = blobs.Close() })
	w.Board = jobs.New(db, jobs.Options{Now: w.now})
	w.Board.Subscribe(resource.Changed, "note")
	w.Board.Handle("note", w.note, jobs.HandleOptions{Batch: 100})
	sites := site.NewDesk(db, w.Board, blobs, w.now)
	decl, err := site.ParseDeclaration([]byte(declaration))
	w.must(err)
	_, err = sites.Apply(w.Ctx, []site.Declaration{decl}, fstest.MapFS{})
	w.must(err)
	w.Library = resource.NewLibrary(db)
	w.Desk = &exchange.Desk{
		DB:    db,
		Blobs: blobs,
		Items: resource.NewDesk(db, w.Board, blobs, w.now),
		Sites: site.NewRegister(db),
		Now:   w.now,
		Log:   slog.New(slog.DiscardHandler),
	}
	return w
}

// SQLite returns a World on a new SQLite database.
func SQLite(t testing.TB) *World {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return New(t, db, t.TempDir())
}

func (w *World) must(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// now returns the time of a clock that advances by a second at every call.
func (w *World) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(time.Second)
	return w.clock
}

func (w *World) note(_ context.Context, batch []jobs.Job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range batch {
		var ev resource.ChangedEvent
		if err := json.Unmarshal(j.Args, &ev); err != nil {
			return err
		}
		w.events = append(w.events, ev)
	}
	return nil
}

// Events processes the waiting jobs and returns the number of changed items announced since the last call.
func (w *World) Events() int {
	w.T.Helper()
	w.must(w.Board.Drain(w.Ctx, "note"))
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, e := range w.events {
		n += len(e.Items)
	}
	w.events = nil
	return n
}

// Import imports into the site and checks that the totals add up.
func (w *World) Import(o exchange.Request) *exchange.Report {
	w.T.Helper()
	o.Site = Site
	r, err := w.Run(w.Ctx, o)
	if err != nil {
		w.T.Fatalf("import: %v", err)
	}
	if !r.AddUp() {
		w.T.Fatalf("totals do not add up: %+v", r.Totals)
	}
	return r
}

// ImportPath imports a file or folder.
func (w *World) ImportPath(at string, mapping *exchange.Mapping) *exchange.Report {
	w.T.Helper()
	src, err := exchange.OpenPath(at, w.Blobs)
	w.must(err)
	return w.Import(exchange.Request{Source: src, Mapping: mapping})
}

// Imported is an item in the library.
type Imported struct {
	Item    *resource.Item
	Edition *resource.Edition
	From    []resource.Provenance
}

// Items returns all items in the library by external ID.
func (w *World) Items() map[string]Imported {
	w.T.Helper()
	all := map[string]Imported{}
	for after := int64(0); ; {
		page, err := w.Library.List(w.Ctx, resource.Filter{After: after, Limit: 500})
		w.must(err)
		for _, s := range page.Items {
			it, e, err := w.Library.Item(w.Ctx, s.Item.ID)
			w.must(err)
			from, err := w.Library.Provenance(w.Ctx, s.Item.ID)
			w.must(err)
			for _, p := range from {
				all[p.ExternalID] = Imported{it, e, from}
			}
			after = s.Item.ID
		}
		if len(page.Items) < 500 {
			return all
		}
	}
}

// Counts returns the number of rows of each table, and the number of files of the blob store under "blobs".
func (w *World) Counts() map[string]int {
	w.T.Helper()
	counts := map[string]int{}
	for _, table := range []string{"resource_item", "resource_edition", "resource_placement", "resource_link",
		"resource_tag", "resource_provenance", "resource_address",
		"resource_old_address", "resource_finding", "resource_pending_link", "exchange_run", "exchange_quarantine",
		"exchange_undated", "job_task"} {
		var n int
		w.must(w.DB.Read().NewSelect().TableExpr("?", bun.Ident(table)).ColumnExpr("count(*)").Scan(w.Ctx, &n))
		counts[table] = n
	}
	w.must(filepath.WalkDir(w.Dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			counts["blobs"]++
		}
		return err
	}))
	return counts
}

// Write writes files into a new folder and returns the folder.
func Write(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Page returns the HTML of a plain article page.
func Page(title, body string) string {
	return fmt.Sprintf(
		`<!DOCTYPE html><html><head><meta charset="utf-8"><title>%s</title><meta name="ArticleTitle" content="%s"><meta name="PubDate" content="2026-03-02 10:30">
<meta name="ContentSource" content="清河日报"></head><body><h1>%s</h1><div class="TRS_Editor">%s</div></body></html>`, title, title, title, body)
}
