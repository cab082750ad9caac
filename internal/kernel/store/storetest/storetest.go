package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the SQL driver "pgx"

	"guiyi/internal/kernel/store"
)

// Each runs fn as sub-tests "sqlite" and "postgres" with a new database. Without sets the database is empty. With
// sets it has their tables and is copied from a template (see templates).
func Each(t *testing.T, fn func(t *testing.T, db *store.DB), sets ...store.Migrations) {
	t.Helper()
	EachURL(t, func(t *testing.T, dsn string) { fn(t, Open(t, dsn)) }, sets...)
}

// EachURL is Each for tests that open the database themselves, for instance in several processes.
func EachURL(t *testing.T, fn func(t *testing.T, dsn string), sets ...store.Migrations) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { fn(t, SQLite(t, sets...)) })
	t.Run("postgres", func(t *testing.T) { fn(t, Postgres(t, sets...)) })
}

// Open opens dsn and closes it when the test ends.
func Open(t testing.TB, dsn string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatalf("open database: %v", err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close database: %v", err)
		}
	})
	return db
}

// SQLite returns the URL of a new database. Without sets the file does not exist yet. With sets it has their tables.
func SQLite(t testing.TB, sets ...store.Migrations) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "test.db")
	if len(sets) > 0 {
		if err := os.WriteFile(name, template.sqlite(t, sets), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return "sqlite:" + name
}

// Postgres returns the URL of a new database that is dropped when the test ends. Without sets it is empty. With sets it
// has their tables.
func Postgres(t testing.TB, sets ...store.Migrations) string {
	t.Helper()
	admin := os.Getenv("GUIYI_TEST_PG")
	if admin == "" {
		if os.Getenv("CI") == "true" || os.Getenv("GUIYI_TEST_PG_REQUIRED") == "1" {
			t.Fatal("GUIYI_TEST_PG is not set, but this run must test PostgreSQL: start it by test/pg.sh")
		}
		t.Skip("GUIYI_TEST_PG is not set; run the test by: test/pg.sh go test …")
	}
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatal("GUIYI_TEST_PG is not a URL")
	}
	name := "guiyi_test_" + strings.ToLower(rand.Text())
	from := ""
	if len(sets) > 0 {
		from = template.postgres(t, u, sets)
	}
	execute(t, admin, "CREATE DATABASE "+name+from)
	t.Cleanup(func() { execute(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })
	u.Path = "/" + name
	return u.String()
}

// Cut makes a PostgreSQL database refuse new connections and ends the open ones, as if the server were stopped.
func Cut(t testing.TB, dsn string) {
	t.Helper()
	admin := os.Getenv("GUIYI_TEST_PG")
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal("not a URL")
	}
	name := strings.TrimPrefix(u.Path, "/")
	execute(t, admin, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false")
	execute(t, admin, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
}

func connect(t testing.TB, dsn string) *sql.DB {
	t.Helper()
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		t.Fatalf("open GUIYI_TEST_PG: %v", err)
	}
	return pool
}

func execute(t testing.TB, dsn, query string) {
	t.Helper()
	pool := connect(t, dsn)
	defer pool.Close()
	if _, err := pool.ExecContext(context.Background(), query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}
