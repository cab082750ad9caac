package theme

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"reflect"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// pagePrefix is the exact beginning of every page: the edge inserts attributes at its end.
const pagePrefix = "<!DOCTYPE html>\n<html lang=\"zh-CN\">"

// rehearse renders every kind of page with a full and an empty sample.
func (s *Set) rehearse() error {
	var faults []error
	for _, v := range pageViews() {
		for _, sample := range []View{filled(v), v} {
			var buf bytes.Buffer
			if err := s.Render(&buf, sample); err != nil {
				faults = append(faults, err)
				continue
			}
			if !bytes.HasPrefix(buf.Bytes(), []byte(pagePrefix)) {
				faults = append(faults, fmt.Errorf("%s: a page must begin with %q", v.file(), pagePrefix))
			}
			faults = append(faults, markup(v.file(), buf.Bytes(), v.file() == Closed{}.file()))
		}
	}
	for _, v := range []ChromeView{sampleOf(ChromeView{}), {}} {
		chrome, err := s.Chrome(v)
		faults = append(faults, err, markup("chrome", []byte(chrome.Top+chrome.Foot+chrome.Tabs), false))
	}
	return errors.Join(faults...)
}

// markup reports what the content security policy would block in the browser: inline scripts, styles and handlers. With
// alone, the page may not refer to another file.
func markup(file string, page []byte, alone bool) error {
	z := html.NewTokenizer(bytes.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if errors.Is(z.Err(), io.EOF) {
				return nil
			}
			return fmt.Errorf("%s: %w", file, z.Err())
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			if why := forbidden(t, alone); why != "" {
				return fmt.Errorf("%s: %s in <%s>", file, why, t.Data)
			}
		}
	}
}

func forbidden(t html.Token, alone bool) string {
	attr := map[string]string{}
	for _, a := range t.Attr {
		attr[a.Key] = a.Val
		switch {
		case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
			return "inline " + a.Key
		case strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:"):
			return "javascript: address"
		}
	}
	switch {
	case t.Data == "style":
		return "inline style"
	case t.Data == "script" && attr["src"] == "" && attr["type"] != "application/ld+json":
		return "inline script"
	case alone && (attr["src"] != "" || t.Data == "script" || t.Data == "link" &&
		!strings.HasPrefix(attr["href"], "data:")):
		return "another file"
	}
	return ""
}

// filled returns a copy of the view with every field set.
func filled(v View) View {
	p := reflect.New(reflect.TypeOf(v))
	fill(p.Elem(), 0)
	return p.Elem().Interface().(View) // same type as v
}

func sampleOf[T any](v T) T {
	fill(reflect.ValueOf(&v).Elem(), 0)
	return v
}

// fill sets every field; slices get two elements, recursive types end after a few levels.
func fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.String:
		switch v.Type() {
		case reflect.TypeFor[template.HTML]():
			v.SetString("<p>正文</p>")
		case reflect.TypeFor[template.JS]():
			v.SetString(`{"@type":"Thing"}`)
		default:
			v.SetString("样例")
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(3)
	case reflect.Slice:
		if depth > 8 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), depth+1)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 11, 20, 1, 30, 0, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	}
}
