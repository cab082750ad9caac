package exchange

import (
	"testing"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/site"
)

// oldPath returns the path that must redirect to a page, given its original address; "" for none.
func oldPath(original string) string {
	found, err := (&run{site: &site.Site{ID: 7}}).oldPaths(original)
	if err != nil || len(found) == 0 {
		return ""
	}
	return found[0].Path
}

// TestOldPathsSayWhy: a finding reports an address that cannot redirect, but not one that no browser can request.
func TestOldPathsSayWhy(t *testing.T) {
	r := &run{site: &site.Site{ID: 7}}
	for original, want := range map[string]fault.Kind{
		"http://old.gov.cn/search?id=1":                   fault.Conflict,
		"http://old.gov.cn/a\u202eb.html":                 fault.Invalid,
		"http://old.gov.cn/" + string(make([]byte, 2000)): fault.Invalid,
	} {
		if found, err := r.oldPaths(original); !fault.Is(err, want) || found != nil {
			t.Errorf("%.40q: %v, %v", original, found, err)
		}
	}
	for _, original := range []string{"", "http://old.gov.cn/", "http://old.gov.cn/index.html", "news/1.html",
		"data:,x"} {
		if found, err := r.oldPaths(original); err != nil || found != nil {
			t.Errorf("%q: %v, %v", original, found, err)
		}
	}
	found, err := r.oldPaths("http://WWW.old.gov.cn:81/News/Show.asp?ID=12&cid=3&from=timeline")
	if err != nil || len(found) != 1 || found[0].SiteID != 7 || found[0].Host != "www.old.gov.cn" ||
		found[0].Path != "/news/show.asp?cid=3&id=12" {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestOwnPath: no original may use an address that the published site needs.
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

// TestTableOfAddresses: no original may use an address in the table, except one that is only reserved.
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
