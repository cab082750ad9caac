package publish

import (
	"context"
	"slices"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/compress"
	"guiyi/internal/publish/deps"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/publish/render"
)

// Rerender renders pages of a site from the current content and calls fn with each body and its compressed forms; it
// also does so for files of the theme. It publishes nothing. fn must not retain body. Unknown paths are ignored.
func (p *Publisher) Rerender(ctx context.Context, id int64, paths []string,
	fn func(path string, body []byte, forms []compress.Form) error) (err error) {
	defer fault.Annotate(&err, "publish.Rerender(%d, %d paths)", id, len(paths))
	f, err := p.frame(ctx, id)
	if err != nil {
		return err
	}
	for _, a := range f.Set.Assets() {
		if !slices.Contains(paths, a.Path) {
			continue
		}
		forms, err := p.compressor.Small(a.Type, a.Bytes)
		if err != nil {
			return err
		}
		if err := fn(a.Path, a.Bytes, forms); err != nil {
			return err
		}
	}
	known, err := deps.PageRows(ctx, p.DB.Read(), id, paths)
	if err != nil {
		return err
	}
	pages := make([]page.Page, 0, len(known))
	for _, row := range known {
		pages = append(pages, row.Page())
	}
	return f.RenderAll(ctx, pages, func(_ context.Context, r *render.Rendered) (err error) {
		if !r.Absent && r.Fault == nil && len(r.Body) <= maxWhole {
			r.Forms, err = p.compress(r.Page.Kind)(r.Entry.Type, r.Body)
		}
		return err
	}, func(r render.Rendered) error {
		if r.Absent || r.Fault != nil || !r.Entry.HasBody() {
			return nil
		}
		return fn(r.Page.Path, r.Body, r.Forms)
	})
}

// compress returns the compression function for a kind of page.
func (p *Publisher) compress(k page.Kind) func(string, []byte) ([]compress.Form, error) {
	if k.Traits().Entrance {
		return p.compressor.Small
	}
	return p.compressor.Fast
}

// Forms returns every compressed form that a body can have in a pack, whatever its kind of page.
func (p *Publisher) Forms(contentType string, body []byte) ([]compress.Form, error) {
	light, err := p.compressor.Fast(contentType, body)
	if err != nil {
		return nil, err
	}
	dense, err := p.compressor.Small(contentType, body)
	return append(light, dense...), err
}

// Replace makes a revision from a tree of count entries that a repair recovered from the damaged tree of head of. All
// pages are rendered from the library; those that the recovered tree lacks, or that differ, are added. It returns
// ErrPinned for a pinned site, whose pages differ from the library on purpose, and a fault.Conflict if the site was
// published after head of.
func (p *Publisher) Replace(ctx context.Context, id int64, recovered manifest.Ref, count int64, of manifest.Head,
	note string) (_ Result, err error) {
	defer fault.Annotate(&err, "publish.Replace(%d)", id)
	defer p.lock(id)()
	if _, err := p.markAll(ctx, id); err != nil {
		return Result{}, err
	}
	state, err := ledger.Of(ctx, p.DB.Read(), id)
	if err != nil {
		return Result{}, err
	}
	if state.Pinned > 0 {
		return Result{}, ErrPinned
	}
	if state.Revision != of.Revision {
		return Result{}, errOvertaken(nil)
	}
	f, err := p.frame(ctx, id)
	if err != nil {
		return Result{}, err
	}
	b := &build{p: p, state: state, frame: f, note: note, recovered: &recoveredTree{recovered, count}}
	if _, err := b.loadMarks(ctx); err != nil {
		return Result{}, err
	}
	return b.run(ctx)
}

// ErrPinned means that a site is pinned to an older tree, which cannot be rendered from the current content.
var ErrPinned = fault.New(fault.Conflict, "站点已回退到以前的版本，受损的页面无法按内容库重做")

// recoveredTree is the readable part of a damaged tree.
type recoveredTree struct {
	root  manifest.Ref
	count int64
}
