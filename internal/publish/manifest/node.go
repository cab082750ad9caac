package manifest

import (
	"bytes"
	"slices"

	"guiyi/internal/kernel/fault"
)

// Limits of the tree's shape. They are part of the format: another value is another tree.
const (
	leafMax  = 64
	fanout   = 16
	maxDepth = 2 * len(Hash{})
	// maxNode is above the largest node that the limits of an entry allow, in bytes.
	maxNode = 1 << 20
)

// Child is the subtree of a branch; Count is the number of entries below, 0 when there is none.
type Child struct {
	Ref
	Count int64
}

// Node is a decoded node: a leaf has entries, a branch has children. It is not to be changed.
type Node struct {
	Entries  []Entry // sorted by SHA-256 of the path
	Children []Child // of length 16, or nil in a leaf
	Count    int64   // entries below
	keys     []Hash  // of Entries
}

// item is an entry with its key.
type item struct {
	key   Hash
	entry Entry
}

func compareKeys(a, b Hash) int { return bytes.Compare(a[:], b[:]) }

// nibble is the digit of the key that chooses the child at the depth.
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

// under reports whether a leaf lies at the depth below which key lies.
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

// DecodeNode reads the stored bytes of a node and checks that the core has the hash. The decoder is strict: there is
// one encoding of a node, everything else is refused.
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
