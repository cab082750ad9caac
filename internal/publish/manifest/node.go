package manifest

import (
	"bytes"
	"slices"

	"guiyi/internal/kernel/fault"
)

// Limits of the shape of the tree. They are part of the format: with other values the same entries have another root
// hash.
const (
	leafMax  = 64
	fanout   = 16
	maxDepth = 2 * len(Hash{})
	// maxNode is the maximum size of a node in bytes. It is above the size that the limits of entries allow.
	maxNode = 1 << 20
)

// Child is a subtree of a branch. Count is its number of entries; 0: there is no subtree.
type Child struct {
	Ref
	Count int64
}

// Node is a decoded node: a leaf has entries, a branch has children. Callers must not modify it.
type Node struct {
	Entries  []Entry // sorted by SHA-256 of the path
	Children []Child // of length 16, or nil in a leaf
	Count    int64   // number of entries below
	keys     []Hash  // of Entries
}

// item is an entry with its key.
type item struct {
	key   Hash
	entry Entry
}

func compareKeys(a, b Hash) int { return bytes.Compare(a[:], b[:]) }

// nibble returns the hexadecimal digit of the key that selects the child at a depth.
func nibble(key *Hash, depth int) int {
	if depth%2 == 0 {
		return int(key[depth/2] >> 4)
	}
	return int(key[depth/2] & 15)
}

// samePrefix reports whether two keys agree in the first depth digits.
func samePrefix(a, b *Hash, depth int) bool {
	whole := depth / 2
	return bytes.Equal(a[:whole], b[:whole]) && (depth%2 == 0 || nibble(a, depth-1) == nibble(b, depth-1))
}

// under reports whether all keys of a leaf have the same first depth digits as key.
func (n *Node) under(key *Hash, depth int) bool {
	return len(n.keys) == 0 || samePrefix(&n.keys[0], key, depth) && samePrefix(&n.keys[len(n.keys)-1], key, depth)
}

// find returns the entry of a leaf.
func (n *Node) find(key *Hash, path string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(n.keys, *key, compareKeys)
	if !ok || n.Entries[i].Path != path {
		return Entry{}, false
	}
	return n.Entries[i], true
}

// DecodeNode decodes the stored bytes of a node and checks the hash of its core. It accepts only the single canonical
// encoding of a node.
func DecodeNode(stored []byte, want Hash) (*Node, error) {
	n, core, err := decode(stored, true)
	if err != nil {
		return nil, err
	}
	if Sum(stored[:core]) != want {
		return nil, errNode("内容与散列 %s 不符", want)
	}
	return n, nil
}

func errNode(format string, a ...any) error {
	return fault.New(fault.Invalid, "发布清单节点无效："+format, a...)
}

// check compares a node with what its parent says of it. count < 0: not known.
func (n *Node) check(count int64, depth int, key *Hash) error {
	switch {
	case count >= 0 && n.Count != count:
		return errNode("条目数为 %d，上级节点记为 %d", n.Count, count)
	case depth >= maxDepth && n.Children != nil:
		return errNode("层数过多")
	case key != nil && !n.under(key, depth):
		return errNode("条目不在应在的位置")
	}
	return nil
}
