package publish

import (
	"context"
	"maps"
	"slices"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/publish/render"
)

// renderAll renders the pages of the build, and then the pages that are missing at the other end of their links.
func (b *build) renderAll(ctx context.Context) error {
	rendered := map[string]bool{}
	for next := b.pages; len(next) > 0; {
		b.linked = map[string]page.Page{}
		for _, p := range next {
			rendered[p.Path] = true
		}
		err := b.frame.RenderAll(ctx, next, b.finish, func(r render.Rendered) error { return b.collect(ctx, r) })
		if err != nil {
			return err
		}
		if next, err = b.missing(ctx, rendered); err != nil {
			return err
		}
	}
	return nil
}

// missing returns the pages that the changed pages link to and that are neither published nor rendered. Pages are
// rendered from the current library, which may be ahead of the marks: a list already names an item whose own page is
// marked only when the event of its import is planned. Without that page the list would have a dead link until then.
func (b *build) missing(ctx context.Context, rendered map[string]bool) ([]page.Page, error) {
	if b.onOlderTree() { // its pages link to pages of that tree only
		return nil, nil
	}
	for _, c := range b.frame.Tree.All() { // every page has links to columns around it
		for _, p := range page.AlwaysOf(c) {
			b.linked[p.Path] = p
		}
	}
	var out []page.Page
	for _, path := range slices.Sorted(maps.Keys(b.linked)) {
		if rendered[path] {
			continue
		}
		found, err := b.published.has(ctx, path)
		if err != nil {
			return nil, err
		}
		if !found && manifest.CheckPath(path) == nil {
			out = append(out, b.linked[path])
		}
	}
	return out, nil
}
