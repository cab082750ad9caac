// Package dynamic (动态页面) is the framework of the public pages that slices make per request: search, accessibility
// settings, later letters and the user centre. A slice provides a [Mount] in its package <slice>web; internal/app lists
// all mounts, and the portal serves them.
//
//	edge ─▶ [New]: row of internal/address ─▶ mount ─▶ handler ─▶ Request.Render: theme, frame of the site, settings
//
// A handler receives a [Request]: the requested site, its theme and frame, the client as reported by the edge, and the
// reader's display settings. It returns its error, and this package renders the site's error page for it. Methods,
// rates and the origin of forms are checked before a handler runs.
//
// A mount has a route for exactly the rows that name it in the table of addresses. New rejects a mount that has not,
// and [Unanswered] lists the rows without a mount.
package dynamic
