package exchange

import (
	"guiyi/internal/exchange/htmlclean"
	"guiyi/internal/resource"
)

// CleanBody makes the library's HTML of a body that a client sends, as of one that is
// imported, and lists the pictures, sounds and films in it.
func CleanBody(class resource.Class, markup string) (html, text string, pictures []string, err error) {
	clean, err := htmlclean.Clean(markup, htmlclean.Options{})
	if err != nil {
		return "", "", nil, err
	}
	for _, ref := range append(clean.Images, clean.Media...) {
		pictures = append(pictures, ref.URL)
	}
	return setOfficial(class, clean.HTML), clean.Text, pictures, nil
}
