package retention

import (
	"context"
	"errors"

	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// errVisited stops the descent into a subtree that was visited before.
var errVisited = errors.New("visited")

// load reads nodes from storage, without a cache.
func (c *Compactor) load() manifest.Load {
	return manifest.FromReader(reader{c})
}

type reader struct{ c *Compactor }

// Node implements manifest.NodeReader.
func (r reader) Node(ctx context.Context, ref manifest.Ref) ([]byte, error) {
	return r.c.Blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
}

// referencedPacks returns the names of the packs that the trees of the revisions from oldest to newest refer to.
func (c *Compactor) referencedPacks(ctx context.Context, site, oldest, newest int64) (map[string]bool, error) {
	packs := map[string]bool{}
	err := c.walk(ctx, site, oldest, newest, func(ref manifest.Ref, n *manifest.Node) {
		eachPackLoc(ref, n, func(at manifest.Loc) { packs[at.Pack] = true })
	})
	return packs, err
}

// walk visits the nodes of all revisions from oldest to newest. Subtrees that revisions share are visited once. A
// node that cannot be read is an error: what it refers to is unknown, so nothing may be removed.
func (c *Compactor) walk(ctx context.Context, site, oldest, newest int64,
	visit func(manifest.Ref, *manifest.Node)) error {
	visited, load := map[manifest.Ref]bool{}, c.load()
	once := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
		if visited[ref] {
			return nil, errVisited
		}
		n, err := load(ctx, ref)
		visited[ref] = err == nil
		return n, err
	}
	for head, err := range ledger.Between(ctx, c.DB.Read(), site, oldest-1, newest) {
		if err == nil {
			err = manifest.WalkNodes(ctx, once, head.Root,
				func(ref manifest.Ref, n *manifest.Node, failed error) error {
					if errors.Is(failed, errVisited) {
						return nil
					}
					if failed == nil {
						visit(ref, n)
					}
					return failed
				})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// liveBytes returns how many bytes of each pack a tree refers to.
func (c *Compactor) liveBytes(ctx context.Context, root manifest.Ref) (map[string]int64, error) {
	out := map[string]int64{}
	err := manifest.WalkNodes(ctx, c.load(), root, func(ref manifest.Ref, n *manifest.Node, failed error) error {
		if failed == nil {
			eachPackLoc(ref, n, func(at manifest.Loc) { out[at.Pack] += at.Len })
		}
		return failed
	})
	return out, err
}

// eachPackLoc calls fn with every pack location of a node and of the bodies and variants that it refers to.
func eachPackLoc(ref manifest.Ref, n *manifest.Node, fn func(manifest.Loc)) {
	inPack := func(at manifest.Loc) {
		if at.Pack != "" {
			fn(at)
		}
	}
	inPack(ref.Loc)
	for i := range n.Entries {
		inPack(n.Entries[i].Loc)
		for _, v := range n.Entries[i].Variants {
			inPack(v.Loc)
		}
	}
}
