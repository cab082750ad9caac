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

// Site is what dynamic pages need of a site.
type Site struct {
	Code  string
	Name  string
	Base  string // scheme and main domain, e.g. "https://www.qinghe.gov.cn"; empty: none yet
	Phone string // help line of the dossier
	Email string // of the dossier
	Hot   []string
	Theme Theme
	Frame theme.Page // head and frame of a page outside the column tree
	// Sections are the columns of the main navigation, in its order.
	Sections []theme.Link
	// Columns are names by path.
	Columns map[string]string
	// Near are the public sites around it, by code: those above, below and beside it.
	Near map[string]Name
}

// Sites finds sites.
type Sites interface {
	// Site returns one public site; NotFound when there is none.
	Site(ctx context.Context, code string) (*Site, error)
	// Names returns the name and Base of the public ones among some sites, by code.
	Names(ctx context.Context, codes ...string) (map[string]Name, error)
}

// Name is how a site is named in a list and where it is.
type Name struct{ Name, Base string }

// Page returns the head and frame of a page with the title: never indexed, without an address of its own.
func (s *Site) Page(title string) theme.Page {
	page := s.Frame
	page.Title = title + "_" + s.Name
	page.Meta.Description = s.Name + "：" + title
	page.Canonical, page.JSONLD, page.NoIndex = "", "", true
	return page
}
