package store_test

import (
	"strings"
	"sync"
	"testing"

	"guiyi/internal/kernel/store/storetest"
)

// TestTemplates: databases that are copied from one template have its tables and nothing of each other; other files are
// another template, and no sets an empty database.
func TestTemplates(t *testing.T) {
	const note = "CREATE TABLE note_a (id BIGINT PRIMARY KEY);"
	sets := files("note", note)
	storetest.EachURL(t, func(t *testing.T, dsn string) {
		fresh := storetest.SQLite
		if strings.HasPrefix(dsn, "postgres") {
			fresh = storetest.Postgres
		}
		first := storetest.Open(t, dsn)
		if _, err := first.Read().ExecContext(t.Context(), "SELECT id FROM note_a"); err != nil {
			t.Error(err)
		}
		must(t, first.Migrate(t.Context(), sets)) // nothing to do
		must(t, first.Migrate(t.Context(), files("note", note, "INSERT INTO note_a VALUES (7);")))
		var wg sync.WaitGroup
		for range 4 { // as packages do that are tested at once
			wg.Go(func() {
				db := storetest.Open(t, fresh(t, sets))
				n, row := 0, db.Read().QueryRowContext(t.Context(), "SELECT count(*) FROM note_a")
				if err := row.Scan(&n); err != nil || n != 0 {
					t.Errorf("%d rows of another test, %v", n, err)
				}
			})
		}
		wg.Wait()
		if exists(storetest.Open(t, fresh(t, files("note", "CREATE TABLE note_b (id BIGINT PRIMARY KEY);"))), "note_a") {
			t.Error("other files, and the tables of these")
		}
		if exists(storetest.Open(t, fresh(t)), "note_a") {
			t.Error("a database without sets has tables")
		}
	}, sets)
}
