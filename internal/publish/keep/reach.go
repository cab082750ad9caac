package keep

import (
	"context"
	"errors"

	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// errSeen cuts a walk off where it has been before.
var errSeen = errors.New("seen")

// load reads nodes straight from storage.
func (k *Keeper) load() manifest.Load {
	return manifest.FromReader(reader{k})
}

type reader struct{ k *Keeper }

// Node implements manifest.NodeReader.
func (r reader) Node(ctx context.Context, ref manifest.Ref) ([]byte, error) {
	return r.k.Blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
}

// reached returns the packs that the trees of the revisions from oldest to newest reach into.
func (k *Keeper) reached(ctx context.Context, site, oldest, newest int64) (map[string]bool, error) {
	packs := map[string]bool{}
	err := k.walk(ctx, site, oldest, newest, func(ref manifest.Ref, n *manifest.Node) {
		places(ref, n, func(at manifest.Loc) { packs[at.Pack] = true })
	})
	return packs, err
}

// walk visits the nodes of all revisions from oldest to newest. Parts that revisions share are visited once. A
// tree that cannot be read is an error: what it needs is not known, so nothing may be removed.
func (k *Keeper) walk(ctx context.Context, site, oldest, newest int64, visit func(manifest.Ref, *manifest.Node)) error {
	seen, load := map[manifest.Ref]bool{}, k.load()
	once := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
		if seen[ref] {
			return nil, errSeen
		}
		n, err := load(ctx, ref)
		seen[ref] = err == nil
		return n, err
	}
	for head, err := range ledger.Between(ctx, k.DB.Read(), site, oldest-1, newest) {
		if err == nil {
			err = manifest.WalkNodes(ctx, once, head.Root,
				func(ref manifest.Ref, n *manifest.Node, failed error) error {
					if errors.Is(failed, errSeen) {
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

// alive returns how many bytes of each pack a tree uses.
func (k *Keeper) alive(ctx context.Context, root manifest.Ref) (map[string]int64, error) {
	out := map[string]int64{}
	err := manifest.WalkNodes(ctx, k.load(), root, func(ref manifest.Ref, n *manifest.Node, failed error) error {
		if failed == nil {
			places(ref, n, func(at manifest.Loc) { out[at.Pack] += at.Len })
		}
		return failed
	})
	return out, err
}

// places tells where a node and the bytes that it names lie, if in packs.
func places(ref manifest.Ref, n *manifest.Node, tell func(manifest.Loc)) {
	some := func(at manifest.Loc) {
		if at.Pack != "" {
			tell(at)
		}
	}
	some(ref.Loc)
	for i := range n.Entries {
		some(n.Entries[i].Loc)
		for _, v := range n.Entries[i].Variants {
			some(v.Loc)
		}
	}
}
