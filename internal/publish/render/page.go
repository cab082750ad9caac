package render

import (
	pathpkg "path"
	"strconv"

	"guiyi/internal/address"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// Kind is a kind of public address.
type Kind string

const (
	kindHome     Kind = "home"
	KindColumn   Kind = "column"  // newest page of a column
	KindOlder    Kind = "older"   // an older page of a list, no
	KindItem     Kind = "item"    // page of an item
	KindOld      Kind = "old"     // an address from before, redirecting to an item
	kindRSS      Kind = "rss"     // of a column, or of the site when ref is 0
	kindAtom     Kind = "atom"    // likewise
	KindSitemap  Kind = "sitemap" // no 0: the index
	kindRobots   Kind = "robots"
	kindMap      Kind = "map" // 网站地图
	kindNotFound Kind = "notfound"
	kindClosed   Kind = "closed"
)

// Entrance reports whether readers come in through pages of this kind: the home page and
// the newest page of a column, which are asked for far more often than all others.
func (k Kind) Entrance() bool { return k == kindHome || k == KindColumn }

// Page names one public address of a site and how to make it.
type Page struct {
	Path string
	Kind Kind
	Ref  int64 // column or item
	No   int64 // page number of a list or part of the site map
}

// Fixed addresses of every site.
const (
	PathHome     = address.Home
	PathMap      = address.SiteMap
	pathNotFound = address.NotFound
	pathClosed   = address.Closed
	PathRobots   = address.Robots
	PathSitemap  = address.Sitemap
)

func ColumnPath(c *site.Column) string { return address.Column(c.Path) }

func olderPath(c *site.Column, no int64) string {
	return address.ColumnPage(c.Path, no)
}

func sitemapPath(no int64) string { return address.SitemapPart(no) }

func ColumnPage(c *site.Column) Page { return Page{Path: ColumnPath(c), Kind: KindColumn, Ref: c.ID} }

func OlderPage(c *site.Column, no int64) Page {
	return Page{Path: olderPath(c, no), Kind: KindOlder, Ref: c.ID, No: no}
}

func FeedPages(c *site.Column) []Page {
	if c == nil {
		return []Page{{Path: "/" + address.RSS, Kind: kindRSS}, {Path: "/" + address.Atom, Kind: kindAtom}}
	}
	return []Page{{Path: ColumnPath(c) + address.RSS, Kind: kindRSS, Ref: c.ID},
		{Path: ColumnPath(c) + address.Atom, Kind: kindAtom, Ref: c.ID}}
}

func SitemapPage(no int64) Page { return Page{Path: sitemapPath(no), Kind: KindSitemap, No: no} }

// FixedPages are the pages every site has, whatever its columns.
func FixedPages() []Page {
	return append([]Page{
		{Path: PathHome, Kind: kindHome}, {Path: PathMap, Kind: kindMap}, {Path: pathNotFound, Kind: kindNotFound},
		{Path: pathClosed, Kind: kindClosed}, {Path: PathRobots, Kind: kindRobots},
		{Path: PathSitemap, Kind: KindSitemap},
	}, FeedPages(nil)...)
}

// Owns reports whether a path is one that a site with these columns uses itself, so that
// no address from before may answer there.
func Owns(tree *site.Tree, path string) bool {
	if address.Taken(path) {
		return true
	}
	dir, name := pathpkg.Split(path)
	c := tree.Path(dir)
	if c == nil || dir == "/" {
		return false
	}
	return address.ColumnFile(name)
}

// Dependency keys.
func ItemDep(id int64) string     { return "item:" + strconv.FormatInt(id, 10) }
func MediaDep(path string) string { return "media:" + path }
func Listed(c *site.Column) bool {
	return c.Kind == site.KindList || c.Kind == site.KindDisclosure || c.Kind == site.KindChannel
}
func HasPage(c *site.Column) bool                    { return c.Kind != site.KindLink && !c.Retired }
func KeyOf(s resource.Spot, item int64) resource.Key { return resource.Key{At: s.At, Item: item} }

// ListedAt is the place of an item's page among all pages of the site, 0 for none.
func ListedAt(it *resource.Shown) int64 {
	if it.Path == "" || it.Placement.ID == 0 || !it.Placement.Live {
		return 0
	}
	return it.Placement.At
}
