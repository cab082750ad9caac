// Package pack (内容包) stores the new bytes of one revision of a site as one object of the blob store: bodies,
// their compressed forms and manifest nodes, one after another, without a header. A manifest.Loc names a byte range.
//
// The name of a pack contains the site and the revision it was written for:
//
//	pack/qinghe/00000042-18c5e0a1b2 (site code, revision in decimal, a unique id in hexadecimal)
//
// A pack is immutable once it is committed; publish/retention removes whole packs.
//
// Neighbours: imports kernel/blob and publish/manifest; used by publish, publish/retention and publish/repair.
package pack
