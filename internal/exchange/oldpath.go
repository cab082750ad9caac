package exchange

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"guiyi/internal/exchange/source"
)

// maxOldPath bounds an old address; no site system wrote longer ones.
const maxOldPath = 1000

// ownPaths are addresses that every published site uses itself, in the spellings that the
// edge leads to them.
var ownPaths = []string{
	"/", "/index.html", "/index.htm", "/index.shtml", "/default.html", "/wzdt/", "/wzdt", "/wzdt/index.html", "/search",
	"/404.html", "/410.html", "/closed.html", "/robots.txt", "/sitemap.xml", "/rss.xml", "/atom.xml",
}

// ownPath tells whether the new site answers a path itself: with a page that every site
// has, a part of the site map, a file or something dynamic.
func ownPath(p string) bool {
	return slices.Contains(ownPaths, p) || strings.HasPrefix(p, "/_") || strings.HasPrefix(p, "/api/") ||
		strings.HasPrefix(p, "/sitemap-") && strings.HasSuffix(p, ".xml")
}

// oldPath is the path of an original address that must redirect to the new one; "" when
// there is none, or when the new site answers it with a page of its own.
func oldPath(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Path == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	old := path.Clean("/" + u.Path)
	if strings.HasSuffix(u.Path, "/") && old != "/" {
		old += "/"
	}
	if ownPath(old) {
		return ""
	}
	if u.RawQuery != "" {
		old += "?" + u.RawQuery
	}
	if len(old) > maxOldPath {
		return ""
	}
	return source.CleanText(old)
}
