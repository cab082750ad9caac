// Package backup (备份与恢复) copies a running platform into one file and makes a platform of it
// again, on either database engine and in either blob store, with a proof of both.
//
// The file is a tar archive in one Zstandard frame. "tar --zstd -x" unpacks it without this
// program. Its entries, in this order and no other:
//
//	guiyi-backup.json             Header: format, id, time, versions and columns of all tables
//	tables/TABLE/000001.jsonl …   rows as lines (kernel/store/dump), tables in the header's order
//	files/PATH …                  files below the data folder, by name
//	objects/NAME …                objects of the blob store, by name; objects/cas/ab/cd… has the
//	                              SHA-256 abcd…
//	manifest.json                 Manifest: rows and sum of each table, counts, and the SHA-256 of
//	                              the list of all entries before it, in the form of sha256sum
//
// Consistent without stopping anything: the rows are those of one database transaction; objects are
// never changed and are written before the row that names them, so a copy made after the
// transaction began holds all that its rows name. A lease (kernel/lease) prevents their
// removal meanwhile. What was written later than that moment may be in the archive too and is named
// by no row: harmless.
//
// Restore fills an empty place only. Rows are written in one transaction that commits last, after
// every object was read back and every table was read back and summed: killed at any moment, the
// database is empty and the same restore can be run again. Until it has ended, an object restore/ID
// marks the blob store, and a platform refuses to open it (Unfinished).
//
// Neighbours: store/dump for rows, blob for objects, lease. The commands are in app.
package backup
