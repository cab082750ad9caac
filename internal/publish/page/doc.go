// Package page (公开页面) defines the terms shared by all parts of publish: kinds of public pages, names and addresses of
// pages, keys of their dependencies, and the pages of lists.
//
// To add a kind, add a row to Kinds here and a row to the table in render/kinds.go, which says how its pages are made.
//
// Neighbours: imports address, resource and site; used by every part of publish, so that deps and pagination do not
// depend on rendering.
package page
