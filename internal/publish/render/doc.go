// Package render (页面生成) makes pages from content. For every kind of page (kinds.go) it fills the view that the theme
// renders, or writes the bytes of a feed or of a part of the site map.
//
// A page is a pure function of the content. While a page is rendered, its dependencies are recorded (reads.go): items
// shown because of a link, media, and windows on the newest entries of a column. Package publish stores the
// dependencies and plans by them; it also packs, signs and verifies the pages.
//
// While a site shows an older tree, pages link only to pages of that tree (horizon.go). Other sites are read only when
// a page links to them (others.go).
//
// Neighbours: imports publish/page, theme, resource and site; used by publish.
package render
