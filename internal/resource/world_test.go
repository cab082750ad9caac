package resource

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
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

// world is a library on a fresh database with two sites, a clock of its own, and a
// subscriber that notes the events.
type world struct {
	*Desk
	t       testing.TB
	lib     *Library
	pub     *Published
	all     context.Context // the platform's own scope
	city    int64
	county  int64
	sites   map[string]int64 // by code
	columns map[string]int64 // "city/xwdt" → id

	mu    sync.Mutex
	clock time.Time
	heard []ChangedEvent
}

// tables are those that the tests need.
func tables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), site.Migrations(), Migrations()}
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	w := &world{t: t, lib: NewLibrary(db), pub: NewPublished(db),
		sites: map[string]int64{}, columns: map[string]int64{},
		clock: time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC),
		all:   actor.With(t.Context(), actor.Unlimited("test"))}
	if err := db.Migrate(t.Context(), tables()...); err != nil {
		t.Fatal(err)
	}
	board := jobs.New(db, jobs.Options{Now: w.now})
	board.Subscribe(Changed, "note")
	board.Handle("note", w.note, jobs.HandleOptions{Batch: 100})
	blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	w.Desk = NewDesk(db, board, blobs, w.now)
	w.city, w.county = w.addSite("city"), w.addSite("county")
	return w
}

func (w *world) addSite(code string) int64 {
	w.t.Helper()
	d, err := site.ParseDeclaration(fmt.Appendf(nil, declared, code))
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := site.NewDesk(w.db, w.board, nil, w.now).Apply(w.all, []site.Declaration{d}, nil); err != nil {
		w.t.Fatal(err)
	}
	reg := site.NewRegister(w.db)
	s, err := reg.ByCode(w.all, code)
	if err != nil {
		w.t.Fatal(err)
	}
	tree, err := reg.Columns(w.all, s.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range tree.All() {
		w.columns[code+"/"+c.Path] = c.ID
	}
	w.sites[code] = s.ID
	return s.ID
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newWorld(t, db)) }, tables()...)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func (w *world) note(_ context.Context, batch []jobs.Job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range batch {
		var ev ChangedEvent
		if err := json.Unmarshal(j.Args, &ev); err != nil {
			return err
		}
		w.heard = append(w.heard, ev)
	}
	return nil
}

// news returns the events since the last call.
func (w *world) news() []ChangedEvent {
	w.t.Helper()
	w.drain("note")
	got := w.heard
	w.heard = nil
	return got
}

func (w *world) drain(kinds ...string) {
	w.t.Helper()
	if err := w.board.Drain(w.all, kinds...); err != nil {
		w.t.Fatal(err)
	}
}

// wantNews checks that exactly one event came, with exactly these items.
func (w *world) wantNews(items ...int64) ChangedEvent {
	w.t.Helper()
	news := w.news()
	if len(items) == 0 {
		if len(news) != 0 {
			w.t.Errorf("events %+v, want none", news)
		}
		return ChangedEvent{}
	}
	if len(news) != 1 {
		w.t.Fatalf("%d events, want one: %+v", len(news), news)
	}
	var got []int64
	for _, c := range news[0].Items {
		got = append(got, c.Item)
	}
	slices.Sort(got)
	slices.Sort(items)
	if !slices.Equal(got, items) {
		w.t.Errorf("event about %v, want %v", got, items)
	}
	return news[0]
}

func (w *world) as(owners ...int64) context.Context {
	return actor.With(w.t.Context(), actor.Unlimited("王明").In(owners...))
}

// spot is a wish to place an item in a column named "site/path".
func (w *world) spot(column string) Place {
	w.t.Helper()
	id, ok := w.columns[column]
	if !ok {
		w.t.Fatalf("no column %s", column)
	}
	code, path, _ := cutColumn(column)
	return Place{SiteID: w.sites[code], ColumnID: id, ColumnPath: path, OwnPage: path != "gywz"}
}

func cutColumn(s string) (code, path string, ok bool) {
	for i := range s {
		if s[i] == '/' {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// incoming is an article of the city in the given columns, default city/xwdt.
func (w *world) incoming(id string, columns ...string) Incoming {
	if len(columns) == 0 {
		columns = []string{"city/xwdt"}
	}
	in := Incoming{Owner: w.city, Class: Article, Provenance: Provenance{Source: "old", ExternalID: id,
		RawHash: "raw-" + id},
		Edition: Edition{Title: "标题" + id, Source: "市政府办公室", Body: "<p>正文" + id + "</p>", Text: "正文" + id,
			PublishedAt: 1_700_000_000_000}}
	for _, c := range columns {
		in.Places = append(in.Places, w.spot(c))
	}
	return in
}

func (w *world) receive(batch ...Incoming) []Outcome {
	w.t.Helper()
	out, err := w.Receive(w.all, batch)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// one receives a single item and returns its id.
func (w *world) one(id string, columns ...string) int64 {
	w.t.Helper()
	return w.receive(w.incoming(id, columns...))[0].ItemID
}

func (w *world) item(id int64) (*Item, *Edition) {
	w.t.Helper()
	it, e, err := w.lib.Item(w.all, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return it, e
}

// draft writes a draft over an item and returns the item.
func (w *world) draft(id int64, title string) *Item {
	w.t.Helper()
	it, _ := w.item(id)
	it, err := w.Revise(w.all, Seen{id, it.Version}, func(_ *Item, e *Edition) error { e.Title = title; return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return it
}

// seen are the items as they stand now; of an unknown one version 1.
func (w *world) seen(ids ...int64) []Seen {
	w.t.Helper()
	out := make([]Seen, len(ids))
	for i, id := range ids {
		out[i] = Seen{Item: id, Version: 1}
		row := new(itemRow)
		if err := w.db.Read().NewSelect().Model(row).Where("id = ?", id).Scan(w.all); err == nil {
			out[i].Version = row.Version
		}
	}
	return out
}

// doRelease, doWithdraw and doCancel decide about items as they stand now.
func (w *world) doRelease(ctx context.Context, at int64, ids ...int64) error {
	w.t.Helper()
	_, err := w.Release(ctx, at, w.seen(ids...)...)
	return err
}

func (w *world) doLink(ctx context.Context, l Link) error {
	_, err := w.Link(ctx, l)
	return err
}

func (w *world) doWithdraw(ctx context.Context, o WithdrawOrder) error {
	w.t.Helper()
	o.Items = w.seen(idsOf(o.Items)...)
	_, err := w.Withdraw(ctx, o)
	return err
}

func (w *world) doCancel(ctx context.Context, id int64) error {
	w.t.Helper()
	_, err := w.CancelPlan(ctx, w.seen(id)[0])
	return err
}

// titles are the titles a column lists, newest first.
func (w *world) titles(column string) []string {
	w.t.Helper()
	entries, err := w.pub.Top(w.all, w.columns[column], 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Title)
	}
	return out
}

func (w *world) shown(siteID, id int64) *Shown {
	w.t.Helper()
	all, err := w.pub.OnSite(w.all, siteID, []int64{id})
	if err != nil {
		w.t.Fatal(err)
	}
	return all[id]
}

// dump is the whole content of the slice's tables, to see that nothing changed.
func (w *world) dump() string {
	w.t.Helper()
	var out []byte
	for _, table := range []string{"item", "edition", "placement", "link", "pending_link", "tag", "provenance",
		"address", "old_address", "finding", "counter", "index_no", "unplaced", "media"} {
		var rows []map[string]any
		if err := w.db.Read().NewSelect().Table("resource_"+table).Scan(w.all, &rows); err != nil {
			w.t.Fatal(table, err)
		}
		lines := make([]string, len(rows))
		for i, r := range rows {
			b, err := json.Marshal(r)
			if err != nil {
				w.t.Fatal(err)
			}
			lines[i] = string(b)
		}
		slices.Sort(lines)
		out = fmt.Appendf(out, "%s %v\n", table, lines)
	}
	return string(out)
}

func (w *world) inTx(fn func(ctx context.Context, tx bun.Tx) error) {
	w.t.Helper()
	if err := w.db.InTx(w.all, fn); err != nil {
		w.t.Fatal(err)
	}
}
