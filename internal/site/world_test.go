package site

import (
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

// world is a desk on a new database, with a clock of its own and a subscriber that records events.
type world struct {
	*Desk
	t     *testing.T
	reg   *Register
	board *jobs.Board
	ctx   context.Context // unlimited scope

	mu     sync.Mutex
	clock  time.Time
	events []ChangedEvent
}

// tables are those that the tests need.
func tables() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), audit.Migrations(), Migrations()}
}

func newWorld(t *testing.T, db *store.DB) *world {
	t.Helper()
	if err := db.Migrate(t.Context(), tables()...); err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	w := &world{t: t, reg: NewRegister(db), clock: shanghaiTime("2026-03-01 09:00"),
		ctx: actor.With(t.Context(), actor.Unlimited("test"))}
	w.board = jobs.New(db, jobs.Options{Now: w.now})
	w.board.Subscribe(Changed, "note")
	w.board.Handle("note", w.note, jobs.HandleOptions{Batch: 100})
	w.Desk = NewDesk(db, w.board, blobs, w.now)
	return w
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newWorld(t, db)) }, tables()...)
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) at(s string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = shanghaiTime(s)
}

func (w *world) note(_ context.Context, batch []jobs.Job) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range batch {
		var ev ChangedEvent
		if err := json.Unmarshal(j.Args, &ev); err != nil {
			return err
		}
		w.events = append(w.events, ev)
	}
	return nil
}

// news returns the events since the last call.
func (w *world) news() []ChangedEvent {
	w.t.Helper()
	// The events are due at the board's time, which does not advance.
	if err := w.board.Drain(w.ctx, "note"); err != nil {
		w.t.Fatal(err)
	}
	got := w.events
	w.events = nil
	return got
}

func (w *world) apply(files ...string) *Plan {
	w.t.Helper()
	p, err := w.try(nil, files...)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) try(dir fs.FS, files ...string) (*Plan, error) {
	w.t.Helper()
	var decls []Declaration
	for _, text := range files {
		d, err := ParseDeclaration([]byte(text))
		if err != nil {
			w.t.Fatal(err)
		}
		decls = append(decls, d)
	}
	return w.Apply(w.ctx, decls, dir)
}

func (w *world) site(code string) *Site {
	w.t.Helper()
	s, err := w.reg.ByCode(w.ctx, code)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) tree(code string) *Tree {
	w.t.Helper()
	tree, err := w.reg.Columns(w.ctx, w.site(code).ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return tree
}

func (w *world) column(code, path string) *Column {
	w.t.Helper()
	c := w.tree(code).Path(path)
	if c == nil {
		w.t.Fatalf("site %s has no column %s", code, path)
	}
	return c
}

func shanghaiTime(s string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15:04", s, store.Shanghai())
	if err != nil {
		panic(err)
	}
	return at
}

func lines(p *Plan) string {
	var out []string
	for _, s := range p.Steps {
		out = append(out, s.String())
	}
	return strings.Join(out, "\n")
}

// has reports whether the findings include this code and level.
func has(fs []rule.Finding, level rule.Level, code string) bool {
	for _, f := range fs {
		if f.Code == code && f.Level == level && f.Text != "" && f.Field != "" {
			return true
		}
	}
	return false
}

func folder(files map[string]string) fs.FS {
	dir := fstest.MapFS{}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}
