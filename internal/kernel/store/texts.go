package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/uptrace/bun"
)

// EachText calls fn with every value of every row of every table, in no particular order. fn must not keep the slice.
// Use it for searches that must cover columns added later, such as a search for hashes of blobs.
func (db *DB) EachText(ctx context.Context, fn func(text []byte)) error {
	tables := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if db.postgres {
		tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
	}
	var names []string
	if err := db.read.NewRaw(tables).Scan(ctx, &names); err != nil {
		return err
	}
	for _, name := range names {
		if err := db.eachTextOf(ctx, name, fn); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) eachTextOf(ctx context.Context, table string, fn func(text []byte)) (err error) {
	rows, err := db.read.QueryContext(ctx, "SELECT * FROM ?", bun.Ident(table))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]sql.RawBytes, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for _, v := range values {
			fn(v)
		}
	}
	return rows.Err()
}
