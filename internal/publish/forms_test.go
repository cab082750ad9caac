package publish

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"guiyi/internal/publish/manifest"
)

// forms returns the encodings of an entry; each is checked to be the body.
func (c *city) forms(e manifest.Entry, body string) string {
	c.t.Helper()
	var names []string
	for _, v := range e.Variants {
		stored, err := c.blobs.ReadRange(c.ctx, v.Loc.Pack, v.Loc.Off, v.Loc.Len)
		c.must(err)
		var r io.Reader = brotli.NewReader(bytes.NewReader(stored))
		if v.Encoding == manifest.Gzip {
			r, err = gzip.NewReader(bytes.NewReader(stored))
			c.must(err)
		}
		plain, err := io.ReadAll(r)
		c.must(err)
		if string(plain) != body {
			c.t.Errorf("%s: %s is not the body", e.Path, v.Encoding)
		}
		names = append(names, v.Encoding)
	}
	return strings.Join(names, " ")
}

// TestFormsByKind: what a page gets does not depend on how it was built (docs/adr/014).
func TestFormsByKind(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		news := base(c)
		article := c.path("qinghe", news[0])
		_, home := c.get("qinghe", "/")
		_, sheet, _ := strings.Cut(home, `<link rel="stylesheet" href="`)
		sheet, _, _ = strings.Cut(sheet, `"`)
		want := map[string]string{"/": "br gzip", "/xwdt/szyw/": "br gzip", sheet: "br gzip", article: "gzip",
			"/rss.xml": "gzip", "/robots.txt": ""}
		check := func() {
			t.Helper()
			for path, forms := range want {
				e, body := c.get("qinghe", path)
				if got := c.forms(e, body); body == "" || got != forms {
					t.Errorf("%s has %q, want %q", path, got, forms)
				}
			}
		}
		check()
		if _, err := c.pub.BuildAll(c.ctx, c.site("qinghe").ID); err != nil {
			t.Fatal(err)
		}
		check()
	})
}
