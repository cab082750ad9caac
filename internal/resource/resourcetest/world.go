// Package resourcetest (资源库测试) creates a library for tests: two sites with the same columns, a clock that the test
// controls, and items.
package resourcetest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

const declared = `
site: %s
name: 清河市人民政府
columns:
- { slug: xwdt, name: 新闻动态 }
- { slug: tzgg, name: 通知公告 }
- { slug: zcwj, name: 政策文件 }
- { slug: gywz, name: 关于本站, kind: page }
`

// World is the library of a test, with the sites "city" and "county".
type World struct {
	*resource.Desk
	T       testing.TB
	DB      *store.DB
	Board   *jobs.Board
	Library *resource.Library
	Public  *published.Reader
	All     context.Context  // context of an actor with all permissions
	Sites   map[string]int64 // by code
	Columns map[string]int64 // "city/xwdt" → id

	mu    sync.Mutex
	clock time.Time
}

// Tables returns the migrations that a World needs.
func Tables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), site.Migrations(), resource.Migrations()}
}

// New creates a World on an empty database.
func New(t testing.TB, db *store.DB) *World {
	t.Helper()
	w := &World{
		T:       t,
		DB:      db,
		Library: resource.NewLibrary(db),
		Public:  published.New(db),
		All:     actor.With(t.Context(), actor.Unlimited("test")),
		Sites:   map[string]int64{},
		Columns: map[string]int64{},
		clock:   time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC),
	}
	if err := db.Migrate(t.Context(), Tables()...); err != nil {
		t.Fatal(err)
	}
	w.Board = jobs.New(db, jobs.Options{Now: w.Now})
	blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	w.Desk = resource.NewDesk(db, w.Board, blobs, w.Now)
	w.AddSite("city")
	w.AddSite("county")
	return w
}

// AddSite adds or changes a site with the same columns and returns its id. more are further lines of its declaration.
func (w *World) AddSite(code string, more ...string) int64 {
	w.T.Helper()
	d, err := site.ParseDeclaration([]byte(fmt.Sprintf(declared, code) + strings.Join(more, "\n")))
	if err != nil {
		w.T.Fatal(err)
	}
	if _, err := site.NewDesk(w.DB, w.Board, nil, w.Now).Apply(w.All, []site.Declaration{d}, nil); err != nil {
		w.T.Fatal(err)
	}
	reg := site.NewRegister(w.DB)
	s, err := reg.ByCode(w.All, code)
	if err != nil {
		w.T.Fatal(err)
	}
	tree, err := reg.Columns(w.All, s.ID)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, c := range tree.All() {
		w.Columns[code+"/"+c.Path] = c.ID
	}
	w.Sites[code] = s.ID
	return s.ID
}

// Now returns the time of the clock.
func (w *World) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

// Pass advances the clock.
func (w *World) Pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

// Spot returns the Place for a column given as "SITE/PATH".
func (w *World) Spot(column string) resource.Place {
	w.T.Helper()
	id, ok := w.Columns[column]
	if !ok {
		w.T.Fatalf("no column %s", column)
	}
	code, path, _ := strings.Cut(column, "/")
	return resource.Place{SiteID: w.Sites[code], ColumnID: id, ColumnPath: path, OwnPage: path != "gywz"}
}

// Incoming returns an article of the site "city" in the given columns; the default is city/xwdt.
func (w *World) Incoming(id string, columns ...string) resource.Incoming {
	if len(columns) == 0 {
		columns = []string{"city/xwdt"}
	}
	in := resource.Incoming{
		Owner:      w.Sites["city"],
		Class:      resource.Article,
		Provenance: resource.Provenance{Source: "old", ExternalID: id, RawHash: "raw-" + id},
		Edition: resource.Edition{
			Title:       "标题" + id,
			Source:      "市政府办公室",
			Body:        "<p>正文" + id + "</p>",
			Text:        "正文" + id,
			PublishedAt: 1_700_000_000_000,
		},
	}
	for _, c := range columns {
		in.Places = append(in.Places, w.Spot(c))
	}
	return in
}

// Take receives a batch.
func (w *World) Take(batch ...resource.Incoming) []resource.Outcome {
	w.T.Helper()
	out, err := w.Receive(w.All, batch)
	if err != nil {
		w.T.Fatal(err)
	}
	return out
}

// One receives one article and returns its id.
func (w *World) One(id string, columns ...string) int64 {
	w.T.Helper()
	return w.Take(w.Incoming(id, columns...))[0].ItemID
}

// Rewrite adds a draft edition with a new title and returns the item.
func (w *World) Rewrite(id int64, title string) *resource.Item {
	w.T.Helper()
	it, err := w.Revise(w.All, w.Seen(id)[0], func(_ *resource.Item, e *resource.Edition) error {
		e.Title = title
		return nil
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return it
}

// Seen returns the current versions of items. An unknown item gets version 1.
func (w *World) Seen(ids ...int64) []resource.Seen {
	w.T.Helper()
	out := make([]resource.Seen, len(ids))
	for i, id := range ids {
		out[i] = resource.Seen{Item: id, Version: 1}
		if found, err := w.Library.Current(w.All, id); err == nil {
			out[i] = found[0]
		}
	}
	return out
}

// Gone withdraws items in their current versions.
func (w *World) Gone(kind resource.WithdrawKind, ids ...int64) {
	w.T.Helper()
	request := resource.WithdrawRequest{Items: w.Seen(ids...), Kind: kind, Reason: "x"}
	if _, err := w.Withdraw(w.All, request); err != nil {
		w.T.Fatal(err)
	}
}
