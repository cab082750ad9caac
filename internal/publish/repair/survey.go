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

// maxBody bounds what is read at once, in bytes: pages and forms are below; larger files are streamed.
const maxBody = 64 << 20

// piece is one run of stored bytes that an entry names.
type piece struct {
	entry    manifest.Entry
	encoding string // of a compressed form; "" is the body; chunks is the list of hashes of a large file
	hash     manifest.Hash
	loc      manifest.Loc
	revision int64  // newest that uses it
	found    []byte // right bytes, when they were found
	put      bool   // a file that was put again
}

const chunks = "chunks"

func (p *piece) mended() bool { return p.found != nil || p.put }

// errSeen cuts a walk off where it has been before.
var errSeen = errors.New("seen")

// survey holds everything that the revisions from oldest on stand on against its hash, the newest first.
func (w *work) survey(ctx context.Context, oldest int64) error {
	var heads []manifest.Head
	for h, err := range ledger.Between(ctx, w.r.DB.Read(), w.id, oldest-1, w.head.Revision) {
		if err != nil {
			return err
		}
		heads = append(heads, h)
	}
	seen, judged := map[manifest.Ref]bool{}, map[manifest.Hash]manifest.Loc{}
	for i := len(heads) - 1; i >= 0; i-- {
		revision := heads[i].Revision
		load := func(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
			if seen[ref] {
				return nil, errSeen
			}
			seen[ref] = true
			w.rep.Looked++
			return w.node(ctx, ref)
		}
		err := manifest.WalkNodes(ctx, load, heads[i].Root,
			func(ref manifest.Ref, n *manifest.Node, failed error) error {
				switch {
				case errors.Is(failed, errSeen):
					return nil
				case failed != nil:
					w.missing = append(w.missing, lostNode{ref, revision})
					return ctx.Err()
				}
				for i := range n.Entries {
					if err := w.judge(ctx, &n.Entries[i], revision, judged); err != nil {
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

// node reads a node, from another place when it is wrong where it should be.
func (w *work) node(ctx context.Context, ref manifest.Ref) (*manifest.Node, error) {
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
	for _, place := range w.r.Copies {
		other, cerr := place.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
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

// maxJudged bounds the memory for content that many entries share.
const maxJudged = 1 << 20

// judge holds the pieces of an entry against their hashes.
func (w *work) judge(ctx context.Context, e *manifest.Entry, revision int64,
	judged map[manifest.Hash]manifest.Loc) error {
	if !e.HasBody() {
		return nil
	}
	pieces := []piece{{hash: e.Hash, loc: e.Loc}}
	if !e.Chunks.IsZero() {
		pieces = append(pieces, piece{encoding: chunks, hash: e.Chunks})
	}
	for _, v := range e.Variants {
		pieces = append(pieces, piece{encoding: v.Encoding, hash: v.Hash, loc: v.Loc})
	}
	for i := range pieces {
		p := &pieces[i]
		if at, known := judged[p.hash]; known && at == p.loc {
			continue
		}
		if len(judged) >= maxJudged {
			clear(judged)
		}
		judged[p.hash] = p.loc
		w.rep.Looked++
		good, err := w.right(ctx, p)
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

// right reports whether the stored bytes of a piece have their hash. An error says that it cannot be told: ctx ended,
// or the store is away, which is no damage.
func (w *work) right(ctx context.Context, p *piece) (bool, error) {
	if p.loc.Pack == "" {
		return w.r.rightFile(ctx, p.hash)
	}
	w.r.Blobs.Refresh(p.loc.Pack)
	b, err := w.r.Blobs.ReadRange(ctx, p.loc.Pack, p.loc.Off, p.loc.Len)
	if err == nil {
		return manifest.Sum(b) == p.hash, nil
	}
	return false, notDamage(ctx, err)
}

// notDamage returns an error that is none of the stored bytes.
func notDamage(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, blob.ErrRange), errors.Is(err, blob.ErrTampered), fault.Is(err, fault.NotFound),
		fault.Is(err, fault.TooLarge):
		return nil
	}
	return err
}

// rightFile reads a file of any size to its end, which verifies it.
func (r *Repairer) rightFile(ctx context.Context, hash manifest.Hash) (bool, error) {
	f, err := r.Blobs.Get(ctx, hash.String())
	if err != nil {
		return false, notDamage(ctx, err)
	}
	_, err = io.Copy(io.Discard, f)
	err = errors.Join(err, f.Close())
	if err != nil {
		return false, notDamage(ctx, err)
	}
	return true, nil
}
