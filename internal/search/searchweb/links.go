package searchweb

import (
	"net"
	"net/http"
	"strings"

	"guiyi/internal/dynamic"
	"guiyi/internal/search"
)

// addresses makes links to documents on any site, seen from the site home.
type addresses struct {
	names map[string]dynamic.Name
	home  string
	r     *http.Request
}

// link is the address to put into a page: a path on this site, else absolute.
func (a addresses) link(p search.Place) string {
	if p.Site == a.home && strings.HasPrefix(p.URL, "/") {
		return p.URL
	}
	return a.absolute(p)
}

// absolute is the full address. In development, where every site answers below localhost,
// so do the links.
func (a addresses) absolute(p search.Place) string {
	if !strings.HasPrefix(p.URL, "/") {
		return p.URL
	}
	host, port, err := net.SplitHostPort(a.r.Host)
	if err != nil {
		host, port = a.r.Host, ""
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		if port != "" {
			port = ":" + port
		}
		return "http://" + p.Site + ".localhost" + port + p.URL
	}
	return a.names[p.Site].Base + p.URL
}
