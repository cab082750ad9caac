// Package publish (发布) turns content into signed snapshots of sites.
//
//	resource.changed ─▶ plan: mark the pages that show the item ─▶ build: render ─▶ pack + manifest
//	                 ─▶ signed head ─▶ ledger ─▶ bus
//
// A page is a pure function of content. While a page is rendered, the builder records its dependencies: items
// (key "item:<id>"), media files (key "media:<path>") and windows (the newest entries of a column). After a change
// only the pages that depend on it are rendered again, and the list pages that contain the item or contained it
// before. The cost of a change therefore does not depend on the size of the site.
//
// A page that cannot be rendered does not block other pages: its published version stays, its mark stays with the
// reason, and Verify reports it.
//
// publish/render makes the pages, publish/pagination divides lists into pages, publish/deps stores dependencies and
// marks, publish/compress makes compressed forms, publish/retention removes the packs of revisions that are no longer
// retained.
//
// Each site has one sequence of revisions. A revision is written in this order: the pack (bytes of pages and manifest
// nodes, durable), one transaction with the ledger row and the page rows, the announcement. A crash in between leaves
// at most an unused pack.
//
// A rollback makes a new revision with an older tree and pins the site: until Resume, only withdrawals change it, so
// that withdrawn content does not become public again.
//
// When the state or the hosts of a site change, a revision with the current tree is made first, before anything is
// rendered, so that closing a site takes effect at once.
//
// Publisher checks no permissions; publish/control does that for the users who run a site.
//
// Planning and building are separate: a change only marks pages (publish_dirty, in one short transaction), and a build
// takes all marks of a site. A crash between the two loses nothing, many changes become one revision, and the progress
// of long work is visible.
//
// Tables: publish_site, publish_page, publish_dep, publish_window, publish_list,
// publish_dirty, publish_card, publish_ledger, publish_keep.
// Jobs: publish.plan (subscribes to resource.changed and site.changed), publish.build (a build
// that a user requested, see control), publish.compact (daily).
package publish
