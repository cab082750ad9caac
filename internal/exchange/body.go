package exchange

import (
	"guiyi/internal/kernel/htmlclean"
	"guiyi/internal/resource"
)

// CleanBody makes the library's HTML of a body that a client sends, as of one that is
// imported, and lists the pictures, sounds and films in it.
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
