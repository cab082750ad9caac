package audit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
)

type world struct {
	*audit.Chain
	t   *testing.T
	ctx context.Context
}

func each(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, newWorld(t, db)) }, audit.Migrations())
}

func newWorld(t *testing.T, db *store.DB) *world {
	who := actor.Actor{Kind: actor.Officer, ID: "7", Permissions: []actor.Permission{audit.Read},
		Scope: actor.Scope{All: true}}
	return &world{t: t, Chain: &audit.Chain{DB: db, File: filepath.Join(t.TempDir(), "a", "audit.head")},
		ctx: actor.With(t.Context(), who)}
}

func (w *world) add(entries ...audit.Entry) error {
	return w.DB.InTx(w.ctx, func(ctx context.Context, tx bun.Tx) error { return audit.Append(ctx, tx, entries...) })
}

func (w *world) fill(n int) {
	w.t.Helper()
	for i := range n {
		w.must(w.add(audit.Entry{Action: "item.write", Object: "item", ID: int64(i + 1), Owner: int64(i%2 + 1),
			Detail: "改标题"}))
	}
	if _, err := w.Seal(w.ctx); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// tamper does what the owner of the database can: it takes the triggers away, changes rows, and puts them back.
func (w *world) tamper(queries ...string) {
	w.t.Helper()
	w.must(w.DB.InTx(w.ctx, func(ctx context.Context, tx bun.Tx) error {
		before, after := []string{}, []string{}
		if w.DB.Postgres() {
			for _, table := range []string{"audit_row", "audit_seal"} {
				before = append(before, "ALTER TABLE "+table+" DISABLE TRIGGER USER")
				after = append(after, "ALTER TABLE "+table+" ENABLE ALWAYS TRIGGER "+table+"_only_added")
			}
		} else {
			names := []string{}
			if err := tx.NewRaw("SELECT 'DROP TRIGGER ' || name FROM sqlite_schema WHERE type = 'trigger'").
				Scan(ctx, &before); err != nil {
				return err
			}
			if err := tx.NewRaw("SELECT sql FROM sqlite_schema WHERE type = 'trigger'").Scan(ctx, &names); err != nil {
				return err
			}
			after = names
		}
		for _, q := range slices.Concat(before, queries, after) {
			if _, err := tx.ExecContext(ctx, q); err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	}))
}

func (w *world) verify() audit.Report {
	w.t.Helper()
	rep, err := w.Verify(w.ctx)
	w.must(err)
	return rep
}

// TestWithTheChange: a row exists if, and only if, its change does; without an actor there is none.
func TestWithTheChange(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		failed := errors.New("no")
		err := w.DB.InTx(w.ctx, func(ctx context.Context, tx bun.Tx) error {
			return errors.Join(audit.Append(ctx, tx, audit.Entry{Action: "x", Object: "item"}), failed)
		})
		if !errors.Is(err, failed) || w.verify().Unsealed != 0 {
			t.Errorf("a row of a change that failed stays: %v", err)
		}
		err = w.DB.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			return audit.Append(ctx, tx, audit.Entry{Action: "x", Object: "item"})
		})
		if !fault.Is(err, fault.Forbidden) {
			t.Errorf("nobody: %v", err)
		}
		w.must(w.add(audit.Entry{Action: "x", Object: "item", Detail: strings.Repeat("长", 900) + "\x00"}))
		if rep := w.verify(); rep.Unsealed != 1 || rep.Sealed != 0 || rep.Broken != 0 {
			t.Errorf("%+v", rep)
		}
	})
}

// TestTampering: one broken row is found and named, however it was changed.
func TestTampering(t *testing.T) {
	for name, c := range map[string]struct{ query, want string }{
		"text changed":        {"UPDATE audit_row SET detail = '没有' WHERE number = 5", "第 5 条"},
		"actor changed":       {"UPDATE audit_row SET actor = '8' WHERE number = 5", "第 5 条"},
		"time changed":        {"UPDATE audit_row SET at = at - 1 WHERE number = 5", "第 5 条"},
		"owner changed":       {"UPDATE audit_row SET owner = 9 WHERE number = 5", "第 5 条"},
		"removed":             {"DELETE FROM audit_row WHERE number = 5", "第 5 条记录"},
		"seal changed":        {"UPDATE audit_seal SET hash = 'x' WHERE seq = 5", "第 5 条"},
		"seal removed":        {"DELETE FROM audit_seal WHERE seq = 5", "第 4 条之后缺少 1 条"},
		"end cut":             {"DELETE FROM audit_seal WHERE seq > 8", "末尾被截去"},
		"end cut with rows":   {"DELETE FROM audit_row WHERE number > 8", "第 9 条记录"},
		"last row and seal":   {"DELETE FROM audit_seal WHERE seq = 10", "末尾被截去"},
		"all seals forgotten": {"DELETE FROM audit_seal", "末尾被截去"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.fill(10)
				if rep := w.verify(); rep.Broken != 0 || rep.Sealed != 10 || rep.Unsealed != 0 {
					t.Fatalf("untouched: %+v", rep)
				}
				w.tamper(c.query)
				rep := w.verify()
				if rep.Broken == 0 || !strings.Contains(strings.Join(rep.Faults, "\n"), c.want) {
					t.Errorf("%+v", rep)
				}
			})
		})
	}
}

// TestComputedAnew: a chain that was recomputed from a changed row on does not fit the file beside the database.
func TestComputedAnew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(4)
		w.tamper("DELETE FROM audit_seal", "UPDATE audit_row SET detail = '别的' WHERE number = 2")
		forger := &audit.Chain{DB: w.DB}
		if _, err := forger.Seal(w.ctx); err != nil {
			t.Fatal(err)
		}
		if rep, err := forger.Verify(w.ctx); err != nil || rep.Broken != 0 {
			t.Fatalf("the forged chain does not even fit itself: %+v %v", rep, err)
		}
		if rep := w.verify(); rep.Broken != 1 || !strings.Contains(rep.Faults[0], "水位文件") {
			t.Errorf("%+v", rep)
		}
	})
}

// TestSealersMeet: several write and seal at once; every row gets one place.
func TestSealersMeet(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 25 {
					if err := w.add(audit.Entry{Action: "x", Object: "item", Owner: 1}); err != nil {
						t.Error(err)
					}
					if _, err := w.Seal(w.ctx); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if rep := w.verify(); rep.Sealed != 100 || rep.Unsealed != 0 || rep.Broken != 0 {
			t.Errorf("%+v", rep)
		}
	})
}

// TestListIsTheCallers: only rows of the caller's sites, newest first, and only with the permission.
func TestListIsTheCallers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.fill(6)
		who, _ := actor.From(w.ctx)
		mine := actor.With(t.Context(), who.In(1))
		rows, err := audit.List(mine, w.DB.Read(), audit.Filter{Limit: 10})
		if err != nil || len(rows) != 3 || rows[0].Number != 5 || rows[2].Number != 1 {
			t.Errorf("%+v %v", rows, err)
		}
		if rows, err := audit.List(mine, w.DB.Read(), audit.Filter{Owner: 2, Limit: 10}); err != nil || len(rows) != 0 {
			t.Errorf("another's: %+v %v", rows, err)
		}
		if rows, err := audit.List(mine, w.DB.Read(), audit.Filter{Object: "item", ID: 3, Limit: 10}); err != nil ||
			len(rows) != 1 {
			t.Errorf("one: %+v %v", rows, err)
		}
		if _, err := audit.List(actor.With(t.Context(), actor.Actor{Scope: actor.Scope{All: true}}), w.DB.Read(),
			audit.Filter{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("without the permission: %v", err)
		}
	})
}

// TestHeadIsWrittenLater: a head that could not be written, for instance on a full disk, is written later.
func TestHeadIsWrittenLater(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(os.WriteFile(filepath.Dir(w.File), nil, 0o600)) // a file stands where the folder should be
		w.must(w.add(audit.Entry{Action: "x", Object: "item"}))
		if _, err := w.Seal(w.ctx); err == nil {
			t.Fatal("a head that was not written is not told")
		}
		w.must(os.Remove(filepath.Dir(w.File)))
		_, err := w.Seal(w.ctx)
		w.must(err)
		w.tamper("DELETE FROM audit_seal")
		if rep := w.verify(); rep.Broken != 1 {
			t.Errorf("the head was not written later: %+v", rep)
		}
	})
}

// TestRunLogsOnce: while the database is unavailable the sealer logs it once, not every second, and continues
// afterwards.
func TestRunLogsOnce(t *testing.T) {
	db, err := store.Open(t.Context(), storetest.SQLite(t)) // without the tables
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var log bytes.Buffer
	c := &audit.Chain{DB: db, Log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 5 {
		c.Tick(t.Context())
	}
	if n := strings.Count(log.String(), "cannot be sealed"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
	if err := db.Migrate(t.Context(), audit.Migrations()); err != nil {
		t.Fatal(err)
	}
	c.Tick(t.Context())
	c.Tick(t.Context())
	if strings.Count(log.String(), "sealed again") != 1 {
		t.Errorf("the end is not told once:\n%s", log.String())
	}
}
