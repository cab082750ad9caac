// Package hold (保留) keeps stored bytes from being removed while somebody copies them.
//
// A backup takes a hold, then reads the database, then copies the blobs that it names:
//
//	h, err := hold.Take(ctx, db, "backup", time.Now)
//	defer h.Release(ctx)
//	…                       // h.Renew(ctx) at least every TTL/2 while it works
//
// Whoever removes bytes (publish/keep: packs of revisions no longer kept; the sweeper of
// orphaned content) asks Active in the transaction that decides what may go, and again before
// each removal. Decided before the hold was taken means: not needed by what the holder reads
// after taking it. A holder that lists objects must therefore bear that one which no row names
// vanishes meanwhile.
//
// A hold ends by itself after TTL: a killed backup does not stop the sweeping for ever. Several
// processes compare their clocks here, as leases of jobs do.
//
// Table: hold_copy.
package hold
