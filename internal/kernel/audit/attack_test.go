package audit_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/dump"
	"guiyi/internal/kernel/store/storetest"
)

// TestOnlyAdded: the database refuses every statement that changes or removes a row or a seal, sealed or not.
func TestOnlyAdded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(3)
		w.must(w.add(audit.Entry{Action: "x", Object: "item", ID: 4})) // not sealed yet
		statements := []string{
			"UPDATE audit_row SET detail = '别的' WHERE number = 2",
			"UPDATE audit_row SET detail = '别的' WHERE number = 4",
			"UPDATE audit_row SET at = at",
			"DELETE FROM audit_row WHERE number = 2",
			"DELETE FROM audit_row WHERE number = 4",
			"DELETE FROM audit_row",
			"UPDATE audit_seal SET hash = 'x' WHERE seq = 2",
			"UPDATE audit_seal SET seq = seq + 10",
			"DELETE FROM audit_seal WHERE seq = 3",
			"DELETE FROM audit_seal",
			"INSERT INTO audit_row SELECT id, at, kind, actor, action, object, number, owner, '别的', request" +
				" FROM audit_row WHERE number = 2 ON CONFLICT (id) DO UPDATE SET detail = '别的'",
		}
		if w.DB.Postgres() {
			statements = append(statements, "TRUNCATE audit_row", "TRUNCATE audit_seal",
				"TRUNCATE audit_row, audit_seal")
		} else {
			statements = append(statements,
				"UPDATE OR REPLACE audit_row SET id = (SELECT max(id) FROM audit_row) WHERE number = 1",
				"INSERT OR REPLACE INTO audit_row SELECT id, at, kind, actor, action, object, number, owner, '别的',"+
					" request FROM audit_row WHERE number = 2",
				"REPLACE INTO audit_seal SELECT seq, row_id, 'x' FROM audit_seal WHERE seq = 2",
				"REPLACE INTO audit_seal SELECT 9, row_id, hash FROM audit_seal WHERE seq = 2")
		}
		for _, s := range statements {
			err := w.DB.InTx(w.ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, s)
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "only added") {
				t.Errorf("%s: %v", s, err)
			}
		}
		if rep := w.verify(); rep.Broken != 0 || rep.Sealed != 3 || rep.Unsealed != 1 {
			t.Errorf("%+v", rep)
		}
		if n, err := w.Seal(w.ctx); n != 1 || err != nil {
			t.Errorf("a row is sealed no more: %d %v", n, err)
		}
	})
}

// TestGuardTakenAway: when a trigger is gone, Verify says which, and changes nothing by trying.
func TestGuardTakenAway(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(3)
		drop := map[string]string{"audit_row 的 DELETE": "DROP TRIGGER audit_row_no_delete",
			"audit_seal 的 UPDATE": "DROP TRIGGER audit_seal_no_update"}
		if w.DB.Postgres() {
			drop = map[string]string{"audit_row 的 DELETE": "ALTER TABLE audit_row DISABLE TRIGGER USER",
				"audit_seal 的 UPDATE": "DROP TRIGGER audit_seal_only_added ON audit_seal"}
		}
		for what, statement := range drop {
			w.must(w.DB.InTx(w.ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, statement)
				return err
			}))
			if all := strings.Join(w.verify().Faults, "\n"); !strings.Contains(all, what) {
				t.Errorf("%s: %s", what, all)
			}
		}
		if rep := w.verify(); rep.Sealed != 3 || strings.Contains(strings.Join(rep.Faults, ""), "封记") {
			t.Errorf("trying changed something: %+v", rep)
		}
	})
}

// TestAttacks: whatever an owner of the database does to rows that are sealed is told, and of which row.
func TestAttacks(t *testing.T) {
	swap := func(table, key, field string, x, y int) []string {
		one := func(n int) string { return fmt.Sprintf("(SELECT %s FROM %s WHERE %s = %d)", field, table, key, n) }
		set := "UPDATE %s SET %s = %s WHERE %s = %d"
		return []string{fmt.Sprintf("CREATE TABLE kept AS SELECT %s AS k FROM %s WHERE %s = %d", field, table, key, x),
			fmt.Sprintf(set, table, field, one(y), key, x),
			fmt.Sprintf("UPDATE %s SET %s = (SELECT k FROM kept) WHERE %s = %d", table, field, key, y)}
	}
	type attack struct{ queries, want []string }
	cases := map[string]attack{
		"two texts swapped": {
			swap("audit_row", "number", "detail", 3, 7),
			[]string{"第 3 条", "第 7 条"},
		},
		"two times swapped": {
			swap("audit_row", "number", "at", 3, 7),
			[]string{"第 3 条", "第 7 条"},
		},
		"two hashes swapped": {
			swap("audit_seal", "seq", "hash", 3, 7),
			[]string{"第 3 条", "第 7 条"},
		},
		"actor's case": {
			[]string{"UPDATE audit_row SET actor = 'wang' WHERE number = 4"},
			[]string{"第 4 条"},
		},
		"actor's normal form": {
			[]string{"UPDATE audit_row SET actor = 'Jose\u0301' WHERE number = 5"},
			[]string{"第 5 条"},
		},
		"a space behind": {
			[]string{"UPDATE audit_row SET detail = detail || ' ' WHERE number = 5"},
			[]string{"第 5 条"},
		},
		"half width": {
			[]string{"UPDATE audit_row SET detail = replace(detail, '５', '5') WHERE number = 5"},
			[]string{"第 5 条"},
		},
		"text to the request": {
			[]string{"UPDATE audit_row SET request = detail, detail = '' WHERE number = 5"},
			[]string{"第 5 条"},
		},
		"kind of the actor": {
			[]string{"UPDATE audit_row SET kind = 'system' WHERE number = 5"},
			[]string{"第 5 条"},
		},
		"the middle removed": {
			[]string{
				"DELETE FROM audit_seal WHERE seq IN (4, 5)",
				"DELETE FROM audit_row WHERE number IN (4, 5)",
			},
			[]string{"第 3 条之后缺少 2 条"},
		},
		"the beginning removed": {
			[]string{"DELETE FROM audit_seal WHERE seq < 4", "DELETE FROM audit_row WHERE number < 4"},
			[]string{"第 0 条之后缺少 3 条", "不足至少留存的 184 天"},
		},
		"numbers closed up": {
			[]string{
				"DELETE FROM audit_seal WHERE seq = 4",
				"UPDATE audit_seal SET seq = -seq WHERE seq > 4",
				"UPDATE audit_seal SET seq = -seq - 1 WHERE seq < 0",
			},
			[]string{"第 4 条", "末尾被截去"},
		},
	}
	lite := map[string]attack{ // PostgreSQL refuses them itself
		"no number": {
			[]string{"UPDATE audit_row SET at = 'gestern' WHERE number = 6"},
			[]string{"第 6 条"},
		},
		"a fraction": {
			[]string{"UPDATE audit_row SET owner = owner + 0.5 WHERE number = 6"},
			[]string{"第 6 条"},
		},
	}
	maps.Copy(cases, lite)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				if _, ok := lite[name]; ok && w.DB.Postgres() {
					return
				}
				for i, actor := range []string{"", "", "", "Wang", "Jos\u00e9", "", "", ""} {
					w.must(w.add(audit.Entry{Action: "item.write", Object: "item", ID: int64(i + 1),
						Detail: fmt.Sprintf("改第５段，%d", i)}))
					if actor != "" {
						w.tamper(fmt.Sprintf("UPDATE audit_row SET actor = '%s' WHERE number = %d", actor, i+1))
					}
					w.tamper(fmt.Sprintf("UPDATE audit_row SET at = at - %d WHERE number = %d", 100-i, i+1))
				}
				if n, err := w.Seal(w.ctx); n != 8 || err != nil {
					t.Fatal(n, err)
				}
				if rep := w.verify(); rep.Broken != 0 || rep.Sealed != 8 || len(rep.Notices) != 0 {
					t.Fatalf("untouched: %+v", rep)
				}
				w.tamper(c.queries...)
				rep := w.verify()
				all := strings.Join(rep.Faults, "\n")
				for _, want := range c.want {
					if !strings.Contains(all, want) {
						t.Errorf("no %q in:\n%s", want, all)
					}
				}
				if strings.Contains(all, "第 2 条") || strings.Contains(all, "触发器") {
					t.Errorf("what nobody touched is told:\n%s", all)
				}
			})
		})
	}
}

// TestCutWhileItRuns: rows that are written after the end of the chain was cut do not make the cut forgotten; a
// platform that goes on says it once, and seals on.
func TestCutWhileItRuns(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var log bytes.Buffer
		w.Log = slog.New(slog.NewTextHandler(&log, nil))
		w.fill(6)
		before, err := os.ReadFile(w.File)
		w.must(err)
		w.tamper("DELETE FROM audit_seal WHERE seq > 4", "DELETE FROM audit_row WHERE number > 4")
		for i := range 5 {
			w.must(w.add(audit.Entry{Action: "item.write", Object: "item", ID: int64(100 + i)}))
			w.Tick(w.ctx)
		}
		rep := w.verify()
		if rep.Broken != 1 || !strings.Contains(rep.Faults[0], "至 6 条") ||
			rep.Sealed != 9 || rep.Unsealed != 0 {
			t.Errorf("%+v", rep)
		}
		if after, err := os.ReadFile(w.File); err != nil || !bytes.Equal(before, after) {
			t.Errorf("the proof was overwritten: %s %v", after, err)
		}
		if n := strings.Count(log.String(), "does not match its head file"); n != 1 {
			t.Errorf("told %d times:\n%s", n, &log)
		}
		w.must(os.WriteFile(w.File, []byte("{"), 0o600)) // nor is a file that cannot be read
		w.Tick(w.ctx)
		if after, _ := os.ReadFile(w.File); string(after) != "{" {
			t.Errorf("a spoiled file was overwritten: %s", after)
		}
		w.must(os.Remove(w.File)) // what the manual says
		w.Tick(w.ctx)
		if rep := w.verify(); rep.Broken != 0 {
			t.Errorf("%+v", rep)
		}
	})
}

// TestFromWhere: of a chain that was computed anew the headFile tells between which links the change lies.
func TestFromWhere(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 200 { // more than a headFile keeps
			w.fill(1)
		}
		w.tamper("DELETE FROM audit_seal WHERE seq >= 150",
			"UPDATE audit_row SET detail = '别的' WHERE id = (SELECT max(id) FROM audit_row WHERE NOT EXISTS"+
				" (SELECT 1 FROM audit_seal WHERE row_id = id) AND id < (SELECT max(id) FROM audit_row))")
		if _, err := (&audit.Chain{DB: w.DB}).Seal(w.ctx); err != nil {
			t.Fatal(err)
		}
		rep := w.verify()
		var from, to int
		if rep.Broken != 1 {
			t.Fatalf("%+v", rep)
		}
		if _, err := fmt.Sscanf(rep.Faults[0], "第 %d 至 %d 条", &from, &to); err != nil || from > 199 || to < 199 ||
			to-from > 20 {
			t.Errorf("row 199 was changed: %s", rep.Faults[0])
		}
		if b, err := os.ReadFile(w.File); err != nil || len(b) > 16<<10 {
			t.Errorf("the headFile grows: %d %v", len(b), err)
		}
	})
}

// TestClocks: rows of two processes whose clocks differ, and of one whose clock ran ahead and was put right, all get
// their place; that time went back is told of that row, and is no fault.
func TestClocks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(2)
		day := int64(24 * 3600 * 1000)
		put := func(number, at int64) {
			w.must(w.DB.InTx(w.ctx, func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.NewInsert().Model(&audit.Row{
					ID:     store.IDAt(at) + number,
					At:     at,
					Kind:   "officer",
					Actor:  "8",
					Action: "item.write",
					Object: "item",
					Number: number,
				}).Exec(ctx)
				return err
			}))
		}
		now := store.NowMilli()
		put(3, now+30*day) // another process, a month ahead
		if n, err := w.Seal(w.ctx); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		w.fill(1) // and this one goes on
		if rep := w.verify(); rep.Sealed != 4 || rep.Unsealed != 0 || rep.Broken != 0 || len(rep.Notices) != 1 ||
			!strings.Contains(rep.Notices[0], "第 4 条") {
			t.Errorf("ahead: %+v", rep)
		}
		put(5, now-day) // a process whose clock is a day behind
		if n, err := w.Seal(w.ctx); n != 0 || err != nil {
			t.Fatal(n, err)
		}
		if rep := w.verify(); rep.Unsealed != 1 || len(rep.Notices) != 2 ||
			!strings.Contains(rep.Notices[1], fmt.Sprint(store.IDAt(now-day)+5)) {
			t.Errorf("behind, not sealed: %+v", rep)
		}
		w.Tick(w.ctx) // the first of a process looks at all
		if rep := w.verify(); rep.Sealed != 5 || rep.Unsealed != 0 || rep.Broken != 0 || len(rep.Notices) != 2 ||
			!strings.Contains(rep.Notices[1], "第 5 条") {
			t.Errorf("behind: %+v", rep)
		}
	})
}

// TestTwoProcesses write and seal in turn, each with its own connection and its own headFile.
func TestTwoProcesses(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		var both [2]*world
		for i := range both {
			both[i] = newWorld(t, storetest.Open(t, dsn))
		}
		for i := range 20 {
			w := both[i%2]
			w.must(w.add(audit.Entry{Action: "x", Object: "item", ID: int64(i)}))
			if i%3 == 0 {
				if _, err := w.Seal(w.ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, w := range both {
			if _, err := w.Seal(w.ctx); err != nil {
				t.Fatal(err)
			}
			if rep := w.verify(); rep.Sealed != 20 || rep.Broken != 0 || len(rep.Notices) != 0 {
				t.Errorf("%+v", rep)
			}
		}
		both[0].tamper("UPDATE audit_row SET detail = '别的' WHERE number = 11")
		for _, w := range both {
			if rep := w.verify(); rep.Broken != 1 {
				t.Errorf("%+v", rep)
			}
		}
	}, audit.Migrations())
}

// TestManyAtOnce: ten thousand rows of one moment are sealed in the order of their ids, and one changed among them is
// named.
func TestManyAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 10 {
			entries := make([]audit.Entry, 1000)
			for i := range entries {
				entries[i] = audit.Entry{Action: "item.write", Object: "item", ID: int64(i), Owner: 1}
			}
			w.must(w.add(entries...))
		}
		w.tamper("UPDATE audit_row SET at = (SELECT min(at) FROM audit_row)")
		if n, err := w.Seal(w.ctx); n != 10_000 || err != nil {
			t.Fatal(n, err)
		}
		if rep := w.verify(); rep.Sealed != 10_000 || rep.Unsealed != 0 || rep.Broken != 0 {
			t.Fatalf("%+v", rep)
		}
		w.tamper("UPDATE audit_row SET number = -1 WHERE id = (SELECT row_id FROM audit_seal WHERE seq = 7777)")
		if rep := w.verify(); rep.Broken != 1 || !strings.Contains(rep.Faults[0], "第 7777 条") {
			t.Errorf("%+v", rep)
		}
	})
}

// TestCopied: the rows go into a database of either engine as they are, with its guard, and verify there.
func TestCopied(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(12)
		storetest.Each(t, func(t *testing.T, db *store.DB) {
			copyTables(t, w.DB, db)
			there := newWorld(t, db)
			noted, err := os.ReadFile(w.File)
			w.must(err)
			w.must(os.MkdirAll(filepath.Dir(there.File), 0o750))
			w.must(os.WriteFile(there.File, noted, 0o600))
			if rep := there.verify(); rep.Sealed != 12 || rep.Broken != 0 {
				t.Errorf("%+v", rep)
			}
			there.fill(1)
			if rep := there.verify(); rep.Sealed != 13 || rep.Broken != 0 {
				t.Errorf("it does not go on: %+v", rep)
			}
		}, audit.Migrations())
	})
}

func copyTables(t *testing.T, from, to *store.DB) {
	t.Helper()
	ctx := t.Context()
	if err := from.Snapshot(ctx, func(ctx context.Context, tx bun.IDB) error {
		s, _, err := dump.Describe(ctx, from, tx)
		if err != nil {
			return err
		}
		return to.Bulk(ctx, func(ctx context.Context, b *store.Bulk) error {
			for _, table := range s.Tables {
				var lines [][]byte
				if err := dump.Read(ctx, tx, table, func(line []byte) error {
					lines = append(lines, bytes.Clone(line))
					return nil
				}); err != nil {
					return err
				}
				if err := dump.Load(ctx, b, table, func() ([]byte, error) {
					if len(lines) == 0 {
						return nil, io.EOF
					}
					line := lines[0]
					lines = lines[1:]
					return line, nil
				}); err != nil {
					return err
				}
			}
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
}
