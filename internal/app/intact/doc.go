// Package intact (数据完整) checks at start that the database belongs to the files of the platform, and that neither was
// lost or damaged. The files are the heads of sites, the packs and the private key.
//
//	the database has no tables, but there are heads, packs or a private key   start is refused
//	the database has no site, but there are heads or packs                    start is refused
//	a head is newer than the ledger: the database is too old                  start is refused
//	a head differs from the ledger: the database of another platform          start is refused
//	sites were published, but the blob store is empty                         a server refuses to start
//	a pack is newer than the ledger                                           reported by log and readiness (Behind)
//	a page of the database is damaged                                         start is refused; later reported (Pages)
//
// A refused start changes nothing. There is no option to start with an empty database next to existing files, because
// edges would refuse all new revisions as older than the existing heads. The error text says which files to move away.
//
// Neighbours: kernel/store and blob, publish/manifest for heads; app runs the checks before it opens the slices.
package intact
