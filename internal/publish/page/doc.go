// Package page (公开页面) is the vocabulary of publishing: which kinds of public address a site has,
// what names one of them, by which keys is recorded what a page shows, and how lists are cut
// into pages.
//
// A kind is a row in Kinds here and a row in the table of render/kinds.go, which says how its
// pages are made.
//
// Neighbours: imports address, resource and site; used by every part of publish, so that marks,
// records and cuts do not depend on how a page is rendered.
package page
