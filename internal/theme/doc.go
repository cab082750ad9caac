// Package theme (页面主题) turns view structs into the bytes of public pages.
//
// A theme is a folder of html/template files and assets that is loaded at run time
// and can be overlaid file by file for one site. Load checks every template against the
// view struct it renders, so that a misspelt field is an error with file and line when
// the theme is loaded and never a broken page.
//
//	publisher, portal ── fill a view (view*.go) ──► Set.Render ──► bytes
//	                  ── Set.Chrome once per (site, top column) ──► head and foot, embedded as they are
//	                  ── Set.Assets ──► /_a/<hash12>.<name>, immutable
//
// Every page starts with exactly "<!DOCTYPE html>\n<html lang=\"zh-CN\">": the edge splices
// the reader's accessibility attributes behind it. Nothing here reads a clock, a file or the network
// while rendering: the same view always gives the same bytes.
//
// Neighbours: publish (plans and fills views), portal (search, access settings), web (embedded default theme).
package theme
