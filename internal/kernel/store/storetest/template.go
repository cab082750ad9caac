package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"guiyi/internal/kernel/store"
)

// templates are migrated databases that are copied for tests, because migrating takes longer than a small test. A
// template is identified by the hash of the migration files.
type templates struct {
	mu     sync.Mutex
	files  map[string][]byte // content of SQLite files, by hash
	exists map[string]bool   // templates on the PostgreSQL server, by name
	copy   string            // clause of CREATE DATABASE that copies fastest
}

var template = &templates{files: map[string][]byte{}, exists: map[string]bool{}}

// hashOf returns a hash over the names and files of sets, in their order.
func hashOf(t testing.TB, sets []store.Migrations) string {
	t.Helper()
	sum := sha256.New()
	for _, set := range sets {
		names, err := fs.Glob(set.FS, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(sum, "%s %d\n", set.Slice, len(names))
		for _, name := range names {
			text, err := fs.ReadFile(set.FS, name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(sum, "%s %d\n%s", name, len(text), text)
		}
	}
	return hex.EncodeToString(sum.Sum(nil))[:24]
}

// migrated creates the tables of sets in a database and closes it.
func migrated(t testing.TB, dsn string, sets []store.Migrations) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	db, err := store.Open(ctx, dsn)
	if err != nil {
		t.Fatalf("open the template: %v", err)
	}
	if err := db.Migrate(ctx, sets...); err != nil {
		t.Fatalf("migrate the template: %v", err)
	}
	if err := db.Close(); err != nil {
		t.Fatalf("close the template: %v", err)
	}
}

// sqlite returns the content of a database file with the tables of sets. It migrates once per process.
func (s *templates) sqlite(t testing.TB, sets []store.Migrations) []byte {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	hash := hashOf(t, sets)
	if s.files[hash] == nil {
		name := filepath.Join(t.TempDir(), "template.db")
		migrated(t, "sqlite:"+name, sets)
		if left, _ := os.Stat(name + "-wal"); left != nil && left.Size() > 0 {
			t.Fatal("the template has rows outside its file")
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		s.files[hash] = text
	}
	return s.files[hash]
}

// postgres returns the clause of CREATE DATABASE that copies the template with the tables of sets. It creates the
// template once per server; a lock keeps packages that are tested at the same time apart. The template stays on the
// server.
func (s *templates) postgres(t testing.TB, admin *url.URL, sets []store.Migrations) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "guiyi_template_" + hashOf(t, sets)
	if s.exists[name] {
		return " TEMPLATE " + name + s.copy
	}
	ctx := context.WithoutCancel(t.Context())
	pool := connect(t, admin.String())
	defer pool.Close()
	conn, err := pool.Conn(ctx) // the advisory lock is released when this connection is closed
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	do := func(query string) {
		t.Helper()
		if _, err := conn.ExecContext(ctx, query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	var version int
	if err := conn.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version >= 150000 {
		s.copy = " STRATEGY FILE_COPY"
	}
	do("SELECT pg_advisory_lock(hashtext('" + name + "'))")
	var done bool
	if err := conn.QueryRowContext(ctx,
		"SELECT coalesce(bool_or(datistemplate), false) FROM pg_database WHERE datname = $1", name).Scan(&done); err != nil {
		t.Fatal(err)
	}
	if !done { // a killed test may have left an incomplete database
		do("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
		do("CREATE DATABASE " + name)
		at := *admin
		at.Path = "/" + name
		migrated(t, at.String(), sets)
		do("ALTER DATABASE " + name + " IS_TEMPLATE true ALLOW_CONNECTIONS false")
	}
	s.exists[name] = true
	return " TEMPLATE " + name + s.copy
}
