// Package edit (编辑) is the library as those work in it who make and change items one by
// one: drafts, files for them, and changes that name the version that was seen.
//
// The rules are those of resource.Desk, which does the work; edit adds, in the same
// transaction, the check that nobody was faster, and reads what an editor must see of an
// item: its placements, addresses and links.
//
// A file that is to be used by an item is kept first (Keep), for its owner. An edition
// may name only files kept for the item's owner, and those the item had before: a hash
// that somebody has learnt opens nothing.
//
// Table: resource_media; reads those of resource. Neighbours: imports resource; used by
// resourceapi, exchangeapi and exchange/order.
package edit
