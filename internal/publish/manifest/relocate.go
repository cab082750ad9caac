package manifest

import (
	"context"
	"slices"
)

// Mover decides where bytes are to lie and copies them there. Places without a pack are not asked about.
type Mover interface {
	NodeWriter
	// Stays reports whether what lies at the place may stay there.
	Stays(at Loc) bool
	// Move copies bytes, after it has checked them against the hash, and returns their new place.
	Move(ctx context.Context, h Hash, at Loc) (Loc, error)
}

// Relocate lays a tree out anew: the same entries under the same hashes, at other places. Nodes are written again when
// they may not stay, or when something below them moved; all others are shared with the tree before.
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
	if h != c.Hash { // the core does not hold places, so this cannot be
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
