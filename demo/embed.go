// Package demo (示范城市) is the fictional city of Qinghe: sites, content and pictures
// that "guiyi serve --demo" publishes on an empty platform. All of it was written for
// this purpose; names, numbers and codes are made up.
package demo

import "embed"

// Files holds sites/*.yaml (declarations) and content/<site>/ (items).
//
//go:embed sites content
var Files embed.FS
