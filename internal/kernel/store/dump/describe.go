package dump

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Type is a column type that both engines have.
type Type string

// Types of columns.
const (
	Int   Type = "int"   // 64 bits
	Float Type = "float" // 64 bits
	Bool  Type = "bool"
	Text  Type = "text"
	Bytes Type = "bytes"
)

// Column is a column of a table.
type Column struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// Table is a table with its columns, in the order in which a line contains their values.
type Table struct {
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
}

// ColumnNames returns the names of the columns in order.
func (t Table) ColumnNames() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Same reports whether both tables have the same name and the same columns and types, in any order.
func (t Table) Same(other Table) bool {
	if t.Name != other.Name || len(t.Columns) != len(other.Columns) {
		return false
	}
	return !slices.ContainsFunc(t.Columns, func(c Column) bool { return !slices.Contains(other.Columns, c) })
}

// Schema describes the tables of a database.
type Schema struct {
	Versions map[string]int64 `json:"versions"` // newest applied migration of each slice
	Tables   []Table          `json:"tables"`
}

// Table returns the table with a name.
func (s Schema) Table(name string) (Table, bool) {
	i := slices.IndexFunc(s.Tables, func(t Table) bool { return t.Name == name })
	if i < 0 {
		return Table{}, false
	}
	return s.Tables[i], true
}

const versionSuffix = "_migration"

// Describe reads the schema from the catalog of the database. foreign are the tables that belong to no slice, such as
// those of a database extension; a dump does not contain them.
func Describe(ctx context.Context, db *store.DB, tx bun.IDB) (s Schema, foreign []string, err error) {
	defer fault.Annotate(&err, "dump.Describe")
	names, err := column[string](ctx, tx, tablesQuery(db))
	if err != nil {
		return s, nil, err
	}
	s.Versions = map[string]int64{}
	for _, name := range names {
		if slice, ok := strings.CutSuffix(name, versionSuffix); ok {
			var version int64
			if err := tx.QueryRowContext(ctx, "SELECT max(version_id) FROM ? WHERE is_applied",
				bun.Ident(name)).Scan(&version); err != nil {
				return s, nil, err
			}
			s.Versions[slice] = version
		}
	}
	after := map[string][]string{}
	for _, name := range names {
		if strings.HasSuffix(name, versionSuffix) {
			continue
		}
		if !owned(name, s.Versions) {
			foreign = append(foreign, name)
			continue
		}
		t := Table{Name: name}
		if t.Columns, err = columnsOf(ctx, db, tx, name); err != nil {
			return s, nil, err
		}
		if after[name], err = column[string](ctx, tx, refersQuery(db), name); err != nil {
			return s, nil, err
		}
		s.Tables = append(s.Tables, t)
	}
	s.Tables, err = order(s.Tables, after)
	return s, foreign, err
}

// owned reports whether a table belongs to a slice: its prefix is the name of a slice.
func owned(table string, slices map[string]int64) bool {
	for slice := range slices {
		if strings.HasPrefix(table, slice+"_") {
			return true
		}
	}
	return false
}

func tablesQuery(db *store.DB) string {
	if db.Postgres() {
		return `SELECT table_name::text FROM information_schema.tables WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' ORDER BY 1`
	}
	return `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY 1`
}

// refersQuery returns the query for the tables that the foreign keys of a table refer to.
func refersQuery(db *store.DB) string {
	if db.Postgres() {
		return `SELECT DISTINCT f.relname::text FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class f ON f.oid = k.confrelid
			WHERE k.contype = 'f' AND c.relname = ? AND k.connamespace = current_schema()::regnamespace`
	}
	return `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)`
}

func columnsOf(ctx context.Context, db *store.DB, tx bun.IDB, table string) ([]Column, error) {
	query, types := `SELECT name, upper(type) FROM pragma_table_info(?) ORDER BY cid`, sqliteTypes()
	if db.Postgres() {
		query, types = `SELECT column_name::text, data_type::text FROM information_schema.columns
			WHERE table_schema = current_schema() AND table_name = ? ORDER BY ordinal_position`, postgresTypes()
	}
	rows, err := tx.QueryContext(ctx, query, table)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Column
	for rows.Next() {
		var name, declared string
		if err := rows.Scan(&name, &declared); err != nil {
			return nil, err
		}
		kind, ok := types[declared]
		if !ok {
			return nil, fmt.Errorf("column %s.%s has type %s, which a dump does not support", table, name, declared)
		}
		out = append(out, Column{name, kind})
	}
	return out, rows.Err()
}

func sqliteTypes() map[string]Type {
	return map[string]Type{"BIGINT": Int, "INTEGER": Int, "SMALLINT": Int, "INT": Int, "TEXT": Text, "BOOLEAN": Bool,
		"BYTEA": Bytes, "BLOB": Bytes, "DOUBLE PRECISION": Float}
}

func postgresTypes() map[string]Type {
	return map[string]Type{"bigint": Int, "integer": Int, "smallint": Int, "text": Text, "boolean": Bool,
		"bytea": Bytes, "double precision": Float}
}

// order sorts tables so that each follows the tables that it refers to. A table may refer to itself.
func order(tables []Table, after map[string][]string) ([]Table, error) {
	var out []Table
	done := map[string]bool{}
	for len(out) < len(tables) {
		before := len(out)
		for _, t := range tables {
			waits := slices.ContainsFunc(after[t.Name],
				func(other string) bool { return other != t.Name && !done[other] })
			if !done[t.Name] && !waits {
				done[t.Name] = true
				out = append(out, t)
			}
		}
		if len(out) == before {
			return nil, fmt.Errorf("tables refer to each other in a circle, or to a table that no slice owns")
		}
	}
	return out, nil
}

func column[T any](ctx context.Context, tx bun.IDB, query string, args ...any) ([]T, error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}
