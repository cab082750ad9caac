// Package audit (审计记录) records who changed what, and when. Its rows are only added, never changed or removed.
//
// A desk writes the audit row in the transaction of the change: either both are committed or neither. The row joins the
// hash chain later: a transaction that had to lock the newest link would block all other writers, and on PostgreSQL
// concurrent ones would fail with serialization errors. A sealer (Chain) adds the committed rows to the chain, one
// after the other. It stores the number and hash of each row in a second table:
//
//	hash of row n = SHA-256(hash of row n-1, every field of row n)
//
// Triggers refuse every UPDATE and DELETE. The program deletes no rows. The rule row audit.keep.days is the minimum
// time that the law requires; Verify reports it with the time of the oldest row. Verify reads all rows and checks the
// triggers. It finds a sealed row that was changed or removed. A head file outside the database contains the newest
// link and some earlier ones, so Verify also finds a chain that was truncated or recomputed.
//
// Verify cannot find:
//
//   - a row that somebody inserted: it is sealed like any other. Verify reports it only if its time is more than an
//     hour before the time of the previous row;
//   - a row that was changed before it was sealed. Rows are sealed every second while the platform runs;
//   - a recomputed chain, if the attacker also replaced the head file. A copy of that file elsewhere reveals it.
//
// Tables: audit_row, audit_seal. Neighbours: imports actor, store and rule; every desk adds rows.
package audit
