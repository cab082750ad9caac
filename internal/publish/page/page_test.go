package page

import (
	"slices"
	"testing"

	"guiyi/internal/address"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/site"
)

func tree() *site.Tree {
	return site.NewTree([]*site.Column{
		{ID: 1, Slug: "xwdt", Path: "xwdt", Name: "新闻动态", Kind: site.KindList, Nav: true},
		{ID: 2, ParentID: 1, Slug: "szyw", Path: "xwdt/szyw", Name: "时政要闻", Kind: site.KindList},
		{ID: 4, Slug: "gywz", Path: "gywz", Name: "关于本站", Kind: site.KindPage},
		{ID: 5, Slug: "wb", Path: "wb", Name: "微博", Kind: site.KindLink, URL: "https://weibo.com/qinghe", Nav: true},
		{ID: 6, Slug: "alt", Path: "alt", Name: "旧栏目", Kind: site.KindList, Retired: true},
	})
}

// TestOwns: an address from before may not take one that the site answers itself.
func TestOwns(t *testing.T) {
	own := []string{"/", "/404.html", "/closed.html", "/robots.txt", "/sitemap.xml", "/sitemap-3.xml", "/rss.xml",
		"/atom.xml", "/wzdt/", "/search", "/api/v1/x", "/_a/x.css", "/_m/x.png", "/_qr",
		"/xwdt/", "/xwdt/szyw/", "/xwdt/szyw/rss.xml", "/xwdt/atom.xml", "/xwdt/szyw/index_7.html", "/gywz/"}
	for _, path := range own {
		if !Reserved(tree(), path) {
			t.Errorf("%s is not the site's", path)
		}
	}
	for _, path := range []string{"/index.jsp", "/xwdt/old.html", "/xwdt/szyw/202611/t1.html", "/xwdtx/", "/rss2.xml",
		"/searching", "/xwdt", "/404.htm", "/content/index_1.html"} {
		if Reserved(tree(), path) {
			t.Errorf("%s is the site's", path)
		}
	}
}

// TestPagesAreOwn: every page made for a column has an address the site owns, none twice.
func TestPagesAreOwn(t *testing.T) {
	pages := Fixed()
	for _, c := range tree().All() {
		if !HasPage(c) {
			continue
		}
		pages = append(pages, OfColumn(c))
		if IsList(c) {
			pages = append(pages, OfOlder(c, 3))
			pages = append(pages, Feeds(c)...)
		}
	}
	pages = append(pages, OfSitemap(1), OfSitemap(2))
	seen := map[string]bool{}
	for _, p := range pages {
		if !Reserved(tree(), p.Path) {
			t.Errorf("%+v is not owned", p)
		}
		if seen[p.Path] {
			t.Errorf("%s twice", p.Path)
		}
		seen[p.Path] = true
	}
	for _, gone := range []string{"/alt/", "/wb/"} {
		if seen[gone] {
			t.Errorf("%s has a page", gone)
		}
	}
}

// TestTableOfAddresses: what is published at a fixed address stands in the table as published, and all of the table is
// published or below a folder of hashes; no page takes an address that somebody else answers.
func TestTableOfAddresses(t *testing.T) {
	made := map[string]bool{}
	for _, p := range append(Fixed(), OfSitemap(1)) {
		row, ok := address.Find(p.Path)
		if !ok || row.By != address.Published {
			t.Errorf("%s is published, but the table says %q", p.Path, row.By)
		}
		made[row.Pattern] = true
	}
	for _, row := range address.Rows() {
		hashed := row.Pattern == address.Media || row.Pattern == address.Assets
		if row.By == address.Published && !hashed && !made[row.Pattern] {
			t.Errorf("%s is in the table, but never published", row.Pattern)
		}
		if row.By != address.Reserved && !Reserved(tree(), row.Example()) {
			t.Errorf("an address from before may take %s", row.Example())
		}
	}
	for _, c := range tree().All() {
		for _, p := range append(Feeds(c), OfColumn(c), OfOlder(c, 3)) {
			if row, ok := address.Find(p.Path); ok {
				t.Errorf("%s of a column is also %s", p.Path, row.Pattern)
			}
		}
	}
}

// TestEntrances: the pages that readers come in through, and no others.
func TestEntrances(t *testing.T) {
	var got []string
	c := tree().ID(1)
	for _, p := range append(append(Fixed(), Feeds(c)...), OfColumn(c), OfOlder(c, 2),
		Page{Path: "/x.html", Kind: Item}, Page{Path: "/old.html", Kind: OldAddress}) {
		if p.Kind.Traits().Entrance {
			got = append(got, p.Path)
		}
	}
	if !slices.Equal(got, []string{"/", "/xwdt/"}) {
		t.Errorf("entrances %q", got)
	}
}

func TestListedAt(t *testing.T) {
	at := resource.Placement{ID: 7, Live: true, At: 99}
	for want, it := range map[int64]*published.Shown{
		99: {Path: "/a.html", Placement: at},
		0:  {Path: "", Placement: at},
	} {
		if got := ListedAt(it); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
	for _, p := range []resource.Placement{{}, {ID: 7, At: 99}} {
		if got := ListedAt(&published.Shown{Path: "/a.html", Placement: p}); got != 0 {
			t.Errorf("%+v is listed at %d", p, got)
		}
	}
}
