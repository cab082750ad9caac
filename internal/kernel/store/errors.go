package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLSTATE classes of PostgreSQL, Appendix A of its manual.
const (
	pgUniqueViolation      = "23505"
	pgSerializationFailure = "40001"
	pgDeadlockDetected     = "40P01"
	pgCharacter            = "22021"
)

// NotFound reports whether err means that a query returned no row.
func NotFound(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// UniqueViolation reports whether err means that a primary or unique key exists already.
func UniqueViolation(err error) bool {
	switch code, state := codes(err); code {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID:
		return true
	default:
		return state == pgUniqueViolation
	}
}

// ConnectionLost reports whether err means that the database could not be reached or that the connection broke.
func ConnectionLost(err error) bool {
	if errors.Is(err, sql.ErrConnDone) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, io.EOF) {
		return true
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	_, state := codes(err)
	// connection exceptions; the server shuts down or starts up
	return strings.HasPrefix(state, "08") || strings.HasPrefix(state, "57P0")
}

// TextRefused reports whether err means that PostgreSQL refused a text with a zero byte or invalid UTF-8. SQLite stores
// such texts.
func TextRefused(err error) bool {
	_, state := codes(err)
	return state == pgCharacter
}

// transient reports whether the same transaction may succeed when it is repeated.
func transient(err error) bool {
	code, state := codes(err)
	primary := code & 0xff // the low byte of an extended code is the primary code
	return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED ||
		state == pgSerializationFailure || state == pgDeadlockDetected
}

func codes(err error) (sqliteCode int, sqlState string) {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code(), ""
	}
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return 0, e.Code
	}
	return 0, ""
}
