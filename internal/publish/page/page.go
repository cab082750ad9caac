package page

import (
	"cmp"
	pathpkg "path"
	"slices"
	"strconv"

	"guiyi/internal/address"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

// Kind is a kind of public address.
type Kind string

// The kinds of public address that code refers to. Further kinds, of pages that every site has once,
// are in address.Rows.
const (
	Home       Kind = address.PageHome
	Column     Kind = "column"            // first page of a column, with its newest items
	Older      Kind = "older"             // an older page of a list; No is its number
	Item       Kind = "item"              // page of an item
	OldAddress Kind = "old"               // an old address that redirects to an item
	RSS        Kind = address.PageRSS     // of a column, or of the site if Ref is 0
	Atom       Kind = address.PageAtom    // likewise
	Sitemap    Kind = address.PageSitemap // part No; 0: the index
)

// Traits are the properties of a kind that do not concern rendering.
type Traits struct {
	Entrance bool // requested far more often than other pages, so compressed better
	Windows  bool // may show the newest entries of a column
}

// Traits returns the traits of a kind.
func (k Kind) Traits() Traits {
	switch k {
	case Home, Column:
		return Traits{Entrance: true, Windows: true}
	case RSS, Atom:
		return Traits{Windows: true}
	}
	return Traits{}
}

// Kinds returns all kinds, sorted.
func Kinds() []Kind {
	out := []Kind{Column, Older, Item, OldAddress}
	for _, p := range Fixed() {
		out = append(out, p.Kind)
	}
	slices.Sort(out)
	return out
}

// Page identifies a public page of a site and contains what is needed to render it.
type Page struct {
	Path string
	Kind Kind
	Ref  int64 // id of the column or item; 0: none
	No   int64 // number of a list page or of a part of the site map
}

// Fixed returns the pages with fixed paths, which every site has.
func Fixed() (out []Page) {
	for _, row := range address.Rows() {
		if row.Page != "" {
			out = append(out, Page{Path: row.Example(), Kind: Kind(row.Page)})
		}
	}
	slices.SortFunc(out, func(a, b Page) int { return cmp.Compare(a.Kind, b.Kind) })
	return out
}

// OfItem returns the page of an item.
func OfItem(path string, id int64) Page { return Page{Path: path, Kind: Item, Ref: id} }

// OfColumn returns the first page of a column, with its newest items.
func OfColumn(c *site.Column) Page { return Page{Path: ColumnPath(c), Kind: Column, Ref: c.ID} }

// AlwaysOf returns the pages that a column has whatever its items are: its first page and the feeds of a list.
func AlwaysOf(c *site.Column) []Page {
	switch {
	case !HasPage(c):
		return nil
	case !IsList(c):
		return []Page{OfColumn(c)}
	}
	return append([]Page{OfColumn(c)}, Feeds(c)...)
}

// OfOlder returns an older page of a column by its number.
func OfOlder(c *site.Column, no int64) Page {
	return Page{Path: OlderPath(c, no), Kind: Older, Ref: c.ID, No: no}
}

// OfSitemap returns a part of the site map.
func OfSitemap(no int64) Page { return Page{Path: SitemapPath(no), Kind: Sitemap, No: no} }

// Feeds returns the feeds of a column, or those of the site if c is nil.
func Feeds(c *site.Column) []Page {
	dir, id := "/", int64(0)
	if c != nil {
		dir, id = ColumnPath(c), c.ID
	}
	return []Page{{Path: dir + address.RSS, Kind: RSS, Ref: id}, {Path: dir + address.Atom, Kind: Atom, Ref: id}}
}

// ColumnPath returns the path of the first page of a column.
func ColumnPath(c *site.Column) string { return address.Column(c.Path) }

// OlderPath returns the path of an older page of a column.
func OlderPath(c *site.Column, no int64) string { return address.ColumnPage(c.Path, no) }

// SitemapPath returns the path of a part of the site map.
func SitemapPath(no int64) string { return address.SitemapPart(no) }

// Reserved reports whether a site with these columns uses a path for its own pages, so that no old address may redirect
// from there.
func Reserved(tree *site.Tree, path string) bool {
	if address.Taken(path) {
		return true
	}
	dir, name := pathpkg.Split(path)
	c := tree.Path(dir)
	return c != nil && dir != "/" && address.ColumnFile(name)
}

// HasPage reports whether a column has a page of its own.
func HasPage(c *site.Column) bool { return !c.Kind.Traits().Link && !c.Retired }

// IsList reports whether the page of a column is a list, with older pages and feeds.
func IsList(c *site.Column) bool { return c.Kind.Traits().List }

// ItemKey returns the dependency key of an item.
func ItemKey(id int64) string { return "item:" + strconv.FormatInt(id, 10) }

// MediaKey returns the dependency key of a file, by its public path.
func MediaKey(path string) string { return "media:" + path }

// KeyOf returns the position of an item in the order of a column.
func KeyOf(s resource.Spot, item int64) published.Key { return published.Key{At: s.At, Item: item} }

// ListedAt returns the position of the page of an item in the list of all pages of the site (site map): the time of its
// placement in unix milliseconds, or 0 if it is not listed.
func ListedAt(it *published.Shown) int64 {
	if it.Path == "" || it.Placement.ID == 0 || !it.Placement.Live {
		return 0
	}
	return it.Placement.At
}
