package repair

import (
	"context"
	"errors"
	"io"

	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
)

// maxBody is the maximum size in bytes of what is read into memory. Pages and forms are smaller; larger files are
// streamed.
const maxBody = 64 << 20

// object is a body, a compressed form or a chunk list that an entry refers to.
type object struct {
	entry    manifest.Entry
	encoding string // of a compressed form; "": the body; chunks: the chunk list of a large file
	hash     manifest.Hash
	loc      manifest.Loc
	revision int64  // newest revision that refers to it
	found    []byte // the right bytes, if they were found
	restored bool   // the file was stored again
}

// chunks is the encoding of an object that is a chunk list.
const chunks = "chunks"

func (p *object) repaired() bool { return p.found != nil || p.restored }

// errVisited stops the descent into a subtree that was visited before.
var errVisited = errors.New("seen")

// scan compares everything that the revisions from oldest on refer to with its hash, the newest revision first.
func (w *run) scan(ctx context.Context, oldest int64) error {
	var heads []manifest.Head
	for h, err := range ledger.Between(ctx, w.r.DB.Read(), w.id, oldest-1, w.head.Revision) {
		if err != nil {
			return err
		}
		heads = append(heads, h)
	}
	visited, checked := map[manifest.Ref]bool{}, map[manifest.Hash]manifest.Loc{}
	for i := len(heads) - 1; i >= 0; i-- {
		revision := heads[i].Revision
		load := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
			if visited[ref] {
				return nil, errVisited
			}
			visited[ref] = true
			w.rep.Checked++
			return w.node(ctx, ref)
		}
		err := manifest.WalkNodes(ctx, load, heads[i].Root,
			func(ref manifest.Ref, n *manifest.Node, failed error) error {
				switch {
				case errors.Is(failed, errVisited):
					return nil
				case failed != nil:
					w.missing = append(w.missing, lostNode{ref, revision})
					return ctx.Err()
				}
				for i := range n.Entries {
					if err := w.checkEntry(ctx, &n.Entries[i], revision, checked); err != nil {
						return err
					}
				}
				return nil
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// node reads a node from the store or, if it is damaged there, from another source.
func (w *run) node(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
	if b := w.nodes[ref]; b != nil {
		return manifest.DecodeNode(b, ref.Hash)
	}
	w.r.Blobs.Refresh(ref.Loc.Pack)
	b, err := w.r.Blobs.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
	if err == nil {
		var n *manifest.Node
		if n, err = manifest.DecodeNode(b, ref.Hash); err == nil {
			return n, nil
		}
	}
	for _, source := range w.r.Sources {
		other, cerr := source.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
		if cerr != nil {
			continue
		}
		if n, cerr := manifest.DecodeNode(other, ref.Hash); cerr == nil {
			w.nodes[ref] = other
			return n, nil
		}
	}
	return nil, err
}

// maxChecked bounds the memory for remembering objects that many entries share.
const maxChecked = 1 << 20

// checkEntry compares the objects of an entry with their hashes. It skips those in checked, which it updates.
func (w *run) checkEntry(ctx context.Context, e *manifest.Entry, revision int64,
	checked map[manifest.Hash]manifest.Loc) error {
	if !e.HasBody() {
		return nil
	}
	objects := []object{{hash: e.Hash, loc: e.Loc}}
	if !e.Chunks.IsZero() {
		objects = append(objects, object{encoding: chunks, hash: e.Chunks})
	}
	for _, v := range e.Variants {
		objects = append(objects, object{encoding: v.Encoding, hash: v.Hash, loc: v.Loc})
	}
	for i := range objects {
		p := &objects[i]
		if at, known := checked[p.hash]; known && at == p.loc {
			continue
		}
		if len(checked) >= maxChecked {
			clear(checked)
		}
		checked[p.hash] = p.loc
		w.rep.Checked++
		good, err := w.intact(ctx, p)
		if err != nil {
			return err
		}
		if !good {
			p.entry, p.revision = *e, revision
			w.bad = append(w.bad, p)
		}
	}
	return nil
}

// intact reports whether the stored bytes of an object match its hash. It returns an error if this cannot be decided,
// because ctx ended or the store is unavailable.
func (w *run) intact(ctx context.Context, p *object) (bool, error) {
	if p.loc.Pack == "" {
		return w.r.fileIntact(ctx, p.hash)
	}
	w.r.Blobs.Refresh(p.loc.Pack)
	b, err := w.r.Blobs.ReadRange(ctx, p.loc.Pack, p.loc.Off, p.loc.Len)
	if err == nil {
		return manifest.Sum(b) == p.hash, nil
	}
	return false, unlessDamage(ctx, err)
}

// unlessDamage returns nil if err means that the stored bytes are damaged or missing; otherwise it returns err.
func unlessDamage(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, blob.ErrRange), errors.Is(err, blob.ErrTampered), fault.Is(err, fault.NotFound),
		fault.Is(err, fault.TooLarge):
		return nil
	}
	return err
}

// fileIntact reports whether a content-addressed file is present and matches its hash. It reads the whole file.
func (r *Repairer) fileIntact(ctx context.Context, hash manifest.Hash) (bool, error) {
	f, err := r.Blobs.Get(ctx, hash.String())
	if err != nil {
		return false, unlessDamage(ctx, err)
	}
	_, err = io.Copy(io.Discard, f)
	err = errors.Join(err, f.Close())
	if err != nil {
		return false, unlessDamage(ctx, err)
	}
	return true, nil
}
