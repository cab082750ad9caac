// Package retention (版本留存) limits the storage that the revisions of a site use.
//
//	revision   1 … oldest-1              oldest … newest
//	ledger     signed head, for ever     signed head, for ever
//	bytes      removed                   retained: rollback is possible, edges that lag behind are served
//
// A revision is retained if it is one of the newest Policy.MinRevisions or was in force within Policy.Period. Both
// conditions select a range of revisions that ends at the newest one, so a single number per site,
// publish_keep.oldest, describes what is retained. It never decreases. An edge that lags behind by less than
// Policy.Period finds every byte of the revision it serves.
//
// A pack is removed when no retained revision refers to it. A few long-lived pages would keep every old pack
// referenced. So packs that consist mostly of unreferenced bytes are emptied, and small packs when there are many: the
// bytes that the newest revision uses are copied to a new pack, and a revision with the same root hash but new
// locations is signed (repack.go). Edges treat it like any other revision. A later run removes an emptied pack, when no
// retained revision refers to it any more.
//
// A crash at any point is harmless, because the order is: new pack, ledger row, then publish_keep.oldest in a
// transaction that fails if the site was published meanwhile, then the removals. A crash can leave a pack that no
// revision refers to; the next run removes it. The same holds for the pack of a build that was not committed: its
// name contains its revision, and once the site has passed that revision the build can no longer be committed. The
// pack of a running build has a revision above the newest one and is never removed.
// A rollback checks in its own transaction that its target is not below oldest (publish/commit.go).
//
// While a lease (kernel/lease) is active, for example of a backup, nothing is removed.
//
// Table: publish_keep. It also reads publish_ledger, appends to it and updates publish_site.
package retention
