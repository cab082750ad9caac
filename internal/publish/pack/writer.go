package pack

import (
	"context"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/manifest"
)

// Writer writes one pack. The object is created by the first Add.
type Writer struct {
	ctx   context.Context
	blobs *blob.Store
	name  string
	w     *blob.Writer
}

// NewWriter prepares a pack for a revision of a site.
func NewWriter(ctx context.Context, blobs *blob.Store, site string, revision int64) *Writer {
	return &Writer{ctx: ctx, blobs: blobs, name: Name(site, revision, store.NewID())}
}

// Add appends bytes and returns their location.
func (p *Writer) Add(b []byte) (loc manifest.Loc, err error) {
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
func (p *Writer) AddNode(b []byte, _ manifest.Hash) (manifest.Loc, error) { return p.Add(b) }

// Size returns the number of bytes added.
func (p *Writer) Size() int64 {
	if p.w == nil {
		return 0
	}
	return p.w.Offset()
}

// Commit makes the pack durable. A pack without bytes is not stored.
func (p *Writer) Commit() error {
	if p.w == nil {
		return nil
	}
	return p.w.Commit(p.ctx)
}

// Abort discards an uncommitted pack. After Commit it does nothing.
func (p *Writer) Abort() {
	if p.w != nil {
		p.w.Abort()
	}
}
