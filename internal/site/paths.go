package site

import (
	"slices"
	"strings"
)

// ownPaths are addresses that every published site uses itself, in the spellings that the
// edge leads to them.
var ownPaths = []string{
	"/", "/index.html", "/index.htm", "/index.shtml", "/default.html", "/wzdt/", "/wzdt", "/wzdt/index.html", "/search",
	"/404.html", "/closed.html", "/robots.txt", "/sitemap.xml", "/rss.xml", "/atom.xml",
}

// OwnPath reports whether every site answers a path itself, whatever its columns: with a
// page that all have, a part of the site map, a file or something dynamic. No item and no
// address from before may have it.
func OwnPath(path string) bool {
	return slices.Contains(ownPaths, path) || strings.HasPrefix(path, "/_") || strings.HasPrefix(path, "/api/") ||
		strings.HasPrefix(path, "/sitemap-") && strings.HasSuffix(path, ".xml")
}
