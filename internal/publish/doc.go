// Package publish (发布) turns content state into signed snapshots.
//
//	resource.changed ─▶ plan: mark the pages that show it dirty ─▶ build: render ─▶ pack + manifest
//	                 ─▶ signed head ─▶ ledger ─▶ bus
//
// A page is a pure function of content state. While it renders, the builder records what
// it read: items shown because of a link (dep "item:<id>"), media, and windows (the newest
// entries of a column). A change re-renders exactly the pages that read it, plus those
// that show the places in lists it holds or held; nothing here costs more because a site
// is larger.
//
// A page that cannot be rendered does not hold up the others: what was published of it
// stays, its mark stays with the reason, and verifying reports it.
//
// Pages are made by publish/render, lists are cut into pages by publish/cuts, marks and what
// pages read are kept by publish/record, compressed forms are made by publish/press.
//
// Each site has one chain of revisions. A revision is written in this order: pack (bytes
// of pages and tree nodes, durable), then one transaction with the ledger row and the
// page rows, then the announcement. A crash in between leaves an unused pack at worst.
//
// Rolling back makes a new revision with an old tree and pins the site: until resumed,
// only withdrawals reach it, so that what was taken down cannot come back.
//
// A changed state or host of a site becomes a revision of its own, with the tree it has,
// before anything is rendered: closing a site does not wait.
//
// Publisher looks at no actor.Actor: publish/control is its guard for those who run a site.
//
// Planning and building are apart: a change only marks pages (publish_dirty, in one
// short transaction), a build takes all marks of a site. A crash between the two loses
// nothing, many changes become one revision, and long work shows its progress.
//
// Packs of revisions that are no longer kept are removed by publish/keep.
//
// Tables: publish_site, publish_page, publish_dep, publish_window, publish_list,
// publish_dirty, publish_card, publish_ledger, publish_keep.
// Jobs: publish.plan (subscribes to resource.changed and site.changed), publish.build (a build
// somebody asked for, see control), publish.compact (daily).
package publish
