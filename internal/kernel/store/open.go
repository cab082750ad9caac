package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // registers the SQL driver "sqlite"

	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
)

const (
	mayWrite      = 2               // W_OK of access(2)
	busyTimeout   = 5 * time.Second // how long one statement waits for another process's write
	sqliteReaders = 8
	postgresConns = 12 // of each pool
)

// DB is an open database.
type DB struct {
	write *bun.DB
	// a pool of its own, also on PostgreSQL: who holds a transaction may read without waiting for those who do
	read     *bun.DB
	postgres bool
	file     string      // of SQLite, absolute
	damaged  atomic.Bool // found so when it was opened or checked
}

// Open opens "sqlite:PATH" (created with its folder when missing) or "postgres://…".
func Open(ctx context.Context, dsn string) (*DB, error) {
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return openPostgres(ctx, dsn)
	default: // the text is not shown: it may hold a password
		return nil, fault.New(fault.Invalid, "数据库地址不正确，应为 sqlite:文件路径 或 postgres://用户:密码@主机/库名。")
	}
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, fault.New(fault.Invalid, "SQLite 数据库必须给出文件路径，例如 sqlite:data/guiyi.db。")
	}
	file, err := filepath.Abs(path)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "SQLite 数据库文件路径不正确。")
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		return nil, disk.Fault(err, "无法创建数据库目录 %s", filepath.Dir(file))
	}
	db := &DB{file: file}
	db.write, err = openSQLitePool(file, 1, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		"cache_size(-65536)", "journal_size_limit(67108864)")
	if err != nil {
		return nil, err
	}
	// Readers map the file: a build of 20,000 pages takes a sixth less time. Every map counts as
	// memory of the process, but it is the system's cache, and given back when memory is short.
	db.read, err = openSQLitePool(file, sqliteReaders, "query_only(1)", "cache_size(-16384)", "mmap_size(268435456)")
	if err != nil {
		return nil, errors.Join(err, db.write.Close())
	}
	// The writer first: it creates the file and turns WAL on, which two processes
	// starting at once may do only one after the other.
	err = retry(ctx, func() error { return db.write.PingContext(ctx) })
	if err == nil {
		err = retry(ctx, func() error { return db.readSchema(ctx) })
	}
	if err == nil { // SQLite opens a file that it may only read, and says so at the first write
		err = syscall.Access(file, mayWrite)
	}
	if err != nil {
		err = openFault(file, err)
		db.damaged.Store(errors.Is(err, ErrDamaged))
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openSQLitePool(file string, conns int, pragmas ...string) (*bun.DB, error) {
	// _dqs=0: a misspelt column is an error, as on PostgreSQL, not a text.
	q := url.Values{"_txlock": {"immediate"}, "_time_format": {"sqlite"}, "_dqs": {"0"}}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())) // first: the others may have to wait
	for _, p := range pragmas {
		q.Add("_pragma", p)
	}
	pool, err := sql.Open("sqlite", sqliteAddress(file, q))
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "SQLite 数据库地址不正确。")
	}
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return bun.NewDB(pool, sqlitedialect.New()), nil
}

func sqliteAddress(file string, q url.Values) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(file), RawQuery: q.Encode()}).String()
}

func openPostgres(ctx context.Context, dsn string) (*DB, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "PostgreSQL 数据库地址不正确。")
	}
	// bun writes the values into the text, so prepared statements would never be met again.
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	if cfg.RuntimeParams["application_name"] == "" {
		cfg.RuntimeParams["application_name"] = "guiyi"
	}
	db := &DB{write: postgresPool(cfg), read: postgresPool(cfg), postgres: true}
	if err := retry(ctx, func() error { return db.Health(ctx) }); err != nil {
		return nil, errors.Join(fault.Wrap(fault.Unavailable, err, "无法连接 PostgreSQL 数据库，请检查地址、账号和网络。"), db.Close())
	}
	return db, nil
}

func postgresPool(cfg *pgx.ConnConfig) *bun.DB {
	pool := stdlib.OpenDB(*cfg)
	pool.SetMaxOpenConns(postgresConns)
	pool.SetMaxIdleConns(postgresConns / 3)
	pool.SetConnMaxIdleTime(5 * time.Minute)
	return bun.NewDB(pool, pgdialect.New())
}

// Close closes all connections. Running transactions end with an error. A SQLite file that was found damaged, and its
// write-ahead log, stay as they are: the log may be that of another file, and copied into this one would spoil it.
func (db *DB) Close() error {
	if db.postgres || !db.damaged.Load() {
		return errors.Join(db.read.Close(), db.write.Close())
	}
	// SQLite copies the log when the last connection closes, unless that one may only read.
	last, err := sql.Open("sqlite", sqliteAddress(db.file, url.Values{"mode": {"ro"}}))
	if err != nil {
		return err
	}
	// It opens the files at its first read, which may fail like that of any other connection.
	_, _ = last.ExecContext(context.Background(), "SELECT count(*) FROM sqlite_schema")
	return errors.Join(db.read.Close(), db.write.Close(), last.Close())
}

// Read returns the reader pool. It sees every committed write. On SQLite it refuses to write.
func (db *DB) Read() bun.IDB { return db.read }

// Postgres reports whether the engine is PostgreSQL.
func (db *DB) Postgres() bool { return db.postgres }

// SkipLocked returns the row-lock clause for work claimed by several processes;
// SQLite has one writer and needs none.
func (db *DB) SkipLocked() string {
	if db.postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// ForUpdate makes a select lock its rows until the transaction ends; who wants to change them
// waits. SQLite has one writer and needs no locks.
func (db *DB) ForUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if db.postgres {
		return q.For("UPDATE")
	}
	return q
}

// readSchema reads what every use of a SQLite file begins with.
func (db *DB) readSchema(ctx context.Context) error {
	var n int
	return db.read.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
}

// Health reports whether the database answers.
func (db *DB) Health(ctx context.Context) error {
	var n int
	if err := db.read.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1) AS one").Scan(&n); err != nil {
		return Explain(fault.Wrap(fault.Unavailable, err, "数据库没有响应。"))
	}
	return nil
}

// FileMissing reports whether the address names a SQLite file that is not there or has no bytes, which Open would make.
func FileMissing(dsn string) bool {
	path, ok := strings.CutPrefix(dsn, "sqlite:")
	if !ok || path == "" {
		return false
	}
	info, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// IsEmpty reports whether the database has no table yet.
func (db *DB) IsEmpty(ctx context.Context) (bool, error) {
	tables := "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
	if db.postgres {
		tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	var n int
	err := db.read.NewRaw(tables).Scan(ctx, &n)
	return n == 0, Explain(err)
}

// RedactDSN names where an address leads, without user and password.
func RedactDSN(dsn string) string {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		return path
	}
	u, err := url.Parse(dsn)
	if err != nil || u.Host == "" {
		return "PostgreSQL"
	}
	return u.Host + u.Path
}
