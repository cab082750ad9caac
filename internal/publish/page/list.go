package page

import (
	"context"

	"guiyi/internal/resource/published"
)

const (
	// PerPage is the number of items on a page of a list when it is closed. The open page has fewer than twice as many.
	PerPage = 20
	// PerSitemap is the same for the parts of the site map.
	PerSitemap = 500
	// BatchSize is the number of entries per query when a whole list is read.
	BatchSize = 2000
	// SiteWide is the column id of the list of all pages of a site.
	SiteWide = 0
)

// ListPage is one page of a list: its number, counted from the oldest, and its lower bound.
type ListPage struct {
	Column int64
	No     int64
	Low    published.Key
}

// Pagination returns the pages of the lists of a site.
type Pagination interface {
	// Last returns the open page.
	Last(ctx context.Context, column int64) (*ListPage, error)
	// Page returns a page by number, or nil if there is none.
	Page(ctx context.Context, column, no int64) (*ListPage, error)
	// PageOf returns the page that contains a key.
	PageOf(ctx context.Context, column int64, k published.Key) (*ListPage, error)
	// High returns the exclusive upper bound of a page.
	High(ctx context.Context, c *ListPage) (published.Key, error)
}
