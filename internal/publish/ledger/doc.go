// Package ledger (发布账本) stores what was published: one signed head for every revision of every site, for ever, and the
// current state of each site.
//
//	publish_ledger  every head in its canonical encoding, with its hash
//	publish_site    the newest head of a site, the revision it is pinned to, the theme it was rendered with
//
// A revision is appended in the transaction that makes it the newest one. The caller checks in that transaction that
// the state of the site has not changed since it was read; the primary key rejects a second head with the same
// revision.
//
// Neighbours: imports publish/manifest; used by publish, publish/retention and publish/control.
package ledger
