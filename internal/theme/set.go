package theme

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"slices"

	"guiyi/internal/theme/compiled"
)

// Set is a loaded theme. It is immutable and safe for concurrent use.
type Set struct {
	templates  *template.Template
	assets     []Asset
	addresses  map[string]string // asset name → address
	hash       string
	programs   map[string]*compiled.Program // by template; templates without a program are rendered by html/template
	uncompiled []error                      // the reason for each template without a program
}

// Asset is a file of the theme at its immutable address.
type Asset struct {
	Name  string // "site.css"
	Path  string // "/_a/<hash12>.site.css"
	Type  string // media type
	Bytes []byte
}

// pageViews returns an empty view of every kind of page; Load fails for a theme that lacks one or cannot render it.
func pageViews() []View {
	return slices.Concat([]View{Home{}, Search{}}, listViews(), contentViews(), stateViews())
}

// chromeParts returns the templates that render a ChromeView.
func chromeParts() [3]string { return [3]string{"chrome-top", "chrome-foot", "chrome-tabs"} }

// Render writes the page. The view is passed by value or by pointer.
func (s *Set) Render(w io.Writer, v View) error {
	b, err := s.Append(nil, v)
	if err != nil {
		return err
	}
	_, err = w.Write(b)
	return err
}

// Append appends the page to dst and returns it. The view is passed by value or by pointer.
func (s *Set) Append(dst []byte, v View) ([]byte, error) {
	out, err := s.execute(dst, v.file(), v)
	if err != nil {
		return dst, fmt.Errorf("theme.Render(%s): %w", v.file(), err)
	}
	return out, nil
}

// execute appends the result of a template: by its program when there is one. When the program fails, html/template
// renders the value, because its error is more precise.
func (s *Set) execute(dst []byte, name string, v any) ([]byte, error) {
	if p := s.programs[name]; p != nil {
		if out, err := p.Append(dst, reflect.Indirect(reflect.ValueOf(v))); err == nil {
			return out, nil
		}
	}
	buf := bytes.NewBuffer(dst)
	err := s.templates.ExecuteTemplate(buf, name, v)
	return buf.Bytes(), err
}

// compile makes programs of the templates. A template that cannot be compiled is rendered by html/template: slower,
// with the same bytes.
func (s *Set) compile() {
	s.programs = map[string]*compiled.Program{}
	add := func(name string, dot reflect.Type) {
		p, err := compiled.Compile(s.templates, funcs(s.addresses), name, dot)
		if err != nil {
			s.uncompiled = append(s.uncompiled, err)
			return
		}
		s.programs[name] = p
	}
	for _, v := range pageViews() {
		add(v.file(), reflect.TypeOf(v))
	}
	for _, name := range chromeParts() {
		add(name, reflect.TypeFor[ChromeView]())
	}
}

// Uncompiled returns an error for each page rendered by html/template: a construct that package compiled does not
// support. It is empty for a theme that renders fast.
func (s *Set) Uncompiled() []error { return s.uncompiled }

// Chrome renders the site's frame. Call it once per (site, top column) and keep the result.
func (s *Set) Chrome(v ChromeView) (Chrome, error) {
	var out [3]template.HTML
	for i, name := range chromeParts() {
		b, err := s.execute(nil, name, v)
		if err != nil {
			return Chrome{}, fmt.Errorf("theme.Chrome(%s): %w", v.Site.Name, err)
		}
		out[i] = template.HTML(b) // already escaped by html/template or its program
	}
	return Chrome{Top: out[0], Foot: out[1], Tabs: out[2]}, nil
}

// Assets returns the theme's files, sorted by name. Publish all of them with every site.
func (s *Set) Assets() []Asset { return s.assets }

// Asset returns the address of a named asset, empty when there is none.
func (s *Set) Asset(name string) string { return s.addresses[name] }

// Hash identifies templates and assets together: when it changes, every page must be rendered again.
func (s *Set) Hash() string { return s.hash }
