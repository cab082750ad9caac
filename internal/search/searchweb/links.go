package searchweb

import (
	"net"
	"net/http"
	"strings"

	"guiyi/internal/dynamic"
	"guiyi/internal/search"
)

// addresses makes links to documents of all sites, for a page on the site home.
type addresses struct {
	names map[string]dynamic.Name // by site code
	home  string
	r     *http.Request
}

// link returns the address for a link: a path when p is on the site home, else the absolute address.
func (a addresses) link(p search.Place) string {
	if p.Site == a.home && strings.HasPrefix(p.URL, "/") {
		return p.URL
	}
	return a.absolute(p)
}

// absolute returns the absolute address. In development, where the host of the request is below localhost, the host of
// the link is below localhost as well.
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
