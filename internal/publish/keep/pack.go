package keep

import (
	"context"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/manifest"
)

// Pack is the one object that is written for a revision: bodies, compressed forms and tree
// nodes, in the order they came. It is created with the first byte.
type Pack struct {
	ctx   context.Context
	blobs *blob.Store
	name  string
	w     *blob.Writer
}

// NewPack makes an empty pack for a revision of a site.
func NewPack(ctx context.Context, blobs *blob.Store, site string, revision int64) *Pack {
	return &Pack{ctx: ctx, blobs: blobs, name: PackName(site, revision, store.NewID())}
}

// Add appends bytes and says where they lie.
func (p *Pack) Add(b []byte) (loc manifest.Loc, err error) {
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
func (p *Pack) AddNode(b []byte, _ manifest.Hash) (manifest.Loc, error) { return p.Add(b) }

// Size is how many bytes were added.
func (p *Pack) Size() int64 {
	if p.w == nil {
		return 0
	}
	return p.w.Offset()
}

// Commit makes the pack durable. An empty one leaves no object.
func (p *Pack) Commit() error {
	if p.w == nil {
		return nil
	}
	return p.w.Commit(p.ctx)
}

// Abort throws away what was not committed. It may be called after Commit.
func (p *Pack) Abort() {
	if p.w != nil {
		p.w.Abort()
	}
}
