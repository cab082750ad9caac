// Package portal (公众门户动态页面) is the role that serves the public pages made per request. The pages of a slice come from
// its package <slice>web as mounts (see internal/dynamic); internal/app lists them. Pages that belong to no slice are
// here. All other public pages are published beforehand and served by the edge.
//
//	GET  /_access  accessibility settings form
//	POST /_access  stores them in the cookie a11y and redirects back (303)
//	GET  /_mode    changes those in the query, as links on published pages do; also POST
//	GET  /_qr      the QR code of a page's address
//	GET  /.well-known/security.txt  contact for reports of a vulnerability
//
// The portal serves only requests from the edge. The edge passes what it determined about a request, the site and the
// reader, in the context of the same process or under a seal (web.Seal); without them no site is known. The portal
// never imports editorial, so unpublished content cannot reach a citizen.
//
// Settings are written into the html tag of the pages made here exactly as the edge writes them into published pages,
// so all pages look the same.
package portal
