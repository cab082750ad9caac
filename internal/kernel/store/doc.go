// Package store (数据存储) opens the database: SQLite in one file by default,
// PostgreSQL past one machine. Slices see bun on both and write one SQL text; the
// dialect branches of the whole program are in this package.
//
//	reads    db.Read(): a pool that sees everything committed, and cannot write on SQLite
//	writes   db.InTx(): one transaction = rule + rows + audit + jobs
//	         SQLite: one writer connection, BEGIN IMMEDIATE, synchronous FULL
//	         PostgreSQL: SERIALIZABLE, so that a rule that holds on SQLite holds there too
//	after    store.AfterCommit(): the outside world hears of it only after the real commit
//
// The function given to InTx may run more than once (busy file, serialization
// failure): it must do nothing but SQL, and set its results, not add to them.
//
// Inside InTx use the tx it hands out. db.Read() does not see what the running
// transaction has written, and InTx with a context that does not descend from the
// one handed out waits for itself on SQLite.
//
// Several processes may open the same SQLite file on one machine (a command next to
// the server). They share it through WAL and wait for each other up to busyTimeout.
// A network file system is not supported. Beside FILE lie FILE-wal and FILE-shm, which
// belong to it, and FILE.migrate, an empty file whose lock keeps migrations apart.
package store
