// Package render (页面生成) makes pages from content: for every kind of page (kinds.go) the view that
// the theme shows, or the bytes of a feed or a part of the site map.
//
// A page is a pure function of content state. While it renders it notes what it read
// (reads.go): items shown because of a link, media, and windows on the newest of a column.
// publish stores those notes and plans by them; it also packs, signs and verifies what is
// made here.
//
// While a site shows an older tree, pages name no more than that tree holds (horizon.go). Of
// other sites only those are read that pages name (others.go).
//
// Neighbours: imports publish/page, theme, resource and site; used by publish.
package render
