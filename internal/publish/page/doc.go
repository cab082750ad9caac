// Package page (公开页面) defines the terms shared by all parts of publish: kinds of public pages, names and addresses of
// pages, keys of their dependencies, and the pages of lists.
//
// The kind of a page that every site has once is a row in internal/address/table.go and one in
// render/view_fixed.go; any other is a constant here and a row in render/kinds.go.
//
// Neighbours: imports address, resource and site; used by every part of publish, so that deps and pagination do not
// depend on rendering.
package page
