// Package web (网站界面) holds the default theme of the public pages as it is embedded in the binary.
// The script assets/a11y.js is compiled from islands/ by "make web" and committed, so that "go build" needs no Node.
package web

import (
	"embed"
	"io/fs"
)

//go:embed themes
var themes embed.FS

// Theme returns the embedded theme of that name, e.g. "default".
func Theme(name string) (fs.FS, error) {
	sub, err := fs.Sub(themes, "themes/"+name)
	if err != nil {
		return nil, err
	}
	if _, err := fs.Stat(sub, "templates"); err != nil {
		return nil, err
	}
	return sub, nil
}
