// Package lease (复制租约) prevents the removal of blobs while a process copies them.
//
// A backup acquires a lease, reads the database, and then copies the blobs that the database refers to:
//
//	l, err := lease.Acquire(ctx, db, "backup", time.Now)
//	defer l.Release(ctx)
//	…                       // l.Renew(ctx) at least every TTL/2 while it works
//
// Code that removes blobs calls Active before each removal and stops if a lease is active: publish/retention, for packs
// of revisions that are no longer retained, and the sweeper of unreferenced blobs (app/sweep.go). publish/retention
// also calls it in the transaction that decides which revisions are retained. A removal that was decided before a lease
// was acquired cannot affect it: the database read after Acquire no longer refers to those blobs. A lease holder that
// lists the blob store must therefore expect that a blob disappears which no row refers to.
//
// A lease expires after TTL, so a killed backup does not block removals for ever. The expiry compares the clocks of
// several processes, as job leases do (kernel/jobs).
//
// Table: hold_copy.
package lease
