package dump_test

import (
	"context"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/dump"
	"guiyi/internal/kernel/store/storetest"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// slice has every type, a foreign key against the order of names, and a table without a key.
func slice(files ...string) store.Migrations {
	first := `CREATE TABLE alpha_part (id BIGINT PRIMARY KEY, whole BIGINT NOT NULL REFERENCES alpha_whole (id));`
	set := fstest.MapFS{
		"1_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE alpha_whole (id BIGINT PRIMARY KEY, small INTEGER, f DOUBLE PRECISION, b BOOLEAN, t TEXT, raw BYTEA);\n" + first + "\nCREATE TABLE alpha_heap (t TEXT NOT NULL);")},
		"2_b.sql": {Data: []byte("-- +goose Up\nALTER TABLE alpha_part ADD COLUMN extra BOOLEAN NOT NULL DEFAULT FALSE;")},
	}
	for i, text := range files {
		set[string(rune('3'+i))+"_x.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + text)}
	}
	return store.Migrations{Slice: "alpha", FS: set}
}

func describe(t *testing.T, db *store.DB) dump.Schema {
	t.Helper()
	var s dump.Schema
	must(t, db.Snapshot(t.Context(), func(ctx context.Context, tx bun.IDB) (err error) {
		s, _, err = dump.Describe(ctx, db, tx)
		return err
	}))
	return s
}

func insert(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	must(t, db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	}))
}

func fill(t *testing.T, db *store.DB) {
	t.Helper()
	insert(t, db, "INSERT INTO alpha_whole VALUES (?, 7, ?, ?, ?, ?), (?, NULL, NULL, NULL, NULL, NULL)",
		int64(math.MaxInt64), 1.0/3, true, "县\n\"\\é\u2028", []byte{0, 1, 255}, int64(math.MinInt64))
	insert(t, db, "INSERT INTO alpha_part VALUES (1, ?, ?), (2, ?, ?)", int64(math.MaxInt64), true,
		int64(math.MinInt64), false)
	insert(t, db, "INSERT INTO alpha_heap VALUES ('twice'), ('twice'), ('')")
}

// read returns the lines of each table, sorted.
func read(t *testing.T, db *store.DB, s dump.Schema) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	must(t, db.Snapshot(t.Context(), func(ctx context.Context, tx bun.IDB) error {
		for _, table := range s.Tables {
			err := dump.Read(ctx, tx, table, func(line []byte) error {
				out[table.Name] = append(out[table.Name],
					string(line))
				return nil
			})
			if err != nil {
				return err
			}
			slices.Sort(out[table.Name])
		}
		return nil
	}))
	return out
}

func lines(of []string) func() ([]byte, error) {
	return func() ([]byte, error) {
		if len(of) == 0 {
			return nil, io.EOF
		}
		line := of[0]
		of = of[1:]
		return []byte(line), nil
	}
}

func load(t *testing.T, db *store.DB, s dump.Schema, rows map[string][]string) error {
	t.Helper()
	return db.Bulk(t.Context(), func(ctx context.Context, b *store.Bulk) error {
		for _, table := range s.Tables {
			if err := dump.Load(ctx, b, table, lines(rows[table.Name])); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestBetweenEngines writes what each engine held into each engine: the lines are the same.
func TestBetweenEngines(t *testing.T) {
	storetest.Each(t, func(t *testing.T, from *store.DB) {
		must(t, from.Migrate(t.Context(), slice()))
		fill(t, from)
		schema := describe(t, from)
		if schema.Versions["alpha"] != 2 || len(schema.Tables) != 3 || schema.Tables[2].Name != "alpha_part" {
			t.Fatalf("schema: %+v", schema)
		}
		want := read(t, from, schema)
		if len(want["alpha_heap"]) != 3 || !strings.Contains(want["alpha_whole"][1],
			"9223372036854775807,7,0.3333333333333333,true") {
			t.Fatalf("lines: %v", want)
		}
		storetest.Each(t, func(t *testing.T, to *store.DB) {
			must(t, to.MigrateTo(t.Context(), schema.Versions,
				slice("CREATE TABLE alpha_later (id BIGINT PRIMARY KEY);")))
			for i, table := range describe(t, to).Tables {
				if !table.Same(schema.Tables[i]) {
					t.Fatalf("the engines describe %s differently: %v", table.Name, table)
				}
			}
			must(t, load(t, to, schema, want))
			for table, rows := range read(t, to, schema) {
				if !slices.Equal(rows, want[table]) {
					t.Errorf("%s: %v", table, rows)
				}
			}
			for _, table := range schema.Tables {
				a, err := dump.SumOf(t.Context(), from.Read(), table)
				must(t, err)
				b, err := dump.SumOf(t.Context(), to.Read(), table)
				must(t, err)
				if a != b || a.Rows == 0 {
					t.Errorf("%s: sums differ: %v %v", table.Name, a, b)
				}
			}
			must(t, to.Migrate(t.Context(), slice("CREATE TABLE alpha_later (id BIGINT PRIMARY KEY);")))
		})
	})
}

// TestSnapshotStandsStill reads while others write, and a writer does not wait for the reader.
func TestSnapshotStandsStill(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, db.Migrate(t.Context(), slice()))
		insert(t, db, "INSERT INTO alpha_heap VALUES ('before')")
		must(t, db.Snapshot(t.Context(), func(ctx context.Context, tx bun.IDB) error {
			insert(t, db, "INSERT INTO alpha_heap VALUES ('during')")
			insert(t, db, "DELETE FROM alpha_heap WHERE t = 'before'")
			s, err := dump.SumOf(ctx, tx, dump.Table{Name: "alpha_heap",
				Columns: []dump.Column{{Name: "t", Type: dump.Text}}})
			var want dump.Sum
			want.Add([]byte("[\"before\"]\n"))
			if s != want {
				t.Errorf("%d rows seen, want the one from before", s.Rows)
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM alpha_heap"); err == nil {
				t.Error("a snapshot can write")
			}
			return err
		}))
	})
}

// TestFailedLoadLeavesNothing: a bad line, a missing row, a text that the engine refuses.
func TestFailedLoadLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, db.Migrate(t.Context(), slice()))
		schema := describe(t, db)
		broken := errors.New("the archive ends here")
		for name, rows := range map[string]map[string][]string{
			"bad line":    {"alpha_heap": {"[\"a\"]\n", "[1]\n"}},
			"doubled":     {"alpha_whole": {"[1,null,null,null,null,null]\n", "[1,null,null,null,null,null]\n"}},
			"no referent": {"alpha_heap": {"[\"a\"]\n"}, "alpha_part": {"[1,5,true]\n"}},
		} {
			if load(t, db, schema, rows) == nil {
				t.Errorf("%s: no error", name)
			}
		}
		err := db.Bulk(t.Context(), func(ctx context.Context, b *store.Bulk) error {
			n := 0
			return dump.Load(ctx, b, schema.Tables[0], func() ([]byte, error) {
				if n++; n > 100 {
					return nil, broken
				}
				return []byte("[\"a\"]\n"), nil
			})
		})
		if !errors.Is(err, broken) {
			t.Errorf("the reader's error became %v", err)
		}
		for text, line := range map[string]string{"zero byte": `["a\u0000b"]`, "no UTF-8": `[{"base64":"/w=="}]`} {
			err := load(t, db, schema, map[string][]string{"alpha_heap": {line + "\n"}})
			if db.Postgres() && (!fault.Is(err, fault.Invalid) || !strings.Contains(fault.Text(err), "SQLite")) {
				t.Errorf("%s: %v", text, err)
			}
			if !db.Postgres() {
				must(t, err)
				if got := read(t, db, schema)["alpha_heap"]; len(got) != 1 || got[0] != line+"\n" {
					t.Errorf("%s: came back as %q", text, got)
				}
				insert(t, db, "DELETE FROM alpha_heap")
			}
		}
		for _, table := range schema.Tables {
			if empty, err := dump.Empty(t.Context(), db.Read(), table.Name); !empty || err != nil {
				t.Errorf("%s is not empty, %v", table.Name, err)
			}
		}
	})
}

func TestDescribeRefusesAndLeavesOut(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		must(t, db.Migrate(t.Context(), slice()))
		insert(t, db, "CREATE TABLE stranger (id BIGINT)")
		s, foreign, err := dump.Describe(t.Context(), db, db.Read())
		if err != nil || len(s.Tables) != 3 || !slices.Equal(foreign, []string{"stranger"}) {
			t.Errorf("%v, foreign %v, %v", s.Tables, foreign, err)
		}
		if empty, err := dump.Empty(t.Context(), db.Read(), "stranger"); !empty || err != nil {
			t.Errorf("empty: %v, %v", empty, err)
		}
		insert(t, db, "CREATE TABLE alpha_odd (at TIMESTAMP)")
		if _, _, err := dump.Describe(t.Context(), db, db.Read()); err == nil ||
			!strings.Contains(err.Error(), "alpha_odd.at") {
			t.Errorf("a type that would be lost: %v", err)
		}
	})
}

func TestNewest(t *testing.T) {
	if n, err := slice("SELECT 1;").Newest(); n != 3 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := (store.Migrations{Slice: "x", FS: fstest.MapFS{}}).Newest(); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := (store.Migrations{Slice: "x", FS: fstest.MapFS{"x.sql": {}}}).Newest(); err == nil {
		t.Error("a file without a number was taken")
	}
}
