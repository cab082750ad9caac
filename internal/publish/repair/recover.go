package repair

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"slices"

	"guiyi/internal/publish/compress"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/pack"
)

// recover looks for the right bytes of all that is wrong. The hash decides.
func (w *work) recover(ctx context.Context) error {
	for _, p := range w.bad {
		if p.loc.Pack == "" {
			continue // see mendFiles
		}
		if err := w.copies(ctx, p); err != nil {
			return err
		}
	}
	for _, p := range w.bad { // the other forms of a page may be right
		if p.loc.Pack != "" && p.found == nil {
			if err := w.fromForms(ctx, p); err != nil {
				return err
			}
		}
	}
	return w.render(ctx)
}

// copies looks where the same bytes may lie.
func (w *work) copies(ctx context.Context, p *piece) error {
	for _, place := range append([]Copies{w.r.Blobs}, w.r.Copies...) {
		for _, read := range []func() ([]byte, error){
			func() ([]byte, error) { return place.Bytes(ctx, p.hash.String(), maxBody) },
			func() ([]byte, error) { return place.ReadRange(ctx, p.loc.Pack, p.loc.Off, p.loc.Len) },
		} {
			if b, err := read(); err == nil && manifest.Sum(b) == p.hash {
				p.found = b
				return nil
			}
		}
	}
	return ctx.Err()
}

// fromForms unpacks a body out of its gzip form, or packs a form of its body.
func (w *work) fromForms(ctx context.Context, p *piece) error {
	e := &p.entry
	if p.encoding == "" {
		for _, v := range e.Variants {
			if v.Encoding != manifest.Gzip {
				continue
			}
			if packed := w.stored(ctx, v.Hash, v.Loc); packed != nil {
				if b := gunzip(packed); manifest.Sum(b) == p.hash {
					p.found = b
				}
			}
		}
		return ctx.Err()
	}
	body := w.stored(ctx, e.Hash, e.Loc)
	if body == nil {
		return ctx.Err()
	}
	forms, err := w.r.Publisher.Forms(e.Type, body)
	if err != nil {
		return err
	}
	w.take(p, forms)
	return nil
}

// stored returns right bytes of a pack, nil when they are wrong or were not found again.
func (w *work) stored(ctx context.Context, hash manifest.Hash, loc manifest.Loc) []byte {
	for _, p := range w.bad {
		if p.hash == hash && p.loc == loc {
			return p.found
		}
	}
	b, err := w.r.Blobs.ReadRange(ctx, loc.Pack, loc.Off, loc.Len)
	if err != nil || manifest.Sum(b) != hash {
		return nil
	}
	return b
}

func (w *work) take(p *piece, forms []compress.Form) {
	for _, f := range forms {
		if f.Encoding == p.encoding && manifest.Sum(f.Body) == p.hash {
			p.found = f.Body
		}
	}
}

func gunzip(b []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	plain, err := io.ReadAll(io.LimitReader(z, maxBody))
	if err != nil {
		return nil
	}
	return plain
}

// render makes pages again from the library.
func (w *work) render(ctx context.Context) error {
	byPath := map[string][]*piece{}
	for _, p := range w.bad {
		if p.loc.Pack != "" && p.found == nil {
			byPath[p.entry.Path] = append(byPath[p.entry.Path], p)
		}
	}
	if len(byPath) == 0 {
		return nil
	}
	paths := make([]string, 0, len(byPath))
	for path := range byPath {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return w.r.Publisher.Rerender(ctx, w.id, paths, func(path string, body []byte, forms []compress.Form) error {
		for _, p := range byPath[path] {
			if p.encoding == "" && manifest.Sum(body) == p.hash {
				p.found = slices.Clone(body)
			}
			w.take(p, forms)
		}
		return nil
	})
}

// save makes a tree of the entries of the newest one that can be read and are not gone, in a pack of its own.
func (w *work) save(ctx context.Context, gone map[string]bool) (root manifest.Ref, count int64, err error) {
	var changes manifest.Changes
	err = manifest.WalkNodes(ctx, w.node, w.head.Root, func(_ manifest.Ref, n *manifest.Node, failed error) error {
		if failed != nil {
			return ctx.Err()
		}
		for i := range n.Entries {
			if gone[n.Entries[i].Path] {
				continue
			}
			if err := changes.Put(n.Entries[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return root, 0, err
	}
	out := pack.NewWriter(ctx, w.r.Blobs, w.head.Site, w.head.Revision+1)
	defer out.Abort()
	root, stats, err := manifest.ApplyAll(ctx, nil, out, manifest.Ref{}, &changes)
	if err != nil {
		return root, 0, err
	}
	return root, stats.Count, out.Commit()
}
