// Package resource (统一信息资源库) is the one library of everything a city publishes:
// into the library first, then used (先入库，后使用).
//
// An item (信息资源) has editions (稿件版本). At most one edition is live and at most one
// is a draft:
//
//	draft ──Release──▶ live ──Release of a newer one──▶ superseded
//	                    └──Withdraw──▶ withdrawn        (item keeps its addresses)
//
// An item belongs to one owner site and is placed (Placement) in many columns of many
// sites by reference, each placement with its own headline, column and date. Links tie
// items together: interpretation ↔ document, amended or repealed by, source.
//
// Withdrawing has three kinds: in error (its pages answer 410), consolidated into
// another item (301), and withdrawn with a banner (page stays, lists forget it).
//
// A change names the version of the item that its author saw (Seen): nobody overwrites
// what he has not read. Files of editions are in package media.
//
// A link to an item of another owner waits for that owner's consent (LinkState); only an
// accepted link shows.
//
// An item comes in live, because what is imported was public already, or held as a
// draft. Documents without an index number (索引号) get the next of their organ and year.
//
// Every row carries its owner; Desk and Library take the caller's actor.Actor from the
// context and refuse without one. Package published reads only what is live and public and is
// what publisher and search use.
//
// Tables: resource_item, resource_edition, resource_placement, resource_link,
// resource_pending_link, resource_tag, resource_provenance, resource_address,
// resource_old_address, resource_finding, resource_counter, resource_index_no,
// resource_unplaced; package media: resource_media.
// Event: resource.changed {items}. Neighbours: imports site; exchange writes into it, publish
// and search follow its events.
package resource
