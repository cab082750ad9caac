package publish

import (
	"context"
	"sync"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/keep"
	"guiyi/internal/publish/manifest"
)

// pack is the one object a build writes: bodies, compressed forms and tree nodes, in
// the order they came. It is created with the first byte.
type pack struct {
	ctx   context.Context
	blobs *blob.Store
	name  string
	w     *blob.Writer
}

func newPack(ctx context.Context, blobs *blob.Store, site string, revision int64) *pack {
	return &pack{ctx: ctx, blobs: blobs, name: keep.PackName(site, revision, store.NewID())}
}

func (p *pack) add(b []byte) (loc manifest.Loc, err error) {
	defer fault.Annotate(&err, "publish: write %s", p.name)
	if p.w == nil {
		if p.w, err = p.blobs.Create(p.ctx, p.name); err != nil {
			return loc, err
		}
	}
	loc = manifest.Loc{Pack: p.name, Off: p.w.Offset(), Len: int64(len(b))}
	_, err = p.w.Write(b)
	return loc, err
}

// AddNode implements manifest.NodeWriter.
func (p *pack) AddNode(b []byte, _ manifest.Hash) (manifest.Loc, error) { return p.add(b) }

func (p *pack) commit() error {
	if p.w == nil {
		return nil
	}
	return p.w.Commit(p.ctx)
}

func (p *pack) abort() {
	if p.w != nil {
		p.w.Abort()
	}
}

// nodeStore reads tree nodes and keeps those read lately, in two halves: what is read goes into the young
// one; when that is full it becomes the old one, and what was the old one is forgotten.
type nodeStore struct {
	blobs *blob.Store

	mu         sync.Mutex
	young, old map[manifest.Ref][]byte // by place too: a node that was stored anew names other places
	size       int                     // of young, bytes
}

// maxYoung bounds each half of nodeStore, in bytes: the tree of a site of 100,000 pages has 30 MB.
const maxYoung = 16 << 20

func newNodeStore(blobs *blob.Store) *nodeStore {
	return &nodeStore{blobs: blobs, young: map[manifest.Ref][]byte{}}
}

// Node implements manifest.NodeReader.
func (n *nodeStore) Node(ctx context.Context, ref manifest.Ref) ([]byte, error) {
	n.mu.Lock()
	b, ok := n.young[ref]
	if !ok {
		if b, ok = n.old[ref]; ok {
			n.keep(ref, b)
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
	n.mu.Lock()
	defer n.mu.Unlock()
	n.keep(ref, b)
	return b, nil
}

// keep needs the lock.
func (n *nodeStore) keep(ref manifest.Ref, b []byte) {
	if n.size >= maxYoung {
		n.old, n.young, n.size = n.young, map[manifest.Ref][]byte{}, 0
	}
	n.young[ref] = b
	n.size += len(b)
}
