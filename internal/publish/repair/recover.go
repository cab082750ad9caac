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

// findBytes searches the right bytes of all damaged objects in packs.
func (w *run) findBytes(ctx context.Context) error {
	for _, p := range w.bad {
		if p.loc.Pack == "" {
			continue // see mendFiles
		}
		if err := w.findCopy(ctx, p); err != nil {
			return err
		}
	}
	for _, p := range w.bad { // another form of the same page may be intact
		if p.loc.Pack != "" && p.found == nil {
			if err := w.fromForms(ctx, p); err != nil {
				return err
			}
		}
	}
	return w.rerender(ctx)
}

// findCopy searches the bytes of an object in the store, under its hash, and in the other sources.
func (w *run) findCopy(ctx context.Context, p *object) error {
	for _, source := range append([]Source{w.r.Blobs}, w.r.Sources...) {
		for _, read := range []func() ([]byte, error){
			func() ([]byte, error) { return source.Bytes(ctx, p.hash.String(), maxBody) },
			func() ([]byte, error) { return source.ReadRange(ctx, p.loc.Pack, p.loc.Off, p.loc.Len) },
		} {
			if b, err := read(); err == nil && manifest.Sum(b) == p.hash {
				p.found = b
				return nil
			}
		}
	}
	return ctx.Err()
}

// fromForms decompresses a body from its gzip form, or compresses a form from its body.
func (w *run) fromForms(ctx context.Context, p *object) error {
	e := &p.entry
	if p.encoding == "" {
		for _, v := range e.Variants {
			if v.Encoding != manifest.Gzip {
				continue
			}
			if compressed := w.stored(ctx, v.Hash, v.Loc); compressed != nil {
				if b := gunzip(compressed); manifest.Sum(b) == p.hash {
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
	w.matchForms(p, forms)
	return nil
}

// stored returns the bytes at a location, or those found for it, if they match the hash; otherwise nil.
func (w *run) stored(ctx context.Context, hash manifest.Hash, loc manifest.Loc) []byte {
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

func (w *run) matchForms(p *object, forms []compress.Form) {
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

// rerender renders the pages of damaged objects from the library and uses the bytes that match their hashes.
func (w *run) rerender(ctx context.Context) error {
	byPath := map[string][]*object{}
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
			w.matchForms(p, forms)
		}
		return nil
	})
}

// recoverTree writes a new tree to a new pack: the readable entries of the newest tree, without the paths in gone.
func (w *run) recoverTree(ctx context.Context, gone map[string]bool) (root manifest.Ref, count int64, err error) {
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
