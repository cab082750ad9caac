package manifest

import (
	"context"
	"slices"

	"guiyi/internal/kernel/fault"
)

// Change sets the entry of a path, or removes the path if Entry is nil. Entry.Path must be equal to Path.
type Change struct {
	Path  string
	Entry *Entry
}

// Put returns a change that sets e.
func Put(e Entry) Change { return Change{Path: e.Path, Entry: &e} }

// Remove returns a change that removes a path.
func Remove(path string) Change { return Change{Path: path} }

// Stats counts what Apply did.
type Stats struct {
	Added, Changed, Removed, Unchanged int
	NodesRead, NodesWritten            int
	BytesWritten                       int64
	Count                              int64 // number of entries of the new tree
}

// Apply makes a new tree from root and the changes, which may be in any order; no path may occur twice. It reads and
// writes only the nodes on the way to changed entries. Removing a missing path and setting an equal entry have no
// effect.
func Apply(ctx context.Context, r NodeReader, w NodeWriter, root Ref, changes []Change) (Ref, Stats, error) {
	edits, err := sortEdits(changes)
	if err != nil {
		return Ref{}, Stats{}, err
	}
	return apply(ctx, r, w, root, func(digit int) ([]edit, error) {
		mine := 0
		for mine < len(edits) && nibble(&edits[mine].key, 0) == digit {
			mine++
		}
		some := edits[:mine]
		edits = edits[mine:]
		return some, nil
	})
}

// apply calls edits once for each first digit of the keys, in order.
func apply(ctx context.Context, r NodeReader, w NodeWriter, root Ref, edits func(digit int) ([]edit, error)) (Ref,
	Stats, error) {
	a := &applier{ctx: ctx, load: FromReader(r), w: w}
	t, err := a.updateRoot(wholeTree(root), edits)
	if err != nil {
		return Ref{}, a.stats, err
	}
	c, err := a.flush(t)
	a.stats.Count = c.Count
	return c.Ref, a.stats, err
}

// edit is a change with its key.
type edit struct {
	key   Hash
	entry *Entry
	path  string
}

func sortEdits(changes []Change) ([]edit, error) {
	edits := make([]edit, len(changes))
	for i, c := range changes {
		if c.Entry != nil {
			if c.Entry.Path != c.Path {
				return nil, fault.New(fault.Invalid, "变更 %.200q 与条目路径 %.200q 不一致", c.Path, c.Entry.Path)
			}
			if err := c.Entry.Validate(); err != nil {
				return nil, err
			}
		}
		edits[i] = edit{keyOf(c.Path), c.Entry, c.Path}
	}
	slices.SortFunc(edits, func(a, b edit) int { return compareKeys(a.key, b.key) })
	for i := range edits {
		if i > 0 && edits[i].key == edits[i-1].key {
			return nil, fault.New(fault.Invalid, "路径 %.200q 在一次变更中出现多次", edits[i].path)
		}
	}
	return edits, nil
}

// subtree is a part of the new tree. If it is stored, it is unchanged or already written; otherwise it has either at
// most leafMax items, or children.
type subtree struct {
	stored   bool
	at       Child // if stored
	items    []item
	children []Child
	count    int64
}

type applier struct {
	ctx   context.Context
	load  Load
	w     NodeWriter
	stats Stats
}

func (a *applier) node(c Child, depth int, key *Hash) (*Node, error) {
	a.stats.NodesRead++
	return c.load(a.ctx, a.load, depth, key)
}

// updateRoot applies the edits to a whole tree, whose count is unknown, by the first digit of the keys.
func (a *applier) updateRoot(root Child, edits func(digit int) ([]edit, error)) (subtree, error) {
	n := &Node{}
	if root.Count != 0 {
		var err error
		if n, err = a.node(root, 0, nil); err != nil {
			return subtree{}, err
		}
		root.Count = n.Count
	}
	return a.updateParts(root, split(n, 0), 0, edits)
}

// update applies edits to a subtree; their keys must be below it.
func (a *applier) update(c Child, depth int, edits []edit) (subtree, error) {
	if len(edits) == 0 {
		return subtree{stored: true, at: c, count: c.Count}, nil
	}
	if c.Count == 0 {
		return a.build(depth, a.merge(nil, edits))
	}
	n, err := a.node(c, depth, &edits[0].key)
	if err != nil {
		return subtree{}, err
	}
	if n.Children == nil {
		before := a.stats
		items := a.merge(n.items(), edits)
		if before.changes() == a.stats.changes() {
			return subtree{stored: true, at: c, count: c.Count}, nil
		}
		return a.build(depth, items)
	}
	return a.updateParts(c, split(n, depth), depth, func(digit int) ([]edit, error) {
		mine := 0
		for mine < len(edits) && nibble(&edits[mine].key, depth) == digit {
			mine++
		}
		some := edits[:mine]
		edits = edits[mine:]
		return some, nil
	})
}

// updateParts applies the edits to the 16 parts of the subtree c.
func (a *applier) updateParts(c Child, old [fanout]part, depth int, edits func(digit int) ([]edit, error)) (subtree,
	error) {
	var parts [fanout]subtree
	total, before, stored := int64(0), a.stats, true
	for i := range parts {
		some, err := edits(i)
		if err != nil {
			return subtree{}, err
		}
		if len(old[i].items) > 0 {
			parts[i], err = a.build(depth+1, a.merge(old[i].items, some))
		} else {
			parts[i], err = a.update(old[i].child, depth+1, some)
		}
		if err != nil {
			return subtree{}, err
		}
		total += parts[i].count
		stored = stored && parts[i].stored
	}
	switch {
	case stored || before.changes() == a.stats.changes():
		return subtree{stored: true, at: c, count: c.Count}, nil
	case total <= leafMax:
		return a.collapse(parts[:], depth)
	}
	return a.branch(parts[:], total)
}

// branch writes the parts and returns a branch of them.
func (a *applier) branch(parts []subtree, total int64) (subtree, error) {
	children := make([]Child, fanout)
	for i, p := range parts {
		var err error
		if children[i], err = a.flush(p); err != nil {
			return subtree{}, err
		}
	}
	return subtree{children: children, count: total}, nil
}

// collapse merges parts, which together have at most leafMax entries and so are all leaves, into one leaf.
func (a *applier) collapse(parts []subtree, depth int) (subtree, error) {
	t := subtree{}
	for _, p := range parts {
		if p.stored && p.count > 0 {
			n, err := a.node(p.at, depth+1, nil)
			if err != nil {
				return subtree{}, err
			}
			p.items = n.items()
		}
		t.items = append(t.items, p.items...)
	}
	t.count = int64(len(t.items))
	return t, nil
}

// build makes a subtree of sorted items that are not written yet.
func (a *applier) build(depth int, items []item) (subtree, error) {
	if len(items) <= leafMax {
		return subtree{items: items, count: int64(len(items))}, nil
	}
	var parts [fanout]subtree
	rest := items
	for i := range parts {
		mine := 0
		for mine < len(rest) && nibble(&rest[mine].key, depth) == i {
			mine++
		}
		var err error
		if parts[i], err = a.build(depth+1, rest[:mine:mine]); err != nil {
			return subtree{}, err
		}
		rest = rest[mine:]
	}
	return a.branch(parts[:], int64(len(items)))
}

// flush writes the top node of a subtree, unless it is stored.
func (a *applier) flush(t subtree) (Child, error) {
	if t.stored {
		return t.at, nil
	}
	if t.count == 0 {
		return Child{}, nil
	}
	if err := a.ctx.Err(); err != nil {
		return Child{}, err
	}
	var b []byte
	var h Hash
	if t.children != nil {
		b, h = encodeBranch(t.children)
	} else {
		b, h = encodeLeaf(t.items)
	}
	loc, err := a.w.AddNode(b, h)
	if err != nil {
		return Child{}, fault.Wrap(fault.KindOf(err), err, "无法写入发布清单节点 %s", h)
	}
	a.stats.NodesWritten++
	a.stats.BytesWritten += int64(len(b))
	return Child{Ref{h, loc}, t.count}, nil
}

// merge applies edits to items; both must be sorted.
func (a *applier) merge(items []item, edits []edit) []item {
	out := make([]item, 0, len(items)+len(edits))
	for _, e := range edits {
		for len(items) > 0 && compareKeys(items[0].key, e.key) < 0 {
			out, items = append(out, items[0]), items[1:]
		}
		var old *Entry
		if len(items) > 0 && items[0].key == e.key {
			old, items = &items[0].entry, items[1:]
		}
		a.stats.count(old, e.entry)
		if e.entry != nil {
			out = append(out, item{e.key, *e.entry})
		}
	}
	return append(out, items...)
}

func (s *Stats) count(old, now *Entry) {
	switch {
	case old == nil && now == nil:
	case old == nil:
		s.Added++
	case now == nil:
		s.Removed++
	case old.Equal(now):
		s.Unchanged++
	default:
		s.Changed++
	}
}

func (s *Stats) changes() int { return s.Added + s.Changed + s.Removed }
