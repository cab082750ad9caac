package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
)

// migrationLock is the key of the PostgreSQL advisory lock for migrations.
const migrationLock = 0x67756979 // "guiy"

// newest as a version means the last file of a set.
const newest = -1

// Migrations are the numbered SQL files of one slice in goose format. A released file is never changed.
type Migrations struct {
	Slice string // name of the slice, such as "site"; the version table is then site_migration
	FS    fs.FS  // files NNN_name.sql in the root; NNN_name.sqlite.sql and NNN_name.postgres.sql where engines differ
}

// Newest returns the number of the last file, or 0 when there is none.
func (m Migrations) Newest() (int64, error) {
	names, err := fs.Glob(m.FS, "*.sql")
	if err != nil {
		return 0, err
	}
	last := int64(0)
	for _, name := range names {
		n, err := goose.NumericComponent(name)
		if err != nil {
			return 0, err
		}
		last = max(last, n)
	}
	return last, nil
}

// Migrate migrates the tables of all sets to their newest versions, in the given order. When several processes call it
// at the same time, one migrates and the others wait.
func (db *DB) Migrate(ctx context.Context, sets ...Migrations) error {
	if db.isNewest(ctx, sets) { // the usual case
		return nil
	}
	return db.migrate(ctx, sets, func(Migrations) int64 { return newest })
}

// isNewest reports whether all files of all sets are applied. It acquires no lock. It returns false when it cannot read
// the database.
func (db *DB) isNewest(ctx context.Context, sets []Migrations) bool {
	for _, set := range sets {
		names, err := fs.Glob(db.filesFor(set), "*.sql")
		if err != nil || !sliceName.MatchString(set.Slice) {
			return false
		}
		last, err := set.Newest()
		if err != nil {
			return false
		}
		var applied, version int64 // without version 0, which goose adds itself
		row := db.write.QueryRowContext(ctx,
			"SELECT count(*), max(version_id) FROM "+set.Slice+"_migration WHERE is_applied AND version_id > 0")
		if row.Scan(&applied, &version) != nil || applied != int64(len(names)) || version != last {
			return false
		}
	}
	return len(sets) > 0
}

// MigrateTo migrates the tables of each set to the version given for its slice. It leaves out sets without a version. A
// restore uses it to create the tables of an older backup.
func (db *DB) MigrateTo(ctx context.Context, versions map[string]int64, sets ...Migrations) error {
	return db.migrate(ctx, sets, func(set Migrations) int64 { return versions[set.Slice] })
}

func (db *DB) migrate(ctx context.Context, sets []Migrations, to func(Migrations) int64) (err error) {
	defer fault.Annotate(&err, "store.Migrate")
	unlock, err := db.lockMigration(ctx)
	if err != nil {
		return Explain(fault.Wrap(fault.Unavailable, err, "无法取得数据库升级锁，可能有其他进程正在升级，请稍后重试。"))
	}
	defer func() { err = errors.Join(err, unlock()) }()
	for _, set := range sets {
		version := to(set)
		if version == 0 {
			continue
		}
		if err := db.migrateSlice(ctx, set, version); err != nil {
			return Explain(fault.Wrap(fault.Internal, err, "数据库升级失败（%s）。", set.Slice))
		}
	}
	return nil
}

func (db *DB) migrateSlice(ctx context.Context, set Migrations, version int64) error {
	if !sliceName.MatchString(set.Slice) {
		return fmt.Errorf("slice name %q cannot be part of a table name", set.Slice)
	}
	dialect := goose.DialectSQLite3
	if db.postgres {
		dialect = goose.DialectPostgres
	}
	provider, err := goose.NewProvider(dialect, db.write.DB, db.filesFor(set),
		goose.WithTableName(set.Slice+"_migration"), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	if version == newest {
		_, err = provider.Up(ctx)
	} else {
		_, err = provider.UpTo(ctx, version)
	}
	return err
}

var sliceName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,40}$`)

// lockMigration acquires the migration lock. When the process ends, the lock is released.
func (db *DB) lockMigration(ctx context.Context) (unlock func() error, err error) {
	if db.postgres {
		conn, err := db.write.Conn(ctx)
		if err != nil {
			return nil, err
		}
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock(?)", migrationLock); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return func() error {
			_, err := conn.ExecContext(context.WithoutCancel(ctx), "SELECT pg_advisory_unlock(?)", migrationLock)
			return errors.Join(err, conn.Close())
		}, nil
	}
	// This is the write lock of a second, empty file: goose itself needs the write lock of the database.
	pool, err := openSQLitePool(db.file+".migrate", 1)
	if err != nil {
		return nil, err
	}
	var tx bun.Tx
	if err = retry(ctx, func() (err error) {
		tx, err = pool.BeginTx(ctx, &sql.TxOptions{})
		return err
	}); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return func() error { return errors.Join(tx.Rollback(), pool.Close()) }, nil
}
