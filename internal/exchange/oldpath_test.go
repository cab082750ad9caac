package exchange

import (
	"testing"

	"guiyi/internal/address"
)

// TestOwnPath: no original may take an address that the published site needs.
func TestOwnPath(t *testing.T) {
	for path, own := range map[string]bool{
		"/": true, "/index.html": true, "/index.shtml": true, "/404.html": true, "/closed.html": true,
		"/robots.txt":  true,
		"/sitemap.xml": true, "/sitemap-1.xml": true, "/sitemap-12.xml": true, "/rss.xml": true, "/atom.xml": true,
		"/wzdt/": true, "/wzdt": true, "/wzdt/index.html": true, "/search": true, "/search?q=1": true,
		"/404.html?a=1": true, "/a/../404.html": true,
		"/api/": true, "/api/v1/x": true, "/_mode": true, "/_m/a.png": true, "/%5Fqr": true,
		"/a/404.html": false, "/410.html": false, "/wzdt/a.html": false, "/searchx": false, "/apix": false,
		"/a/api/b": false, "/a/_b": false, "/sitemap-old.html": false, "/zwgk/rss.xml": false,
	} {
		if got := oldPath("http://x.gov.cn" + path); (got == "") != own {
			t.Errorf("%s: %q, want own %v", path, got, own)
		}
	}
}

// TestTableOfAddresses: no original takes an address of the table, but one that is only kept free it may.
func TestTableOfAddresses(t *testing.T) {
	for _, row := range address.Rows() {
		p := row.Example()
		if got := oldPath("https://x.gov.cn" + p); (got == "") != address.Taken(p) {
			t.Errorf("%s: %q", p, got)
		}
	}
	if oldPath("http://x.gov.cn/user/show.asp?id=7") == "" {
		t.Error("a redirect is lost for a page that does not exist yet")
	}
}
