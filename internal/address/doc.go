// Package address (公众网址) is the one table of the paths that every site has, whatever its columns: who answers each of
// them, by which methods, and how long the answer may be cached. The edge routes by it, the portal may answer only what
// stands in it, the renderer takes its paths from it, and neither a column nor an address from before may take one.
//
//	edge     everything that is Portal here goes to the portal, everything else is looked up in the snapshot
//	portal   a mount answers the rows that name it, all of them and no others
//	site     a column on the top level may have the names that [MayBeColumn] allows
//	publish  a redirect from an address of an older system stands only where the path is not [Taken]
//
// A page of a new slice begins here: one row, whose Mount names the slice. Patterns are written as for
// [net/http.ServeMux] without the method, with one addition: a name in braces may be a part of a segment
// ("/sitemap-{no}.xml"), and {no} is a number.
//
// The package is pure: it computes and does nothing else.
package address
