// Package intact (数据完整) sees to it that a lost or damaged database is not taken for a new platform.
//
//	next to the database are     heads of sites, packs, the private key: files of a platform that has published
//	the database has no tables   and one of them is there: refused, nothing is changed
//	it has no site               and heads or packs are there: refused
//	it is behind a head          a database older than what was published: refused
//	a revision differs           the database of another platform, or of another restore: refused
//	the store holds no object    and sites were published: refused by servers; a command may repair
//	it is behind a pack          reported, not refused: a pack proves nothing to an edge
//	a page is damaged            refused at start; later reported by log and readiness (Pages)
//
// There is no switch to start with an empty database next to existing files: heads signed before would keep edges
// from every new revision. Who wants that moves what was found away, as the text says.
//
// Neighbours: kernel/store and blob, publish/manifest for heads; app asks before it opens the slices.
package intact
