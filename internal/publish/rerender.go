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

// Rerender renders pages of a site as the library is now, and hands out what they came to with the compressed forms;
// files of the theme too. Nothing is published. give must not keep the body. Addresses that are no pages are left out.
func (p *Publisher) Rerender(ctx context.Context, id int64, paths []string,
	give func(path string, body []byte, forms []compress.Form) error) (err error) {
	defer fault.Annotate(&err, "publish.Remake(%d, %d paths)", id, len(paths))
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
		if err := give(a.Path, a.Bytes, forms); err != nil {
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
		return give(r.Page.Path, r.Body, r.Forms)
	})
}

// compress is how the forms of a page of a kind are made.
func (p *Publisher) compress(k page.Kind) func(string, []byte) ([]compress.Form, error) {
	if k.Traits().Entrance {
		return p.compressor.Small
	}
	return p.compressor.Fast
}

// Forms makes the compressed forms that a body may have, whatever page it is of.
func (p *Publisher) Forms(contentType string, body []byte) ([]compress.Form, error) {
	light, err := p.compressor.Fast(contentType, body)
	if err != nil {
		return nil, err
	}
	dense, err := p.compressor.Small(contentType, body)
	return append(light, dense...), err
}

// Replace makes a revision of a site on a tree that a repair has saved from the damaged one in force: pages that the
// tree lacks are rendered from the library, and so are all others that differ. It refuses a pinned site, whose content
// is not that of the library, and when the site was published since the tree was saved.
func (p *Publisher) Replace(ctx context.Context, id int64, saved manifest.Ref, count int64, of manifest.Head,
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
	b := &build{p: p, state: state, frame: f, note: note, recovered: &recoveredTree{saved, count}}
	if _, err := b.loadMarks(ctx); err != nil {
		return Result{}, err
	}
	return b.run(ctx)
}

// ErrPinned says that a site shows an older tree on purpose, which the library cannot make again.
var ErrPinned = fault.New(fault.Conflict, "站点已回退到以前的版本，受损的页面无法按内容库重做")

// recoveredTree is what a repair has saved of a damaged tree.
type recoveredTree struct {
	root  manifest.Ref
	count int64
}
