package exchange

import (
	"net/url"
	"path"
	"slices"
	"strings"
)

// maxOldPath bounds an old address; no site system wrote longer ones.
const maxOldPath = 1000

// ownPaths are addresses that every published site uses itself.
var ownPaths = []string{"/", "/index.html", "/404.html", "/closed.html", "/robots.txt", "/sitemap.xml", "/rss.xml", "/atom.xml", "/wzdt/", "/search"}

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
	if strings.HasPrefix(old, "/_") || slices.Contains(ownPaths, old) {
		return ""
	}
	if u.RawQuery != "" {
		old += "?" + u.RawQuery
	}
	if len(old) > maxOldPath {
		return ""
	}
	return cleanText(old)
}
