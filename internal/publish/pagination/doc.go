// Package pagination (列表分页) divides the lists of a site into pages.
//
// A list is divided by lower bounds: page no contains the keys from its own bound up to the bound of page no+1, and the
// newest (last) page has no upper bound. The last page is open: it grows until it contains twice page.PerPage items.
// Then its older half is closed and becomes a page with a permanent address. The site map is a list too: column
// page.SiteWide contains all pages of the site, with page.PerSitemap keys per page.
//
// The planner changes bounds (Update, Rebuild); rendering and verifying read them.
//
// Table: publish_list. Neighbours: imports publish/page and resource; used by publish.
package pagination
