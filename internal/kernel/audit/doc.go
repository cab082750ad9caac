// Package audit (审计记录) records who did what to which thing, when, in rows that are only ever added.
//
// A desk writes its row in the transaction of the change, so that neither exists without the other. At that moment
// the row is not yet in the chain: if every transaction locked the newest link, all writers would wait for each
// other, and fail on PostgreSQL. A sealer gives each committed row its number and hash a moment later, one at a time,
// in a second table:
//
//	hash of row n = SHA-256(hash of row n-1, every field of row n)
//
// Rows are never changed: triggers refuse it, and nothing prunes them (the rule row audit.keep.days is a lower bound).
// Verify reads all of them, finds a row that was changed, removed, or inserted among sealed ones, and checks that the
// triggers still work. The newest number and hash, and some before it, are also in a file outside the database, so that
// a chain that was truncated or recomputed is found as well.
//
// It cannot detect a row that somebody inserts, which is sealed like any other (Verify reports when its time is before
// that of the previous one), a row changed before it was sealed, which takes a second while the platform runs, nor an
// attacker who can write both the database and that file and recomputes the chain. Copies of the file elsewhere, as in
// backups, reveal that too.
//
// Tables: audit_row, audit_seal. Neighbours: imports actor, store and rule; every desk writes into it.
package audit
