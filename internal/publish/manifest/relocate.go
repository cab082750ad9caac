package manifest

import (
	"context"
	"slices"
)

// Mover decides which bytes are moved to another location, and copies them. It is not called for bytes outside packs.
type Mover interface {
	NodeWriter
	// Stays reports whether the bytes at a location stay there.
	Stays(at Loc) bool
	// Move verifies the hash of the bytes, copies them and returns the new location.
	Move(ctx context.Context, h Hash, at Loc) (Loc, error)
}

// Relocate makes a tree with the same entries and the same root hash, but other locations. A node is written again if
// it does not stay, or if anything below it has moved; all other nodes are shared with the old tree.
func Relocate(ctx context.Context, load Load, root Ref, m Mover) (Ref, error) {
	if root.Hash.IsZero() {
		return root, nil
	}
	c, err := relocate(ctx, load, wholeTree(root), 0, m)
	return c.Ref, err
}

func relocate(ctx context.Context, load Load, c Child, depth int, m Mover) (Child, error) {
	if err := ctx.Err(); err != nil {
		return c, err
	}
	n, err := c.load(ctx, load, depth, nil)
	if err != nil {
		return c, err
	}
	var b []byte
	var h Hash
	moved := !m.Stays(c.Loc)
	if n.Children == nil {
		items := n.items()
		for i := range items {
			some, err := items[i].entry.relocate(ctx, m)
			if err != nil {
				return c, err
			}
			moved = moved || some
		}
		if moved {
			b, h = encodeLeaf(items)
		}
	} else {
		children := slices.Clone(n.Children)
		for i, child := range children {
			if child.Count == 0 {
				continue
			}
			if children[i], err = relocate(ctx, load, child, depth+1, m); err != nil {
				return c, err
			}
			moved = moved || children[i].Loc != child.Loc
		}
		if moved {
			b, h = encodeBranch(children)
		}
	}
	if !moved {
		return c, nil
	}
	if h != c.Hash { // cannot happen: the hash does not cover locations
		return c, errNode("重新存放后散列由 %s 变为 %s", c.Hash, h)
	}
	c.Loc, err = m.AddNode(b, h)
	return c, err
}

// relocate moves the bytes of an entry and its variants. The entry is a copy; its variants are not.
func (e *Entry) relocate(ctx context.Context, m Mover) (moved bool, err error) {
	place := func(h Hash, at *Loc) error {
		if at.Pack == "" || m.Stays(*at) {
			return nil
		}
		moved = true
		*at, err = m.Move(ctx, h, *at)
		return err
	}
	if err := place(e.Hash, &e.Loc); err != nil {
		return false, err
	}
	e.Variants = slices.Clone(e.Variants)
	for i := range e.Variants {
		if err := place(e.Variants[i].Hash, &e.Variants[i].Loc); err != nil {
			return false, err
		}
	}
	return moved, nil
}
