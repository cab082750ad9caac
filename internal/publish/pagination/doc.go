// Package cuts (列表分页) cuts the lists of a site into pages.
//
// A list is cut by lower bounds: page no holds the keys from its own bound up to the bound
// of page no+1, the newest page up to the end. The newest page takes items until it holds
// twice page.PerPage; then its older half is closed and becomes a page with an address of
// its own, for good. The site map is a list too: column page.SiteWide, all pages of the
// site, larger pieces.
//
// The planner moves bounds (Touch, Settle), rendering and verifying read them.
//
// Table: publish_list. Neighbours: imports publish/page and resource; used by publish.
package pagination
