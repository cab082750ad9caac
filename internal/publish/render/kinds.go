package render

import (
	"context"
	"maps"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/site"
	"guiyi/internal/theme"
)

// maker makes what answers at an address: it fills out from content state and notes in r what it reads.
type maker func(f *Frame, ctx context.Context, r *reads, out *Rendered) error

// makers is the table of how the pages of each kind are made, with those that every site has once
// (see fixed); package page says what else is to be known of a kind.
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

// columnView builds the newest page of a column, or an older one of a list when no is not 0.
type columnView func(f *Frame, ctx context.Context, r *reads, c *site.Column, no int64) (theme.View, error)

// columnViews is the table of what the pages of each kind of column show; package site says what
// else is to be known of a kind.
func columnViews() map[site.Kind]columnView {
	return map[site.Kind]columnView{
		site.KindList:       (*Frame).listView,
		site.KindChannel:    (*Frame).listView,
		site.KindPage:       (*Frame).singleView,
		site.KindDisclosure: (*Frame).disclosureView,
	}
}

// themed makes pages of the theme from views.
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

// noReads turns a view of the frame alone into one that may read.
func noReads(view func(*Frame) (theme.View, error)) func(*Frame, context.Context, *reads) (theme.View, error) {
	return func(f *Frame, _ context.Context, _ *reads) (theme.View, error) { return view(f) }
}

// data makes files that are not of the theme. One without bytes is not there.
func data(contentType string, body func(*Frame, context.Context, *reads, page.Page) ([]byte, error)) maker {
	return func(f *Frame, ctx context.Context, r *reads, out *Rendered) (err error) {
		out.Body, err = body(f, ctx, r, out.Page)
		out.Absent = out.Body == nil && err == nil
		out.seal(contentType, manifest.CacheFeed)
		return err
	}
}

// feed is data of the site, or of a column that is a list.
func feed(contentType string, body func(*Frame, context.Context, *reads, page.Page) ([]byte, error)) maker {
	return data(contentType, func(f *Frame, ctx context.Context, r *reads, p page.Page) ([]byte, error) {
		if c := f.Tree.ID(p.Ref); p.Ref != 0 && (c == nil || c.Retired || !page.IsList(c)) {
			return nil, nil
		}
		return body(f, ctx, r, p)
	})
}
