// Package manifest (发布清单) is the signed route table of a site: which path answers with which bytes.
//
// A revision of a site is described by a [Head]: a small signed document with the root hash of a tree and the hash of
// the previous head. So the heads of a site form an append-only hash chain. The tree is a persistent hash trie over
// paths:
//
//	key    = SHA-256(path)
//	leaf   = at most 64 entries, sorted by key
//	branch = up to 16 children, chosen by the next four bits of the key; only if there are more than 64 entries below
//
// The shape of the tree depends only on the set of entries, so the same set always has the same root hash, whatever the
// order of changes. A change rewrites only the nodes from the root to its leaf. A reader needs O(log n) nodes to look
// up a path. Subtrees with equal hashes in two revisions are equal. The nodes on the way to a path are its proof
// (Prove).
//
// A node is stored as core and tail. The hash of a node covers its core (paths, hashes, counts). The tail contains the
// locations of the bytes and is not covered: readers verify the hash of what they read at a location. So a tree can be
// relocated to other packs without a change of its root hash.
//
// The package is pure: no clock, no disk, no network, imports only the standard library, kernel/fault and
// kernel/crypto. Neighbours: publish writes trees and heads, edge serves from them.
package manifest
