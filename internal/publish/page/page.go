package page

import (
	"maps"
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

// The kinds of public address.
const (
	Home       Kind = "home"
	Column     Kind = "column"  // newest page of a column
	Older      Kind = "older"   // an older page of a list; No is its number
	Item       Kind = "item"    // page of an item
	OldAddress Kind = "old"     // an address from before, redirecting to an item
	RSS        Kind = "rss"     // of a column, or of the site when Ref is 0
	Atom       Kind = "atom"    // likewise
	Sitemap    Kind = "sitemap" // part No; 0: the index
	Robots     Kind = "robots"
	Map        Kind = "map" // 网站地图
	NotFound   Kind = "notfound"
	Closed     Kind = "closed"
)

// Traits are what publishing has to know of a kind beside how its pages are made.
type Traits struct {
	Path     string // of the one page of this kind that every site has; "" when there is none
	Entrance bool   // readers come in here: asked for far more often than other pages, compressed better
	Windows  bool   // may show the newest of a column
}

// Kinds is the table of all kinds.
func Kinds() map[Kind]Traits {
	return map[Kind]Traits{
		Home:       {Path: address.Home, Entrance: true, Windows: true},
		Column:     {Entrance: true, Windows: true},
		Older:      {},
		Item:       {},
		OldAddress: {},
		RSS:        {Path: "/" + address.RSS, Windows: true},
		Atom:       {Path: "/" + address.Atom, Windows: true},
		Sitemap:    {Path: address.Sitemap},
		Robots:     {Path: address.Robots},
		Map:        {Path: address.SiteMap},
		NotFound:   {Path: address.NotFound},
		Closed:     {Path: address.Closed},
	}
}

// Traits returns the row of a kind.
func (k Kind) Traits() Traits { return Kinds()[k] }

// Page names one public address of a site and how to make it.
type Page struct {
	Path string
	Kind Kind
	Ref  int64 // column or item
	No   int64 // page number of a list or part of the site map
}

// Fixed are the pages every site has, whatever its columns.
func Fixed() (out []Page) {
	kinds := Kinds()
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		if at := kinds[k].Path; at != "" {
			out = append(out, Page{Path: at, Kind: k})
		}
	}
	return out
}

// OfItem is the page of an item at its address.
func OfItem(path string, id int64) Page { return Page{Path: path, Kind: Item, Ref: id} }

// OfColumn is the newest page of a column.
func OfColumn(c *site.Column) Page { return Page{Path: ColumnPath(c), Kind: Column, Ref: c.ID} }

// OfOlder is an older page of a column, by its number.
func OfOlder(c *site.Column, no int64) Page {
	return Page{Path: OlderPath(c, no), Kind: Older, Ref: c.ID, No: no}
}

// OfSitemap is a part of the site map.
func OfSitemap(no int64) Page { return Page{Path: SitemapPath(no), Kind: Sitemap, No: no} }

// Feeds are the feeds of a column, or with nil those of the site.
func Feeds(c *site.Column) []Page {
	dir, id := "/", int64(0)
	if c != nil {
		dir, id = ColumnPath(c), c.ID
	}
	return []Page{{Path: dir + address.RSS, Kind: RSS, Ref: id}, {Path: dir + address.Atom, Kind: Atom, Ref: id}}
}

// ColumnPath is the address of the newest page of a column.
func ColumnPath(c *site.Column) string { return address.Column(c.Path) }

// OlderPath is the address of an older page of a column.
func OlderPath(c *site.Column, no int64) string { return address.ColumnPage(c.Path, no) }

// SitemapPath is the address of a part of the site map.
func SitemapPath(no int64) string { return address.SitemapPart(no) }

// Reserved reports whether a path is one that a site with these columns uses itself, so that
// no address from before may answer there.
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

// ItemKey is the key under which is recorded that a page shows an item.
func ItemKey(id int64) string { return "item:" + strconv.FormatInt(id, 10) }

// MediaKey is the key under which is recorded that a page uses a file.
func MediaKey(path string) string { return "media:" + path }

// KeyOf is where an item stands in the order of a column.
func KeyOf(s resource.Spot, item int64) published.Key { return published.Key{At: s.At, Item: item} }

// ListedAt is the place of an item's page among all pages of the site, 0 for none.
func ListedAt(it *published.Shown) int64 {
	if it.Path == "" || it.Placement.ID == 0 || !it.Placement.Live {
		return 0
	}
	return it.Placement.At
}
