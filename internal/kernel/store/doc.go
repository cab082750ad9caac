// Package store (数据存储) opens the database. The default is SQLite in one file; several machines need PostgreSQL. Slices
// use bun with the same SQL on both. The differences between the engines are handled in this package.
//
//	reads    db.Read(): a pool that sees everything committed; on SQLite it cannot write
//	writes   db.InTx(): one transaction = rule + rows + audit + jobs
//	         SQLite: one writer connection, BEGIN IMMEDIATE, synchronous FULL
//	         PostgreSQL: SERIALIZABLE, so that concurrent transactions give the same results as on SQLite
//	after    store.AfterCommit(): notifications to the outside, after the commit
//
// InTx repeats the function when the file is busy or the serialization fails. So the function must do nothing but SQL,
// and it must assign its results instead of adding to them.
//
// Inside the function use the tx and the ctx that it gets. db.Read() does not see the uncommitted rows. On SQLite, InTx
// with another context would wait for the running transaction and so never get the writer connection.
//
// Several processes on one machine may open the same SQLite file, for instance a command next to the server. They wait
// for each other up to busyTimeout. A network file system is not supported. FILE-wal and FILE-shm next to FILE are part
// of the database. FILE.migrate is an empty file; its lock prevents two migrations at the same time.
package store
