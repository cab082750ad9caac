package manifest

import (
	"context"
	"crypto/sha256"

	"guiyi/internal/kernel/fault"
)

func keyOf(path string) Hash { return sha256.Sum256([]byte(path)) }

// Load fetches a verified node. Readers that keep decoded nodes give their own; FromReader makes one that keeps
// nothing.
type Load func(ctx context.Context, r Ref) (*Node, error)

// FromReader loads nodes from r and verifies them.
func FromReader(r NodeReader) Load {
	return func(ctx context.Context, ref Ref) (*Node, error) {
		b, err := r.Node(ctx, ref)
		if err != nil {
			return nil, fault.Wrap(fault.KindOf(err), err, "无法读取发布清单节点 %s", ref.Hash)
		}
		return DecodeNode(b, ref.Hash)
	}
}

// Get returns the entry of a path. It reads the nodes on the way from the root to the path's leaf.
func Get(ctx context.Context, r NodeReader, root Ref, path string) (Entry, bool, error) {
	return Find(ctx, FromReader(r), root, path)
}

// Find is Get over nodes that load has verified.
func Find(ctx context.Context, load Load, root Ref, path string) (Entry, bool, error) {
	if root.Hash.IsZero() {
		return Entry{}, false, nil
	}
	key := keyOf(path)
	at := Child{Ref: root, Count: -1}
	for depth := 0; ; depth++ {
		n, err := at.load(ctx, load, depth, &key)
		if err != nil {
			return Entry{}, false, err
		}
		if n.Children == nil {
			e, ok := n.find(&key, path)
			return e, ok, nil
		}
		at = n.Children[nibble(&key, depth)]
		if at.Count == 0 {
			return Entry{}, false, nil
		}
	}
}

// load fetches the subtree's top node and checks it against its place. key: any key below, nil when none is known.
func (c Child) load(ctx context.Context, load Load, depth int, key *Hash) (*Node, error) {
	n, err := load(ctx, c.Ref)
	if err != nil {
		return nil, err
	}
	return n, n.check(c.Count, depth, key)
}

// Visit receives one node of a walk: its place, and either the verified node or the error that loading gave. Returning
// an error ends the walk; with a nil result after a failed load, the walk goes on without that subtree.
type Visit func(r Ref, n *Node, failed error) error

// WalkNodes visits every node, parents before children, in key order.
func WalkNodes(ctx context.Context, load Load, root Ref, visit Visit) error {
	if root.Hash.IsZero() {
		return nil
	}
	return walk(ctx, load, Child{Ref: root, Count: -1}, 0, Hash{}, visit)
}

// walk visits the subtree c at the depth below the first digits of prefix.
func walk(ctx context.Context, load Load, c Child, depth int, prefix Hash, visit Visit) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	n, failed := c.load(ctx, load, depth, &prefix)
	if failed != nil {
		n = nil
	}
	if err := visit(c.Ref, n, failed); err != nil || n == nil {
		return err
	}
	for i, child := range n.Children {
		if child.Count == 0 {
			continue
		}
		if err := walk(ctx, load, child, depth+1, withNibble(prefix, depth, i), visit); err != nil {
			return err
		}
	}
	return nil
}

func withNibble(prefix Hash, depth, value int) Hash {
	prefix[depth/2] |= byte(value << (4 * (1 - depth%2)))
	return prefix
}

// Walk calls fn for every entry in the order of the keys, which is the same for equal trees and has nothing to do with
// the alphabet. The first error ends it.
func Walk(ctx context.Context, r NodeReader, root Ref, fn func(Entry) error) error {
	return WalkNodes(ctx, FromReader(r), root, func(_ Ref, n *Node, failed error) error {
		if failed != nil {
			return failed
		}
		for _, e := range n.Entries {
			if err := fn(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// wholeTree makes the child that stands for a whole tree, of unknown count.
func wholeTree(root Ref) Child {
	if root.Hash.IsZero() {
		return Child{}
	}
	return Child{Ref: root, Count: -1}
}

// half is one sixteenth of a node: a subtree, or entries of a leaf that becomes a branch.
type half struct {
	child Child
	items []item
}

func split(n *Node, depth int) (out [fanout]half) {
	for i, c := range n.Children {
		out[i].child = c
	}
	for _, it := range n.items() {
		i := nibble(&it.key, depth)
		out[i].items = append(out[i].items, it)
	}
	return out
}

func (n *Node) items() []item {
	out := make([]item, len(n.Entries))
	for i := range out {
		out[i] = item{n.keys[i], n.Entries[i]}
	}
	return out
}
