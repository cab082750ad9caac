// Package hold (保留) keeps stored bytes from being removed while somebody copies them.
//
// A backup takes a hold, then reads the database, then copies the blobs that it names:
//
//	h, err := hold.Take(ctx, db, "backup", time.Now)
//	defer h.Release(ctx)
//	…                       // h.Renew(ctx) at least every TTL/2 while it works
//
// Whoever removes bytes asks Active before each removal: publish/keep, for packs of revisions no longer kept, and the
// sweeper of content that nothing names (app/sweep.go). keep asks also in the transaction that decides which
// revisions are kept. What was decided before the hold was taken is not needed by what the holder reads after taking
// it. A holder that lists objects must therefore bear that one which no row names vanishes meanwhile.
//
// A hold ends by itself after TTL: a killed backup does not stop the sweeping for ever. Several
// processes compare their clocks here, as leases of jobs do.
//
// Table: hold_copy.
package hold
