package publish

import (
	"context"
	"net/http"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// While a site shows an older tree, pages rendered into it may name only what that tree
// holds: nothing may lead to a page that is not there.

// older is the tree that pages are rendered into on top of an older revision.
type olderTree struct {
	nodes manifest.NodeReader
	root  manifest.Ref
}

func (t *olderTree) has(ctx context.Context, path string) (bool, error) {
	e, found, err := manifest.Get(ctx, t.nodes, t.root, path)
	return found && e.Status == http.StatusOK, err
}

// visible leaves out what the older tree does not hold. Without one all is visible.
func (f *frame) visible(ctx context.Context, entries []resource.Entry) ([]resource.Entry, error) {
	if f.base == nil {
		return entries, nil
	}
	var out []resource.Entry
	for _, e := range entries {
		if e.Path != "" && e.Site == f.site.ID {
			if there, err := f.base.has(ctx, e.Path); err != nil {
				return nil, err
			} else if !there {
				continue
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// upTo returns the first n visible entries of a list.
func (f *frame) upTo(ctx context.Context, n int, first func(n int) ([]resource.Entry, error)) ([]resource.Entry, error) {
	for ask := n; ; ask *= 4 {
		entries, err := first(ask)
		if err != nil || f.base == nil {
			return entries, err
		}
		seen, err := f.visible(ctx, entries)
		if err != nil || len(seen) >= n || len(entries) < ask || ask > slab {
			return seen[:min(n, len(seen))], err
		}
	}
}

// lastPage is the number of the open page of a list: of the list as it is now, or as
// the older tree cut it.
func (f *frame) lastPage(ctx context.Context, c *site.Column) (*listRow, error) {
	last, err := f.lists.last(ctx, c.ID)
	if err != nil || f.base == nil {
		return last, err
	}
	no := last.No
	for ; no > 1; no-- {
		there, err := f.base.has(ctx, olderPath(c, no-1))
		if err != nil {
			return nil, err
		}
		if there {
			break
		}
	}
	return f.lists.page(ctx, c.ID, no)
}
