// Package audit (审计记录) keeps who did what to which thing, when: rows that are only ever added.
//
// A desk writes its row in the transaction of the change, so that neither is there without the other. Rows stand in no
// chain then: a chain whose newest link every transaction locks would make the whole city wait in one line, and fail on
// PostgreSQL. A sealer gives each committed row its number and hash a moment later, one at a time, in a table beside
// it:
//
//	hash of row n = SHA-256(hash of row n-1, every field of row n)
//
// Rows are never touched again. Verify reads all of them and finds a row that was changed, removed, or slipped in
// among sealed ones. The newest number and hash also stand in a file outside the database, so that a chain that was
// cut off at its end, or recomputed, is found as well.
//
// What it cannot see: a row changed before it was sealed, which takes a second while the platform runs; and one who
// can write both the database and that file, and computes the chain again from the change on. Copies of the file kept
// elsewhere, as in backups, show that too.
//
// Tables: audit_row, audit_seal. Neighbours: imports actor and store; every desk writes into it.
package audit
