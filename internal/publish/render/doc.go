// Package render (页面生成) turns content into pages: which public addresses a site has,
// how its lists are cut into pages, and what each page is made of.
//
// A page is a pure function of content state. While it renders it notes what it read
// (reads): items shown because of a link, media, and windows on the newest of a column.
// publish stores those notes and plans by them; it also packs, signs and verifies what is
// made here.
//
// Lists are cut from the oldest on, so that an older page keeps its members and its
// address; only the newest page is open (lists.go). While a site shows an older tree,
// pages see no more than that tree holds (horizon.go).
//
// Neighbours: imports theme, resource and site; used by publish, cuts and record.
package render
