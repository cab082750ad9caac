package exchange

import (
	"guiyi/internal/kernel/htmlclean"
	"guiyi/internal/resource"
)

// CleanBody cleans the HTML of a body from a client in the same way as that of an import. It also lists the pictures,
// audio and video in it.
func CleanBody(class resource.Class, markup string) (b resource.Body, err error) {
	clean, err := htmlclean.Clean(markup, htmlclean.Options{})
	if err != nil {
		return b, err
	}
	b.HTML, b.Text = formatDocument(class, clean.HTML), clean.Text
	for _, ref := range append(clean.Images, clean.Media...) {
		b.Pictures = append(b.Pictures, ref.URL)
	}
	return b, nil
}
