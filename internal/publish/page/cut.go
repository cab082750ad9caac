package page

import (
	"context"

	"guiyi/internal/resource/published"
)

const (
	// PerPage is how many items a closed page of a list holds when it is cut; the open
	// page grows to less than twice as many.
	PerPage = 20
	// PerSitemap is the same for parts of the site map.
	PerSitemap = 500
	// BatchSize is how many entries are read at once when whole lists are walked.
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

// Pagination tells how the lists of a site are cut into pages.
type Pagination interface {
	// Last returns the open page.
	Last(ctx context.Context, column int64) (*ListPage, error)
	// Page returns a page by number; nil when there is none.
	Page(ctx context.Context, column, no int64) (*ListPage, error)
	// PageOf returns the page a key belongs to.
	PageOf(ctx context.Context, column int64, k published.Key) (*ListPage, error)
	// High returns the upper bound of a page, which is not part of it.
	High(ctx context.Context, c *ListPage) (published.Key, error)
}
