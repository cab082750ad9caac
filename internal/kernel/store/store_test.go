package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/sync/errgroup"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(main(m)) }

// tables are what the tests of this package work on.
func tables() store.Migrations {
	return store.Migrations{Slice: "test", FS: fstest.MapFS{"001_test.sql": {Data: []byte(`-- +goose Up
CREATE TABLE test_row (id BIGINT PRIMARY KEY, name TEXT NOT NULL UNIQUE, n BIGINT NOT NULL,
    data BYTEA, yes BOOLEAN, ratio DOUBLE PRECISION);
CREATE TABLE test_child (id BIGINT PRIMARY KEY, row_id BIGINT NOT NULL REFERENCES test_row (id));
`)}}}
}

type row struct {
	bun.BaseModel `bun:"table:test_row,alias:r"`
	ID            int64   `bun:"id,pk"`
	Name          string  `bun:"name"`
	N             int64   `bun:"n"`
	Data          []byte  `bun:"data"`
	Yes           bool    `bun:"yes"`
	Ratio         float64 `bun:"ratio"`
}

// each runs fn on every engine with the tables made.
func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, db.Migrate(t.Context(), tables()))
		fn(t, db)
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func insert(ctx context.Context, tx bun.IDB, r row) error {
	_, err := tx.NewInsert().Model(&r).Exec(ctx)
	return err
}

func count(t *testing.T, db *store.DB) int {
	t.Helper()
	n, err := db.Read().NewSelect().Model((*row)(nil)).Count(context.Background())
	must(t, err)
	return int(n)
}

func TestTransactionCommitsOrNothing(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		rule := fault.New(fault.Conflict, "规则不允许。")
		var after []int
		for _, tc := range []struct {
			name string
			fn   func(ctx context.Context, tx bun.Tx) error
			err  error
		}{
			{"error", func(context.Context, bun.Tx) error { return rule }, rule},
			{"swallowed error of a nested call", func(ctx context.Context, _ bun.Tx) error {
				_ = db.InTx(ctx, func(context.Context, bun.Tx) error { return rule })
				return nil
			}, rule},
			{"nested error", func(ctx context.Context, _ bun.Tx) error {
				return db.InTx(ctx, func(context.Context, bun.Tx) error { return rule })
			}, rule},
			{"good", func(ctx context.Context, _ bun.Tx) error {
				return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
					store.AfterCommit(ctx, func() { after = append(after, 2) })
					return insert(ctx, tx, row{ID: 2, Name: "inner"})
				})
			}, nil},
		} {
			after = nil
			err := db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				store.AfterCommit(ctx, func() { after = append(after, 1, count(t, db)) })
				if err := insert(ctx, tx, row{ID: 1, Name: "outer"}); err != nil {
					return err
				}
				if n := count(t, db); n != 0 {
					t.Errorf("%s: a reader sees %d uncommitted rows", tc.name, n)
				}
				return tc.fn(ctx, tx)
			})
			if !errors.Is(err, tc.err) || fault.KindOf(err) != fault.KindOf(tc.err) {
				t.Errorf("%s: err = %v, want %v", tc.name, err, tc.err)
			}
			want, hooks := 0, "[]"
			if tc.err == nil {
				want, hooks = 2, "[1 2 2]" // first hook, its count of the committed rows, second hook
			}
			if n := count(t, db); n != want || fmt.Sprint(after) != hooks {
				t.Errorf("%s: %d rows, hooks %v", tc.name, n, after)
			}
		}
	})
}

func TestPanicRollsBack(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic was swallowed")
				}
			}()
			_ = db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				store.AfterCommit(ctx, func() { t.Error("hook ran") })
				must(t, insert(ctx, tx, row{ID: 1, Name: "a"}))
				panic("broken")
			})
		}()
		if count(t, db) != 0 {
			t.Error("a panic must roll back")
		}
		must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { // and leaves the writer free
			return insert(ctx, tx, row{ID: 1, Name: "a"})
		}))
	})
}

func TestHookMayStartATransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			store.AfterCommit(ctx, func() { // with the context of the finished transaction
				must(t, db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
					return insert(ctx, tx, row{ID: 2, Name: "hook"})
				}))
			})
			return insert(ctx, tx, row{ID: 1, Name: "a"})
		}))
		if n := count(t, db); n != 2 {
			t.Errorf("%d rows", n)
		}
		ran := false
		store.AfterCommit(t.Context(), func() { ran = true })
		if !ran {
			t.Error("outside a transaction the hook must run at once")
		}
	})
}

func TestContextEnds(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
			if err := insert(ctx, tx, row{ID: 1, Name: "a"}); err != nil {
				return err
			}
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || count(t, db) != 0 {
			t.Errorf("err = %v, %d rows", err, count(t, db))
		}
		calls := 0
		err = db.InTx(ctx, func(context.Context, bun.Tx) error { calls++; return nil })
		if !errors.Is(err, context.Canceled) || calls != 0 {
			t.Errorf("err = %v, %d calls", err, calls)
		}
	})
}

// TestWritersLoseNothing: read, add one, write; from many goroutines.
func TestWritersLoseNothing(t *testing.T) {
	const writers, rounds = 6, 20
	each(t, func(t *testing.T, db *store.DB) {
		must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return insert(ctx, tx, row{ID: 1, Name: "a"})
		}))
		var all sync.WaitGroup
		var mu sync.Mutex
		hooks := 0
		for range writers {
			all.Go(func() {
				for range rounds {
					if err := addOne(db, func() { mu.Lock(); hooks++; mu.Unlock() }); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		var n int
		must(t, db.Read().NewSelect().Model((*row)(nil)).Column("n").Where("id = 1").Scan(t.Context(), &n))
		if n != writers*rounds || hooks != n {
			t.Errorf("n = %d, hooks = %d, want %d", n, hooks, writers*rounds)
		}
	})
}

func addOne(db *store.DB, hook func()) error {
	return db.InTx(context.Background(), func(ctx context.Context, tx bun.Tx) error {
		store.AfterCommit(ctx, hook)
		var n int64
		if err := tx.NewSelect().Model((*row)(nil)).Column("n").Where("id = 1").Scan(ctx, &n); err != nil {
			return err
		}
		_, err := tx.NewUpdate().Model((*row)(nil)).Set("n = ?", n+1).Where("id = 1").Exec(ctx)
		return err
	})
}

// TestRuleHoldsBetweenWriters: "insert when there is none" from many sides gives one.
func TestRuleHoldsBetweenWriters(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				err := db.InTx(context.Background(), func(ctx context.Context, tx bun.Tx) error {
					n, err := tx.NewSelect().Model((*row)(nil)).Count(ctx)
					if err != nil || n > 0 {
						return err
					}
					return insert(ctx, tx, row{ID: int64(i), Name: fmt.Sprint(i)})
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := count(t, db); n != 1 {
			t.Errorf("%d rows, want 1", n)
		}
	})
}

func TestReaderSeesEveryCommit(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for i := int64(1); i <= 100; i++ {
			must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				return insert(ctx, tx, row{ID: i, Name: fmt.Sprint(i)})
			}))
			if n := count(t, db); n != int(i) {
				t.Fatalf("after commit %d a reader sees %d rows", i, n)
			}
		}
	})
}

// Many that hold a transaction and read beside it: none waits for the connection another holds.
func TestReadsBesideTransactions(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var all errgroup.Group
		for i := range 64 {
			all.Go(func() error {
				return db.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
					if err := insert(ctx, tx, row{ID: int64(i), Name: fmt.Sprint(i)}); err != nil {
						return err
					}
					_, err := db.Read().NewSelect().Model((*row)(nil)).Count(ctx)
					return err
				})
			})
		}
		must(t, all.Wait())
	})
}

func TestErrorsAreRecognised(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		in := func(fn func(ctx context.Context, tx bun.Tx) error) error { return db.InTx(t.Context(), fn) }
		must(t, in(func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, row{ID: 1, Name: "a"}) }))
		for _, tc := range []struct {
			name             string
			err              error
			unique, notFound bool
		}{
			{"primary key", in(func(ctx context.Context, tx bun.Tx) error {
				return insert(ctx, tx, row{ID: 1, Name: "b"})
			}), true, false},
			{"unique column", in(func(ctx context.Context, tx bun.Tx) error {
				return insert(ctx, tx, row{ID: 2, Name: "a"})
			}), true, false},
			{"foreign key", in(func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO test_child (id, row_id) VALUES (1, 99)")
				return err
			}), false, false},
			{"not null", in(func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "INSERT INTO test_row (id, name) VALUES (3, 'c')")
				return err
			}), false, false},
			{"no row", db.Read().NewSelect().Model(&row{}).Where("id = 99").Scan(t.Context()), false, true},
			{"syntax", in(func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, "SELEC")
				return err
			}), false, false},
		} {
			if tc.err == nil {
				t.Errorf("%s: no error", tc.name)
			}
			for _, err := range []error{tc.err, fault.Wrap(fault.Conflict, fmt.Errorf("x: %w", tc.err), "请重试。")} {
				if store.UniqueViolation(err) != tc.unique || store.NotFound(err) != tc.notFound {
					t.Errorf("%s: unique %v, not found %v: %v", tc.name, store.UniqueViolation(err),
						store.NotFound(err), err)
				}
			}
		}
		if store.UniqueViolation(nil) || store.NotFound(nil) {
			t.Error("nil is no violation")
		}
	})
}

func TestValuesComeBack(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		for i, name := range []string{"清政发〔2026〕18号", `'quoted' "twice" \ back ? $1 ?0`, "line\nbreak\ttab", "𠮷野家", "",
			"$$ :name @x"} {
			want := row{ID: int64(i) + 1<<60, Name: name, N: -1 << 62, Data: []byte{0, 1, 0xff, '\''}, Yes: i%2 == 0,
				Ratio: 0.1}
			must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx, want) }))
			var got row
			must(t, db.Read().NewSelect().Model(&got).Where("name = ?", name).Where("data = ?",
				want.Data).Scan(t.Context()))
			if fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", want) {
				t.Errorf("got %#v, want %#v", got, want)
			}
			var n int64 // raw SQL with $1 is the same text on both engines, through the pool itself
			must(t, db.Read().NewRaw("SELECT n FROM test_row WHERE name = ? AND yes = ?", name,
				want.Yes).Scan(t.Context(), &n))
			if n != want.N {
				t.Errorf("n = %d", n)
			}
		}
	})
}

func TestHealth(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		db, err := store.Open(t.Context(), dsn)
		must(t, err)
		must(t, db.Health(t.Context()))
		if db.Postgres() != strings.HasPrefix(dsn, "postgres") || (db.SkipLocked() != "") != db.Postgres() {
			t.Error("the engine does not know itself")
		}
		must(t, db.Close())
		if err := db.Health(t.Context()); !fault.Is(err, fault.Unavailable) {
			t.Errorf("closed: err = %v", err)
		}
	})
}

func TestOpenErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, []byte("this is not a database, it is a text of some length"), 0o600))
	for _, tc := range []struct {
		dsn  string
		kind fault.Kind
	}{
		{"", fault.Invalid},
		{"mysql://root:geheim@h/db", fault.Invalid},
		{"sqlite:", fault.Invalid},
		{"sqlite::memory:", fault.Invalid},
		{"sqlite:" + file, fault.Unavailable},
		{"sqlite:" + file + "/below/a/file.db", fault.Unavailable},
		{"postgres://u:geheim@127.0.0.1:notaport/db", fault.Invalid},
		{"postgres://u:geheim@127.0.0.1:1/db?connect_timeout=2", fault.Unavailable},
	} {
		db, err := store.Open(t.Context(), tc.dsn)
		if err == nil {
			t.Errorf("%q: opened", tc.dsn)
			_ = db.Close()
			continue
		}
		if fault.KindOf(err) != tc.kind || strings.Contains(err.Error(), "geheim") || fault.Text(err) == "" {
			t.Errorf("%q: %v: %v", tc.dsn, fault.KindOf(err), err)
		}
	}
}

func TestSQLitePathsAndSettings(t *testing.T) {
	for _, name := range []string{"库.db", "with space.db", "a?b#c%41&d=e.db", "deep/er/x.db"} {
		path := filepath.Join(t.TempDir(), name)
		db := storetest.Open(t, "sqlite:"+path)
		must(t, db.Migrate(t.Context(), tables()))
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	db := storetest.Open(t, storetest.SQLite(t))
	must(t, db.Migrate(t.Context(), tables()))
	must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1",
			"busy_timeout": "5000"} {
			var got string
			if err := tx.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s = %s, want %s (%v)", pragma, got, want, err)
			}
		}
		return nil
	}))
	if err := insert(t.Context(), db.Read(), row{ID: 1, Name: "a"}); err == nil {
		t.Error("the reader pool must not write")
	}
}

// TestConnectionLost tells a database that is away from one that refuses.
func TestConnectionLost(t *testing.T) {
	dsn := storetest.Postgres(t)
	db := storetest.Open(t, dsn)
	if _, err := db.Read().ExecContext(t.Context(), "SELECT * FROM nowhere"); err == nil || store.ConnectionLost(err) {
		t.Errorf("a wrong query counts as a lost database: %v", err)
	}
	storetest.Cut(t, dsn)
	for range 3 { // an open connection that ended, then new ones that are refused
		if _, err := db.Read().ExecContext(t.Context(), "SELECT 1"); !store.ConnectionLost(err) {
			t.Errorf("lost: %v", err)
		}
	}
	if _, err := store.Open(t.Context(), "postgres://guiyi:x@127.0.0.1:1/none?sslmode=disable"); !store.ConnectionLost(err) {
		t.Errorf("nobody listens: %v", err)
	}
	if store.ConnectionLost(nil) || store.ConnectionLost(context.Canceled) {
		t.Error("nothing counts as lost")
	}
}
