// Package a11y (无障碍设置) defines the display settings of a reader, their form in a cookie and their form in the html tag
// of a page.
//
//	cookie a11y = URL-encoded query "elder=1&zoom=150"  ─▶  <html lang="zh-CN" data-elder data-zoom="150">
//
// Only names and values of the table are written into a page, never text of the client. The package does no I/O.
// Neighbours: edge writes the attributes into published pages, portal into the pages it makes.
package a11y
