// Package a11y (无障碍设置) is what a reader may set of pages, in which form it is kept in a
// cookie, and how it stands in the html tag of a page.
//
//	cookie a11y = URL-encoded query "elder=1&zoom=150"  ─▶  <html lang="zh-CN" data-elder data-zoom="150">
//
// Only names and values of the table reach a page, nothing of the client's own text. The
// package does no I/O. Neighbours: edge writes the attributes into published pages, portal
// into those it makes.
package a11y
