package publish

import (
	"context"
	"sync"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

// nodeCache reads manifest nodes and caches them in two generations: nodes are added to the young one; when it is
// full, it becomes the old one and the previous old one is dropped.
type nodeCache struct {
	blobs *blob.Store

	mu         sync.Mutex
	young, old map[manifest.Ref][]byte // keyed by location too: a node that was relocated refers to other locations
	size       int                     // total size of young, in bytes
}

// maxYoung is the maximum size of a generation in bytes. The nodes of a site of 100,000 pages have 30 MB.
const maxYoung = 16 << 20

func newNodeCache(blobs *blob.Store) *nodeCache {
	return &nodeCache{blobs: blobs, young: map[manifest.Ref][]byte{}}
}

// Node implements manifest.NodeReader.
func (n *nodeCache) Node(ctx context.Context, ref manifest.Ref) ([]byte, error) {
	n.mu.Lock()
	b, ok := n.young[ref]
	if !ok {
		if b, ok = n.old[ref]; ok {
			n.add(ref, b)
		}
	}
	n.mu.Unlock()
	if ok {
		return b, nil
	}
	b, err := n.blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
	if err != nil {
		return nil, err
	}
	if _, err := manifest.DecodeNode(b, ref.Hash); err != nil { // damaged, or repaired meanwhile by another process
		n.blobs.Refresh(ref.Loc.Pack)
		b, err = n.blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
		if err != nil {
			return nil, err
		}
		if _, err := manifest.DecodeNode(b, ref.Hash); err != nil {
			return b, nil // the caller detects the damage; it is not cached
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.add(ref, b)
	return b, nil
}

// add adds a node to the young generation. The caller must hold mu.
func (n *nodeCache) add(ref manifest.Ref, b []byte) {
	if n.size >= maxYoung {
		n.old, n.young, n.size = n.young, map[manifest.Ref][]byte{}, 0
	}
	n.young[ref] = b
	n.size += len(b)
}
