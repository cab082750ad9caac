package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
)

// CheckOptions say how a database is checked.
type CheckOptions struct {
	// Quick does not compare indexes with their tables.
	Quick bool
	// Rest is the pause after each table, as a multiple of the time that the table took. The check then uses 1/(1+Rest)
	// of a processor. 0 means no pause.
	Rest float64
}

// CheckReport says what a check covered.
type CheckReport struct {
	Tables    int    // number of tables checked; on PostgreSQL number of indexes
	Unchecked string // Chinese text: what could not be checked, and why; "" = everything was checked
	Took      time.Duration
}

// Check looks for damage in the whole database without blocking writers. It returns an error that wraps ErrDamaged when
// it finds damage. Any other error means that the check could not be made.
//
// On SQLite it reads every page through a new connection, so that no page comes from a cache. On PostgreSQL it reads
// the counter of checksum failures. If the extension amcheck is installed, it also checks the B-tree indexes.
func (db *DB) Check(ctx context.Context, o CheckOptions) (r CheckReport, err error) {
	defer fault.Annotate(&err, "store.Check")
	began := time.Now()
	defer func() { r.Took = time.Since(began) }()
	if db.postgres {
		return db.checkPostgres(ctx, o)
	}
	pool, err := openSQLitePool(db.file, 1, "query_only(1)", "cache_size(-4096)")
	if err != nil {
		return r, err
	}
	defer func() {
		if errors.Is(err, ErrDamaged) {
			db.damaged.Store(true)
		}
		err = errors.Join(err, pool.Close())
	}()
	pragma := "integrity_check"
	if o.Quick {
		pragma = "quick_check"
	}
	var tables []string
	if err := pool.NewRaw("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0").Scan(ctx,
		&tables); err != nil {
		return r, Explain(err)
	}
	if o.Rest == 0 { // only a check of the whole file covers free and unused pages
		r.Tables = len(tables)
		return r, sqliteCheck(ctx, pool, fmt.Sprintf("PRAGMA %s(1)", pragma))
	}
	for _, name := range tables {
		r.Tables++
		at := time.Now()
		if err := sqliteCheck(ctx, pool, fmt.Sprintf("PRAGMA %s(%s)", pragma, quote(name))); err != nil {
			return r, err
		}
		if err := rest(ctx, at, o.Rest); err != nil {
			return r, err
		}
	}
	return r, nil
}

// sqliteCheck runs a PRAGMA that returns "ok", or lines that describe the damage.
func sqliteCheck(ctx context.Context, pool *bun.DB, pragma string) error {
	var lines []string
	if err := pool.NewRaw(pragma).Scan(ctx, &lines); err != nil {
		return Explain(err)
	}
	if len(lines) == 1 && lines[0] == "ok" {
		return nil
	}
	return Explain(fmt.Errorf("%w: %.500s", ErrDamaged, strings.Join(lines, "; ")))
}

func rest(ctx context.Context, since time.Time, factor float64) error {
	t := time.NewTimer(time.Duration(float64(time.Since(since)) * factor))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (db *DB) checkPostgres(ctx context.Context, o CheckOptions) (r CheckReport, err error) {
	var failures int64
	var sums string
	if err := db.read.NewRaw("SELECT coalesce(checksum_failures, 0), current_setting('data_checksums') "+
		"FROM pg_stat_database WHERE datname = current_database()").Scan(ctx, &failures, &sums); err != nil {
		return r, err
	}
	if failures > 0 {
		return r, Explain(fmt.Errorf("%w: %d pages with a wrong checksum (pg_stat_database)", ErrDamaged, failures))
	}
	var amcheck bool
	if err := db.read.NewRaw("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'amcheck')").Scan(ctx,
		&amcheck); err != nil {
		return r, err
	}
	var missing []string
	if sums != "on" {
		missing = append(missing, "data_checksums 没有打开，页面损坏发现不了")
	}
	if !amcheck {
		missing = append(missing, "没有安装扩展 amcheck，索引没有检查")
	}
	r.Unchecked = strings.Join(missing, "；")
	if !amcheck || o.Quick {
		return r, nil
	}
	var indexes []int64
	if err := db.read.NewRaw("SELECT c.oid::bigint FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "+
		"JOIN pg_am a ON a.oid = c.relam WHERE a.amname = 'btree' AND i.indisvalid AND "+
		"c.relnamespace = current_schema()::regnamespace").Scan(ctx, &indexes); err != nil {
		return r, err
	}
	for _, oid := range indexes {
		at := time.Now()
		if _, err := db.read.ExecContext(ctx, "SELECT bt_index_check(?::oid::regclass)", oid); err != nil {
			return r, Explain(err)
		}
		r.Tables++
		if err := rest(ctx, at, o.Rest); err != nil {
			return r, err
		}
	}
	return r, nil
}
