package publish

import (
	"fmt"
	"strconv"

	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// kind is a kind of public address.
type kind string

const (
	kindHome     kind = "home"
	kindColumn   kind = "column"  // newest page of a column
	kindOlder    kind = "older"   // an older page of a list, no
	kindItem     kind = "item"    // page of an item
	kindOld      kind = "old"     // an address from before, redirecting to an item
	kindRSS      kind = "rss"     // of a column, or of the site when ref is 0
	kindAtom     kind = "atom"    // likewise
	kindSitemap  kind = "sitemap" // no 0: the index
	kindRobots   kind = "robots"
	kindMap      kind = "map" // 网站地图
	kindNotFound kind = "notfound"
	kindClosed   kind = "closed"
)

// page names one public address of a site and how to make it.
type page struct {
	path string
	kind kind
	ref  int64 // column or item
	no   int64 // page number of a list or part of the site map
}

// Fixed addresses of every site.
const (
	pathHome     = "/"
	pathMap      = "/wzdt/"
	pathNotFound = "/404.html"
	pathClosed   = "/closed.html"
	pathRobots   = "/robots.txt"
	pathSitemap  = "/sitemap.xml"
)

func columnPath(c *site.Column) string { return "/" + c.Path + "/" }

func olderPath(c *site.Column, no int64) string {
	return fmt.Sprintf("/%s/index_%d.html", c.Path, no)
}

func sitemapPath(no int64) string { return fmt.Sprintf("/sitemap-%d.xml", no) }

func columnPage(c *site.Column) page { return page{path: columnPath(c), kind: kindColumn, ref: c.ID} }

func olderPage(c *site.Column, no int64) page {
	return page{path: olderPath(c, no), kind: kindOlder, ref: c.ID, no: no}
}

func feedPages(c *site.Column) []page {
	if c == nil {
		return []page{{path: "/rss.xml", kind: kindRSS}, {path: "/atom.xml", kind: kindAtom}}
	}
	return []page{{path: columnPath(c) + "rss.xml", kind: kindRSS, ref: c.ID}, {path: columnPath(c) + "atom.xml", kind: kindAtom, ref: c.ID}}
}

func sitemapPage(no int64) page { return page{path: sitemapPath(no), kind: kindSitemap, no: no} }

// fixedPages are the pages every site has, whatever its columns.
func fixedPages() []page {
	return append([]page{
		{path: pathHome, kind: kindHome}, {path: pathMap, kind: kindMap}, {path: pathNotFound, kind: kindNotFound},
		{path: pathClosed, kind: kindClosed}, {path: pathRobots, kind: kindRobots}, {path: pathSitemap, kind: kindSitemap},
	}, feedPages(nil)...)
}

// Dependency keys.
func itemDep(id int64) string     { return "item:" + strconv.FormatInt(id, 10) }
func mediaDep(path string) string { return "media:" + path }
func listed(c *site.Column) bool {
	return c.Kind == site.KindList || c.Kind == site.KindDisclosure || c.Kind == site.KindChannel
}
func hasPage(c *site.Column) bool                    { return c.Kind != site.KindLink && !c.Retired }
func keyOf(s resource.Spot, item int64) resource.Key { return resource.Key{At: s.At, Item: item} }
