package render

import (
	"context"
	"net/http"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// While a site shows an older tree, pages rendered into it link only to pages of that tree, so that no link is dead.

// OlderTree is the tree of an older revision into which pages are rendered.
type OlderTree struct {
	Nodes manifest.NodeReader
	Root  manifest.Ref
}

func (t *OlderTree) Has(ctx context.Context, path string) (bool, error) {
	e, found, err := manifest.Get(ctx, t.Nodes, t.Root, path)
	return found && e.Status == http.StatusOK, err
}

// visible removes entries that the older tree does not hold; without an older tree it removes none. It also loads the
// sites of the entries.
func (f *Frame) visible(ctx context.Context, entries []published.Entry) ([]published.Entry, error) {
	if err := f.loadSites(ctx, entries); err != nil || f.Base == nil {
		return entries, err
	}
	var out []published.Entry
	for _, e := range entries {
		if e.Path != "" && e.Site == f.Site.ID {
			if there, err := f.Base.Has(ctx, e.Path); err != nil {
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
func (f *Frame) upTo(ctx context.Context, n int, first func(n int) ([]published.Entry, error)) ([]published.Entry,
	error) {
	for ask := n; ; ask *= 4 {
		entries, err := first(ask)
		if err != nil {
			return entries, err
		}
		seen, err := f.visible(ctx, entries)
		if err != nil || len(seen) >= n || len(entries) < ask || ask > page.BatchSize {
			return seen[:min(n, len(seen))], err
		}
	}
}

// lastPage returns the newest page of a list: of the current list, or of the list in the older tree.
func (f *Frame) lastPage(ctx context.Context, c *site.Column) (*page.ListPage, error) {
	last, err := f.Lists.Last(ctx, c.ID)
	if err != nil || f.Base == nil {
		return last, err
	}
	no := last.No
	for ; no > 1; no-- {
		there, err := f.Base.Has(ctx, page.OlderPath(c, no-1))
		if err != nil {
			return nil, err
		}
		if there {
			break
		}
	}
	return f.Lists.Page(ctx, c.ID, no)
}
