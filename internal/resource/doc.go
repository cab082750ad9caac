// Package resource (统一信息资源库) is the library of everything that the sites of a city publish. Content is stored in the
// library before any site uses it (先入库，后使用).
//
// An item (信息资源) has editions (稿件版本). At most one edition is live, and at most one is a draft:
//
//	draft ──Release──▶ live ──Release of a newer edition──▶ superseded
//	                    └──Withdraw──▶ withdrawn             (the item keeps its addresses)
//
// An item belongs to one site, its owner. Placements show it in columns of any site. Each placement has its own
// headline and date; there is one text. Links connect two items, for instance an interpretation and its document.
//
// There are three kinds of withdrawal: in error (the page answers 410), consolidated into another item (the page
// answers 301), and with a banner (the page stays). In all cases lists no longer contain the item.
//
// A change names the version of the item that its author has seen (Seen). It is refused if the item was changed since.
// Files of editions are in package media.
//
// A link to an item needs the consent of somebody who may change that item (LinkState). Only accepted links are shown.
//
// An imported item is live immediately, because it was already public, unless the import makes drafts. A document
// without an index number (索引号) gets the next number of its organ and year.
//
// Every row has an owner. Desk and Library take the actor from the context; without one they return a fault. Publisher
// and search use package published, which reads only public content.
//
// Tables: resource_item, resource_edition, resource_placement, resource_link, resource_pending_link, resource_tag,
// resource_provenance, resource_address, resource_old_address, resource_finding, resource_counter, resource_index_no,
// resource_unplaced, resource_review, resource_approval; package media: resource_media.
// Event: resource.changed {items}. Neighbours: imports site; exchange adds items; publish and search subscribe to the
// event.
package resource
