// Package audit re-reads what published sites stand on and compares every byte with its hash (防篡改审计): nodes, pages,
// variants, chunks of large files, straight from the store and not from any cache. It also looks for what should not
// be there: packs that nothing published, objects with odd names, files that are no objects. What it finds is not
// served in any case; an audit tells where somebody laid hands on the disk before a reader notices a missing page.
package audit
