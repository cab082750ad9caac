// Package manifest (发布清单) is the signed route table of a site: which path answers with which bytes.
//
// A site revision is a [Head]: a few signed lines that name the root of a tree and the head before it, so that the
// heads of a site form an append-only chain. The tree is a persistent hash trie over paths:
//
//	key    = SHA-256(path)
//	leaf   = at most 64 entries, sorted by key
//	branch = up to 16 children, chosen by the next four bits of the key; only where more than 64 entries lie below
//
// The shape follows from the set of entries alone, so the same set always has the same root, whatever the order of the
// changes that led to it. A change rewrites the nodes from the root to its leaf and nothing else; a reader needs
// O(log n) nodes for one path; two revisions differ only below nodes of different hash; the nodes of one path are its
// proof (Prove).
//
// A node is stored as core and tail. The core (paths, hashes, counts) is what the node's hash covers. The tail says
// where the bytes lie and is a mere hint: bytes found there are believed only after their hash was computed. That keeps
// the root free of storage history and lets a copy of a site be laid out anew under the same signature.
//
// The package is pure: no clock, no disk, no network, nothing but the standard library, kernel/fault and kernel/crypto.
// Neighbours: publish writes trees and heads, edge serves from them.
package manifest
