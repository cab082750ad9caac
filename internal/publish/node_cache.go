package publish

import (
	"context"
	"sync"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/manifest"
)

// nodeCache reads tree nodes and keeps those read lately, in two halves: what is read goes into the young
// one; when that is full it becomes the old one, and what was the old one is forgotten.
type nodeCache struct {
	blobs *blob.Store

	mu         sync.Mutex
	young, old map[manifest.Ref][]byte // by place too: a node that was stored anew names other places
	size       int                     // of young, bytes
}

// maxYoung bounds each half of nodeStore, in bytes: the tree of a site of 100,000 pages has 30 MB.
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
	if _, err := manifest.DecodeNode(b, ref.Hash); err != nil { // damaged, or repaired by another process just now
		n.blobs.Refresh(ref.Loc.Pack)
		b, err = n.blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
		if err != nil {
			return nil, err
		}
		if _, err := manifest.DecodeNode(b, ref.Hash); err != nil {
			return b, nil // who reads it finds that out; it is not kept
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.add(ref, b)
	return b, nil
}

// add needs the lock.
func (n *nodeCache) add(ref manifest.Ref, b []byte) {
	if n.size >= maxYoung {
		n.old, n.young, n.size = n.young, map[manifest.Ref][]byte{}, 0
	}
	n.young[ref] = b
	n.size += len(b)
}
