package dump

import (
	"context"
	"errors"
	"io"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Read calls emit with the line of each row of a table. emit must not keep the slice.
func Read(ctx context.Context, tx bun.IDB, t Table, emit func(line []byte) error) (err error) {
	defer fault.Annotate(&err, "dump.Read %s", t.Name)
	names := make([]bun.Ident, len(t.Columns))
	row, into := make([]any, len(t.Columns)), make([]any, len(t.Columns))
	for i, c := range t.Columns {
		names[i], into[i] = bun.Ident(c.Name), &row[i]
	}
	rows, err := tx.QueryContext(ctx, "SELECT ? FROM ?", bun.List(names), bun.Ident(t.Name))
	if err != nil {
		return err
	}
	defer rows.Close()
	var line []byte
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if line, err = AppendRow(line[:0], t.Columns, row); err != nil {
			return fault.Wrap(fault.Internal, err, "数据表 %s 中有一行的值与列的类型不符", t.Name)
		}
		if err := emit(line); err != nil {
			return err
		}
	}
	return rows.Err()
}

// SumOf returns the checksum of a table.
func SumOf(ctx context.Context, tx bun.IDB, t Table) (Sum, error) {
	var s Sum
	err := Read(ctx, tx, t, func(line []byte) error { s.Add(line); return nil })
	return s, err
}

// Empty reports whether a table has no rows.
func Empty(ctx context.Context, tx bun.IDB, table string) (bool, error) {
	some, err := column[int](ctx, tx, "SELECT 1 FROM ? LIMIT 1", bun.Ident(table))
	return len(some) == 0, err
}

// Load inserts the lines that next returns until next returns io.EOF. The order of the columns of t may differ from the
// order in the database.
func Load(ctx context.Context, b *store.Bulk, t Table, next func() (line []byte, err error)) (err error) {
	defer fault.Annotate(&err, "dump.Load %s", t.Name)
	row := make([]any, len(t.Columns))
	n := int64(0)
	var failed error // error of next or of a malformed line, as opposed to an error of the database
	_, err = b.Insert(ctx, t.Name, t.ColumnNames(), func() ([]any, error) {
		line, err := next()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		n++
		if err == nil {
			err = ParseRow(line, t.Columns, row)
		}
		if err != nil {
			failed = err
			return nil, err
		}
		return row, nil
	})
	if failed != nil {
		return failed
	}
	if store.TextRefused(err) {
		return fault.Wrap(fault.Invalid, err, "数据表 %s 第 %d 行附近的文字含有零字符或不是 UTF-8，PostgreSQL 存不了；请恢复到 SQLite，改正后再备份",
			t.Name, n)
	}
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "数据表 %s 第 %d 行附近写不进数据库", t.Name, n)
	}
	return nil
}
