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

// templates are migrated databases to copy: most of the time of a small test went into migrating the same tables again.
// What it holds depends on the files of the sets alone, by whose hash it is named.
type templates struct {
	mu    sync.Mutex
	files map[string][]byte // SQLite, by hash
	there map[string]bool   // on the PostgreSQL server, by name
	copy  string            // how the server copies fastest: its files, not their pages through the log
}

var template = &templates{files: map[string][]byte{}, there: map[string]bool{}}

// hashOf names the tables of sets: slices in their order and all their files.
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

// migrated makes the tables of sets and leaves the database closed.
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

// sqlite returns the bytes of a database file with the tables of sets; once per process.
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

// postgres returns what makes a database a copy of one with the tables of sets, which is made once per server. Packages
// that are tested at the same time make it one after the other. It stays on the server, which test/pg.sh throws away.
func (s *templates) postgres(t testing.TB, admin *url.URL, sets []store.Migrations) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	name := "guiyi_template_" + hashOf(t, sets)
	if s.there[name] {
		return " TEMPLATE " + name + s.copy
	}
	ctx := context.WithoutCancel(t.Context())
	pool := connect(t, admin.String())
	defer pool.Close()
	conn, err := pool.Conn(ctx) // the lock belongs to a connection and ends with it
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
	if !done { // what a killed test has begun is thrown away
		do("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)")
		do("CREATE DATABASE " + name)
		at := *admin
		at.Path = "/" + name
		migrated(t, at.String(), sets)
		do("ALTER DATABASE " + name + " IS_TEMPLATE true ALLOW_CONNECTIONS false")
	}
	s.there[name] = true
	return " TEMPLATE " + name + s.copy
}
