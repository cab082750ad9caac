package resource_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/resource/resourcetest"
)

// world is a library on a fresh database with a subscriber that notes the events.
type world struct {
	*resourcetest.World
	t       testing.TB
	db      *store.DB
	board   *jobs.Board
	lib     *resource.Library
	pub     *published.Reader
	all     context.Context // the platform's own scope
	city    int64
	county  int64
	sites   map[string]int64 // by code
	columns map[string]int64 // "city/xwdt" → id

	mu    sync.Mutex
	heard []resource.ChangedEvent
}

func newWorld(t testing.TB, db *store.DB) *world {
	t.Helper()
	lib := resourcetest.New(t, db)
	w := &world{
		World:   lib,
		t:       t,
		db:      db,
		board:   lib.Board,
		lib:     lib.Library,
		pub:     lib.Public,
		all:     lib.All,
		city:    lib.Sites["city"],
		county:  lib.Sites["county"],
		sites:   lib.Sites,
		columns: lib.Columns,
	}
	w.board.Subscribe(resource.Changed, "note")
	w.board.Handle("note", w.note, jobs.HandleOptions{Batch: 100})
	return w
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newWorld(t, db)) }, resourcetest.Tables()...)
}

func (w *world) note(_ context.Context, batch []jobs.Job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range batch {
		var ev resource.ChangedEvent
		if err := json.Unmarshal(j.Args, &ev); err != nil {
			return err
		}
		w.heard = append(w.heard, ev)
	}
	return nil
}

// news returns the events since the last call.
func (w *world) news() []resource.ChangedEvent {
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
func (w *world) wantNews(items ...int64) resource.ChangedEvent {
	w.t.Helper()
	news := w.news()
	if len(items) == 0 {
		if len(news) != 0 {
			w.t.Errorf("events %+v, want none", news)
		}
		return resource.ChangedEvent{}
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

func (w *world) item(id int64) (*resource.Item, *resource.Edition) {
	w.t.Helper()
	it, e, err := w.lib.Item(w.all, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return it, e
}

// doRelease, doWithdraw and doCancel decide about items as they stand now.
func (w *world) doRelease(ctx context.Context, at int64, ids ...int64) error {
	w.t.Helper()
	_, err := w.Release(ctx, at, w.Seen(ids...)...)
	return err
}

func (w *world) doLink(ctx context.Context, l resource.Link) error {
	_, err := w.Link(ctx, l)
	return err
}

func (w *world) doWithdraw(ctx context.Context, o resource.WithdrawRequest) error {
	w.t.Helper()
	ids := make([]int64, len(o.Items))
	for i, seen := range o.Items {
		ids[i] = seen.Item
	}
	o.Items = w.Seen(ids...)
	_, err := w.Withdraw(ctx, o)
	return err
}

func (w *world) doCancel(ctx context.Context, id int64) error {
	w.t.Helper()
	_, err := w.CancelPlan(ctx, w.Seen(id)[0])
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

func (w *world) shown(siteID, id int64) *published.Shown {
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
		"address", "old_address", "finding", "counter", "index_no", "unplaced", "media", "review", "approval"} {
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
