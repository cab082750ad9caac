package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
)

// Snapshot runs fn once in a read-only transaction that sees the database at one moment. It does not block writers. On
// SQLite the write-ahead log grows until fn returns; on PostgreSQL dead rows stay until then.
func (db *DB) Snapshot(ctx context.Context, fn func(ctx context.Context, tx bun.IDB) error) (err error) {
	opts := &sql.TxOptions{ReadOnly: true} // on SQLite: BEGIN DEFERRED, which does not block writers
	if db.postgres {
		opts.Isolation = sql.LevelRepeatableRead
	}
	tx, err := db.read.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer func() {
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) && err == nil {
			err = rerr
		}
	}()
	first := "SELECT count(*) FROM sqlite_schema" // the first read determines the moment
	if db.postgres {
		first = "SELECT 1"
	}
	var n int
	if err := tx.QueryRowContext(ctx, first).Scan(&n); err != nil {
		return err
	}
	return fn(ctx, tx)
}

// Bulk is a long write transaction that fills an empty database.
type Bulk struct {
	bun.Tx
	conn bun.Conn
	db   *DB
}

// Bulk runs fn in a write transaction and commits it when fn returns nil. Unlike InTx it never repeats fn, so fn may
// read from a stream. SQLite checks foreign keys at the commit, PostgreSQL at the end of each Insert.
func (db *DB) Bulk(ctx context.Context, fn func(ctx context.Context, b *Bulk) error) error {
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after the commit it does nothing
	if !db.postgres {
		if _, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON"); err != nil {
			return err
		}
	}
	if err := fn(ctx, &Bulk{Tx: tx, conn: conn, db: db}); err != nil {
		return err
	}
	return tx.Commit()
}

// Insert inserts the rows that next returns until next returns nil. On PostgreSQL it uses COPY. It returns the number
// of rows. next may return the same slice again with other values.
func (b *Bulk) Insert(ctx context.Context, table string, columns []string, next func() ([]any, error)) (n int64,
	err error) {
	if b.db.postgres {
		err = b.conn.Raw(func(driver any) error {
			c, ok := driver.(*stdlib.Conn)
			if !ok {
				return fmt.Errorf("driver connection is a %T", driver)
			}
			n, err = c.Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromFunc(next))
			return err
		})
		return n, err
	}
	insert, err := b.Tx.Tx.PrepareContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)",
		quote(table), quoteAll(columns), strings.Repeat(", ?", len(columns)-1)))
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	for {
		row, err := next()
		if err != nil || row == nil {
			return n, err
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return n, err
		}
		n++
	}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ", ")
}
