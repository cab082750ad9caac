// Package address (公众网址) is the only table of the paths that every site has, independent of its columns: who serves
// each path, with which methods, and how long the answer may be cached. The edge routes by it, the portal serves only
// paths in it, and the renderer takes its paths from it. No column and no address of an older system may use one of its
// paths.
//
//	edge     forwards rows of Portal to the portal and looks up every other path in the snapshot
//	portal   each mount serves exactly the rows that name it
//	site     a top-level column may have only the names that [MayBeColumn] allows
//	publish  a former address redirects only when its path is not [Taken]
//
// To add a page of a new slice, start with one row here whose Mount names the slice. Patterns follow
// [net/http.ServeMux] without the method, with one addition: a name in braces may be a part of a segment
// ("/sitemap-{no}.xml"), and {no} matches a number.
//
// The package does no I/O.
package address
