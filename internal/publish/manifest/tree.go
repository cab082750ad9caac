package manifest

import (
	"context"
	"crypto/sha256"

	"guiyi/internal/kernel/fault"
)

func keyOf(path string) Hash { return sha256.Sum256([]byte(path)) }

// Load returns a verified node. Callers with a cache of decoded nodes have their own implementation; FromReader returns
// one without a cache.
type Load func(ctx context.Context, r Ref) (*Node, error)

// FromReader returns a Load that reads nodes from r and verifies them.
func FromReader(r NodeReader) Load {
	return func(ctx context.Context, ref Ref) (*Node, error) {
		b, err := r.Node(ctx, ref)
		if err != nil {
			return nil, fault.Wrap(fault.KindOf(err), err, "无法读取发布清单节点 %s", ref.Hash)
		}
		return DecodeNode(b, ref.Hash)
	}
}

// Get returns the entry of a path. It reads the nodes from the root to the leaf of the path.
func Get(ctx context.Context, r NodeReader, root Ref, path string) (Entry, bool, error) {
	return Find(ctx, FromReader(r), root, path)
}

// Find is Get with a Load.
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

// load returns the top node of the subtree and checks its depth and count. key is any key below it, or nil.
func (c Child) load(ctx context.Context, load Load, depth int, key *Hash) (*Node, error) {
	n, err := load(ctx, c.Ref)
	if err != nil {
		return nil, err
	}
	return n, n.check(c.Count, depth, key)
}

// Visit is called for each node of a walk with its reference, and with either the verified node or the error of loading
// it. An error returned by Visit ends the walk. If it returns nil after a failed load, the walk skips that subtree.
type Visit func(r Ref, n *Node, failed error) error

// WalkNodes visits every node in key order, parents before children.
func WalkNodes(ctx context.Context, load Load, root Ref, visit Visit) error {
	if root.Hash.IsZero() {
		return nil
	}
	return walk(ctx, load, Child{Ref: root, Count: -1}, 0, Hash{}, visit)
}

// walk visits the subtree c at a depth; prefix has the digits on the way to it.
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

// Walk calls fn for every entry in the order of the hashes of the paths. It stops at the first error.
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

// wholeTree returns a Child for a whole tree, with an unknown count.
func wholeTree(root Ref) Child {
	if root.Hash.IsZero() {
		return Child{}
	}
	return Child{Ref: root, Count: -1}
}

// part is one of the 16 parts of a node, by the next digit of the key: a subtree of a branch, or entries of a leaf.
type part struct {
	child Child
	items []item
}

func split(n *Node, depth int) (out [fanout]part) {
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
