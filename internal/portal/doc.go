// Package portal (公众门户动态页面) is the role that answers the public pages made per request. The pages of a slice
// come from its package <slice>web as mounts (see internal/dynamic); internal/app lists them. Those that
// belong to no slice are here. Everything else the public sees is published beforehand and served by the edge.
//
//	GET  /_access  accessibility settings form
//	POST /_access  remembers them all in the cookie a11y, then goes back (303)
//	GET  /_mode    changes those of the address, as links on published pages do; POST likewise
//	GET  /_qr      the QR code of a page's address
//	GET  /.well-known/security.txt  whom to tell of a weakness of the site
//
// The portal answers the edge only. What the edge knows about a request, the site and the reader, comes in the context
// of the same process or under a seal (web.Seal); without it no site is known. The portal never reaches editorial:
// what it cannot import, a citizen cannot read.
//
// Settings are written into the html tag of the pages made here exactly as the edge does with
// published ones, so that a page looks the same whoever made it.
package portal
