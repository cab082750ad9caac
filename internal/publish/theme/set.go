package theme

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
)

// Set is a loaded theme: immutable, safe for concurrent use.
type Set struct {
	templates *template.Template
	assets    []Asset
	addresses map[string]string // asset name → address
	hash      string
}

// Asset is a file of the theme at its immutable address.
type Asset struct {
	Name  string // "site.css"
	Path  string // "/_a/<hash12>.site.css"
	Type  string // media type
	Bytes []byte
}

// pageViews lists every kind of page; Load refuses a theme that lacks one or cannot render it.
func pageViews() []View {
	return []View{Home{}, List{}, Article{}, Document{}, Interpretation{}, PageView{}, Disclosure{}, SiteMap{},
		NotFound{}, Gone{}, Closed{}, Access{}, Search{}}
}

// chromeParts are the templates that render a ChromeView.
func chromeParts() [3]string { return [3]string{"chrome-top", "chrome-foot", "chrome-tabs"} }

// Render writes the page. The view is passed by value or by pointer.
func (s *Set) Render(w io.Writer, v View) error {
	if err := s.templates.ExecuteTemplate(w, v.file(), v); err != nil {
		return fmt.Errorf("theme.Render(%s): %w", v.file(), err)
	}
	return nil
}

// Chrome renders the site's frame. Call it once per (site, top column) and keep the result.
func (s *Set) Chrome(v ChromeView) (Chrome, error) {
	var out [3]template.HTML
	for i, name := range chromeParts() {
		var buf bytes.Buffer
		if err := s.templates.ExecuteTemplate(&buf, name, v); err != nil {
			return Chrome{}, fmt.Errorf("theme.Chrome(%s): %w", v.Site.Name, err)
		}
		out[i] = template.HTML(buf.String()) //nolint:gosec // bytes made by html/template itself
	}
	return Chrome{Top: out[0], Foot: out[1], Tabs: out[2]}, nil
}

// Assets returns the theme's files, sorted by name. Publish all of them with every site.
func (s *Set) Assets() []Asset { return s.assets }

// Asset returns the address of a named asset, empty when there is none.
func (s *Set) Asset(name string) string { return s.addresses[name] }

// Hash identifies templates and assets together: when it changes, every page must be rendered again.
func (s *Set) Hash() string { return s.hash }
