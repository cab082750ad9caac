package themetest

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"reflect"
	"slices"

	"guiyi/internal/theme"
)

//go:embed pictures
var pictureFiles embed.FS

// Addresses of the sample content pages.
const (
	article        = "/xwdt/szyw/202611/t20261120_3051.html"
	document       = "/zwgk/zcwj/202611/t20261120_3052.html"
	interpretation = "/zwgk/zcjd/202611/t20261120_3053.html"
	older          = "/xwdt/szyw/index_7.html"
)

// Sample is one page of the sample site.
type Sample struct {
	Kind string // name of the page type, also of its screenshot
	Path string
	Top  string // address of the current top column
	View theme.View
}

// Samples returns a page of every kind; Framed adds the frame.
func Samples() []Sample {
	home := []Sample{{"home", "/", "/", home()}}
	return slices.Concat(home, listSamples(), contentSamples(), stateSamples(), formSamples())
}

// Render returns the bytes of all samples in the given theme, by path.
func Render(set *theme.Set) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, s := range Samples() {
		v, err := Framed(set, s)
		if err != nil {
			return nil, err
		}
		var buf bytes.Buffer
		if err := set.Render(&buf, v); err != nil {
			return nil, fmt.Errorf("themetest.Render(%s): %w", s.Kind, err)
		}
		out[s.Path] = buf.Bytes()
	}
	return out, nil
}

// Framed returns the sample's view inside the site's frame.
func Framed(set *theme.Set, s Sample) (theme.View, error) {
	c, err := set.Chrome(chromeView(s.Top))
	if err != nil {
		return nil, err
	}
	return framed(s.View, c), nil
}

// framed sets Page.Chrome of a view that has a Page.
func framed(v theme.View, c theme.Chrome) theme.View {
	out := reflect.New(reflect.TypeOf(v)).Elem()
	out.Set(reflect.ValueOf(v))
	if page := out.FieldByName("Page"); page.IsValid() {
		page.FieldByName("Chrome").Set(reflect.ValueOf(c))
	}
	return out.Interface().(theme.View)
}

// Pictures returns the sample pictures by file name.
func Pictures() (map[string][]byte, error) {
	out := map[string][]byte{}
	entries, err := fs.ReadDir(pictureFiles, "pictures")
	for _, e := range entries {
		b, err := fs.ReadFile(pictureFiles, "pictures/"+e.Name())
		if err != nil {
			return nil, err
		}
		out[e.Name()] = b
	}
	return out, err
}
