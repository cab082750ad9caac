package theme

import (
	"bytes"
	"reflect"
)

// ByHTMLTemplate renders a view without programs.
func (s *Set) ByHTMLTemplate(v View) (string, error) {
	var b bytes.Buffer
	err := s.templates.ExecuteTemplate(&b, v.file(), v)
	return b.String(), err
}

// ByProgram renders a view by its program alone.
func (s *Set) ByProgram(v View) (string, error) {
	b, err := s.programs[v.file()].Append(nil, reflect.ValueOf(v))
	return string(b), err
}

// ChromeByHTMLTemplate renders the parts of the frame without programs.
func (s *Set) ChromeByHTMLTemplate(v ChromeView) (string, error) {
	var b bytes.Buffer
	for _, name := range chromeParts() {
		if err := s.templates.ExecuteTemplate(&b, name, v); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// PageViews are the empty views of all kinds.
func PageViews() []View { return pageViews() }
