package dynamic

import (
	"context"
	"io"

	"guiyi/internal/theme"
)

// Theme renders pages.
type Theme interface {
	Render(w io.Writer, v theme.View) error
}

// Site is the data of a site that dynamic pages need.
type Site struct {
	Code  string
	Name  string
	Base  string // scheme and main domain, e.g. "https://www.qinghe.gov.cn"; empty: no domain yet
	Phone string // help line of the dossier
	Email string // of the dossier
	Hot   []string
	Theme Theme
	Frame theme.Page // head and frame of a page outside the column tree
	// Sections are the columns of the main navigation, in order.
	Sections []theme.Link
	// Columns are the names of the columns by path.
	Columns map[string]string
	// Near are the public sites above, below and on the level of this one, by code.
	Near map[string]Name
}

// Sites finds sites.
type Sites interface {
	// Site returns a public site; NotFound when there is none.
	Site(ctx context.Context, code string) (*Site, error)
	// Names returns name and Base of those given sites that are public, by code.
	Names(ctx context.Context, codes ...string) (map[string]Name, error)
}

// Name is the name and address of a site.
type Name struct{ Name, Base string }

// Page returns the head and frame of a page with the title. The page is not indexed and has no canonical address.
func (s *Site) Page(title string) theme.Page {
	page := s.Frame
	page.Title = title + "_" + s.Name
	page.Meta.Description = s.Name + "：" + title
	page.Canonical, page.JSONLD, page.NoIndex = "", "", true
	return page
}
