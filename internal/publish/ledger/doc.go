// Package ledger (发布账本) keeps what was published: one signed head for every revision of
// every site, for good, and where each site stands now.
//
//	publish_ledger  every head, in its canonical form, with its hash
//	publish_site    the newest head of a site, the revision it is pinned to, the theme it was rendered with
//
// A revision is appended in the transaction that makes it the newest one. Who writes checks
// in that transaction that the site still stands where it was read; the primary key refuses
// a second head of the same number.
//
// Neighbours: imports publish/manifest; used by publish, publish/keep and publish/control.
package ledger
