// Package backup (备份与恢复) copies a running platform into one file, the archive, and restores a platform from it. A
// restore may use another database engine and another kind of blob store. Both are verified by hashes.
//
// The archive is a tar file in one Zstandard frame; "tar --zstd -x" unpacks it. It has these entries in this order:
//
//	guiyi-backup.json             Header: format, id, time, versions and columns of all tables
//	tables/TABLE/000001.jsonl …   rows as lines (kernel/store/dump), tables in the order of the header
//	files/PATH …                  files of the data folder, sorted by name
//	objects/NAME …                objects of the blob store, sorted by name; objects/cas/ab/cd… has the SHA-256 abcd…
//	manifest.json                 Manifest: rows and checksum of each table, counts, and the SHA-256 of the list of
//	                              all other entries, in the format of sha256sum
//
// A backup is consistent although the platform runs. All rows are read in one transaction. Objects never change and
// are written before the rows that name them, so the objects copied afterwards include all that the rows name. A
// lease (kernel/lease) prevents the removal of objects meanwhile. The archive may also contain newer objects that no
// row names.
//
// Restore accepts only an empty database, an empty blob store and a data folder with nothing but keys. It inserts the
// rows in one transaction and commits after it has read back and verified all objects and tables. If it is killed
// before, the database is empty, and the same restore can be run again. Until the restore has ended, the object
// restore/ID marks the blob store, and a platform refuses to open it (Unfinished).
//
// Neighbours: store/dump for rows, blob for objects, lease. The commands are in app/cli.
package backup
