// Package dynamic (动态页面) is what the public pages of a slice stand on that are made per request: search, accessibility
// settings, later letters and the user centre. A slice brings a [Mount] from its package <slice>web; internal/app lists
// all mounts, and the portal answers with them.
//
//	edge ─▶ [New]: row of internal/address ─▶ mount ─▶ handler ─▶ Request.Render: theme, frame of the site, settings
//
// A handler gets a [Request]: the site that was asked for, its theme and frame, who asks as far as the edge knows, and
// what the reader has set for the display. It returns its error; the site's own error page is made of it here. Methods,
// rates, and that a form comes from a page of the site itself are checked before a handler runs.
//
// A mount answers exactly the rows that name it in the table of addresses: New refuses one that does not, and
// [Unanswered] lists rows that nobody answers.
package dynamic
