// Package keep (留存) bounds what the revisions of a site take on disk.
//
//	revision   1 … oldest-1              oldest … newest
//	ledger     signed head, for good     signed head, for good
//	bytes      go                        stay: each can be rolled back to, and a late edge served
//
// A revision is kept while it is among the newest Policy.Revisions, or was in force within
// Policy.For. Both are runs of the chain that end at its newest revision, so one number per
// site, publish_keep.oldest, says which are kept. It never falls. An edge that is late by less
// than Policy.For finds every byte of the revision it serves.
//
// A pack goes when no kept revision reaches into it. The current tree would hold on to old
// packs for ever by a few pages in each, so those that are mostly dead are first emptied: what
// lives there is copied into a new pack, the nodes are written anew, and a revision with the
// same root hash and other places is signed (repack.go). To an edge that is a revision like any other.
//
// The order makes every crash harmless: new pack, ledger row, then oldest in a transaction that
// fails when the site was published meanwhile, then the removals. What a crash leaves is a pack
// that no revision reaches, removed by the next run. A pack names the revision it was made for;
// when the site has passed that revision without it, its build can no longer be committed and
// it is removed too, while the pack of a running build is always above the newest revision.
// A rollback is refused in its own transaction when its target is below oldest (publish/commit.go).
//
// While somebody holds stored bytes (kernel/hold, a backup), nothing is removed.
//
// Table: publish_keep; reads publish_ledger, appends to it and to publish_site.
package keep
