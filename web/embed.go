// Package web (网站界面) holds what is embedded in the binary for browsers: the default theme of the public pages and
// the console of the inner listener. The script assets/a11y.js is compiled from islands/ by "make web" and committed,
// so that "go build" needs no Node. The console is built by "make run" and not committed.
package web

import (
	"embed"
	"io/fs"
)

//go:embed themes
var themes embed.FS

//go:embed all:studio/dist
var console embed.FS

// Console returns the files of the console as Vite has built them. Without a build there is no index.html in it.
func Console() fs.FS {
	sub, _ := fs.Sub(console, "studio/dist") // cannot fail: the folder is embedded
	return sub
}

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
