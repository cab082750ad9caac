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
	busyTimeout   = 5 * time.Second // how long a statement waits for a writer in another process
	sqliteReaders = 8
	postgresConns = 12 // of each pool
)

// DB is an open database.
type DB struct {
	write *bun.DB
	// read is a separate pool, also on PostgreSQL: code inside a transaction can read without waiting for a
	// connection of the write pool.
	read     *bun.DB
	postgres bool
	file     string      // absolute path of the SQLite file
	damaged  atomic.Bool // Open or Check found damage
}

// Open opens "sqlite:PATH" or "postgres://…". It creates a missing SQLite file and its folder.
func Open(ctx context.Context, dsn string) (*DB, error) {
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return openPostgres(ctx, dsn)
	default: // the message does not contain dsn, because it may contain a password
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
	// Readers use mmap, which makes a build of 20,000 pages a sixth faster. The mapped pages count as memory of the
	// process, but the system can reclaim them at any time.
	db.read, err = openSQLitePool(file, sqliteReaders, "query_only(1)", "cache_size(-16384)", "mmap_size(268435456)")
	if err != nil {
		return nil, errors.Join(err, db.write.Close())
	}
	// The writer is opened first: it creates the file and switches to WAL. If two processes do this at the same time,
	// one gets an error, and retry repeats it.
	err = retry(ctx, func() error { return db.write.PingContext(ctx) })
	if err == nil {
		err = retry(ctx, func() error { return db.readSchema(ctx) })
	}
	if err == nil { // SQLite opens a file without write permission and fails at the first write
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
	// _dqs=0: a misspelled column name in double quotes is an error, as on PostgreSQL, and not a text.
	q := url.Values{"_txlock": {"immediate"}, "_time_format": {"sqlite"}, "_dqs": {"0"}}
	q.Add("_pragma", fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds())) // first: others may wait
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
	// bun writes the values into the SQL text, so a prepared statement would never be reused.
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

// Close closes all connections. Running transactions end with an error. If damage was found in a SQLite file, Close
// changes neither the file nor its write-ahead log: the log may belong to another file, and copying it would cause more
// damage.
func (db *DB) Close() error {
	if db.postgres || !db.damaged.Load() {
		return errors.Join(db.read.Close(), db.write.Close())
	}
	// SQLite copies the log when the last connection is closed, unless that connection is read-only.
	last, err := sql.Open("sqlite", sqliteAddress(db.file, url.Values{"mode": {"ro"}}))
	if err != nil {
		return err
	}
	// The first read opens the files. It may fail, because the file is damaged.
	_, _ = last.ExecContext(context.Background(), "SELECT count(*) FROM sqlite_schema")
	return errors.Join(db.read.Close(), db.write.Close(), last.Close())
}

// Read returns the pool for reading. It sees everything committed. On SQLite it cannot write.
func (db *DB) Read() bun.IDB { return db.read }

// Postgres reports whether the engine is PostgreSQL.
func (db *DB) Postgres() bool { return db.postgres }

// SkipLocked returns the clause of a SELECT that locks rows and skips rows locked by others. It is empty on SQLite,
// which has only one writer.
func (db *DB) SkipLocked() string {
	if db.postgres {
		return " FOR UPDATE SKIP LOCKED"
	}
	return ""
}

// ForUpdate makes a SELECT lock its rows until the transaction ends. It changes nothing on SQLite, which has only one
// writer.
func (db *DB) ForUpdate(q *bun.SelectQuery) *bun.SelectQuery {
	if db.postgres {
		return q.For("UPDATE")
	}
	return q
}

// readSchema reads the schema of a SQLite file, as every statement does first.
func (db *DB) readSchema(ctx context.Context) error {
	var n int
	return db.read.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
}

// Health returns an error if the database does not respond.
func (db *DB) Health(ctx context.Context) error {
	var n int
	if err := db.read.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1) AS one").Scan(&n); err != nil {
		return Explain(fault.Wrap(fault.Unavailable, err, "数据库没有响应。"))
	}
	return nil
}

// FileMissing reports whether dsn is a SQLite file that does not exist or is empty. Open would create it.
func FileMissing(dsn string) bool {
	path, ok := strings.CutPrefix(dsn, "sqlite:")
	if !ok || path == "" {
		return false
	}
	info, err := os.Stat(path)
	return errors.Is(err, os.ErrNotExist) || err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// IsEmpty reports whether the database has no tables.
func (db *DB) IsEmpty(ctx context.Context) (bool, error) {
	tables := "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
	if db.postgres {
		tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = current_schema()"
	}
	var n int
	err := db.read.NewRaw(tables).Scan(ctx, &n)
	return n == 0, Explain(err)
}

// RedactDSN returns the path of a SQLite file, or host and database name of a PostgreSQL address. It removes user and
// password.
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
