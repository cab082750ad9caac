package render

import (
	"context"
	"maps"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// maker renders the response of one address into out and records its dependencies in r.
type maker func(f *Frame, ctx context.Context, r *reads, out *Rendered) error

// makers maps each kind of page to the function that makes it; kinds with one page per site come from fixed. The other
// properties of a kind are in package page.
func makers() map[page.Kind]maker {
	out := map[page.Kind]maker{
		page.Item:       (*Frame).renderItem,
		page.OldAddress: (*Frame).redirectOld,
		page.Column:     (*Frame).renderColumn,
		page.Older:      (*Frame).renderColumn,
		page.RSS:        feed("application/rss+xml; charset=utf-8", (*Frame).rss),
		page.Atom:       feed("application/atom+xml; charset=utf-8", (*Frame).atom),
		page.Sitemap:    data("application/xml; charset=utf-8", (*Frame).sitemap),
	}
	maps.Copy(out, fixed())
	return out
}

// columnView returns the view of a column's newest page, or of page no of its list when no is not 0.
type columnView func(f *Frame, ctx context.Context, r *reads, c *site.Column, no int64) (theme.View, error)

// columnViews maps each kind of column to its view. The other properties of a kind are in package site.
func columnViews() map[site.Kind]columnView {
	return map[site.Kind]columnView{
		site.KindList:       (*Frame).listView,
		site.KindChannel:    (*Frame).listView,
		site.KindPage:       (*Frame).singleView,
		site.KindDisclosure: (*Frame).disclosureView,
	}
}

// themed makes a page by rendering a view with the theme.
func themed(status int, view func(*Frame, context.Context, *reads) (theme.View, error)) maker {
	return func(f *Frame, ctx context.Context, r *reads, out *Rendered) error {
		v, err := view(f, ctx, r)
		if err != nil {
			return err
		}
		out.Entry.Status = status
		return f.html(out, v)
	}
}

// noReads adapts a view that needs only the frame.
func noReads(view func(*Frame) (theme.View, error)) func(*Frame, context.Context, *reads) (theme.View, error) {
	return func(f *Frame, _ context.Context, _ *reads) (theme.View, error) { return view(f) }
}

// data makes a file that the theme does not render. When there are no bytes, the address is absent.
func data(contentType string, body func(*Frame, context.Context, *reads, page.Page) ([]byte, error)) maker {
	return func(f *Frame, ctx context.Context, r *reads, out *Rendered) (err error) {
		out.Body, err = body(f, ctx, r, out.Page)
		out.Absent = out.Body == nil && err == nil
		out.seal(contentType, manifest.CacheFeed)
		return err
	}
}

// feed is data for the whole site, or for a column with a list.
func feed(contentType string, body func(*Frame, context.Context, *reads, page.Page) ([]byte, error)) maker {
	return data(contentType, func(f *Frame, ctx context.Context, r *reads, p page.Page) ([]byte, error) {
		if c := f.Tree.ID(p.Ref); p.Ref != 0 && (c == nil || c.Retired || !page.IsList(c)) {
			return nil, nil
		}
		return body(f, ctx, r, p)
	})
}
