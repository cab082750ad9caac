// Package theme (页面主题) turns view structs into the bytes of public pages.
//
// A theme is a folder of html/template files and assets, loaded at run time. One site can replace single files by an
// overlay. Load checks every template against the view struct it renders, so that a misspelt field is an error with
// file and line when the theme is loaded, never a broken page.
//
//	publisher, portal ── fill a view (view*.go) ──► Set.Render ──► bytes
//	                  ── Set.Chrome once per (site, top column) ──► head and foot, embedded as they are
//	                  ── Set.Assets ──► /_a/<hash12>.<name>, immutable
//
// Every page starts with exactly "<!DOCTYPE html>\n<html lang=\"zh-CN\">": the edge inserts the reader's accessibility
// attributes at its end. Rendering reads no clock, file or network: the same view always gives the same bytes.
//
// Neighbours: publish (plans and fills views), portal (search, access settings), web (embedded default theme).
package theme
