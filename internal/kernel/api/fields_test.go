package api

import (
	"reflect"
	"testing"

	"guiyi/internal/kernel/web"
)

// A desk names its fields; the answer says where the request has them.
func TestFieldsAreLocated(t *testing.T) {
	type embedded struct {
		Title string  `json:"title"`
		HTML  *string `json:"html,omitempty"`
		Own   string  `json:"-"`
	}
	type parameters struct {
		Name string `query:"name"`
		Item string `path:"item"`
	}
	type input struct {
		parameters
		Kind string `path:"kind"`
		Body struct {
			Kind string `json:"kind"`
			embedded
		}
	}
	type bodiless struct {
		parameters
		Title string `query:"title"`
	}
	other := map[string]string{"body": "html", "gone": "nothing"}
	for name, c := range map[string]struct {
		of   fields
		want string
	}{
		"title":      {fieldsOf(reflect.TypeFor[input](), other), "body.title"},
		"kind":       {fieldsOf(reflect.TypeFor[input](), other), "body.kind"}, // before the one in the path
		"item":       {fieldsOf(reflect.TypeFor[input](), other), "path.item"},
		"name":       {fieldsOf(reflect.TypeFor[input](), other), "query.name"},
		"body":       {fieldsOf(reflect.TypeFor[input](), other), "body.html"},
		"body[2]":    {fieldsOf(reflect.TypeFor[input](), other), "body.html[2]"},
		"title.font": {fieldsOf(reflect.TypeFor[input](), other), "body.title.font"},
		"gone":       {fieldsOf(reflect.TypeFor[input](), other), "gone"},
		"own":        {fieldsOf(reflect.TypeFor[input](), other), "own"},
		"-":          {fieldsOf(reflect.TypeFor[input](), other), "-"},
		"title[0].x": {fieldsOf(reflect.TypeFor[bodiless](), nil), "query.title[0].x"},
		"html":       {fieldsOf(reflect.TypeFor[bodiless](), nil), "html"},
		"":           {fieldsOf(reflect.TypeFor[struct{}](), nil), ""},
	} {
		p := &Problem{Errors: []web.FieldError{{Field: name, Detail: "请更正"}}}
		if got := c.of.locate(p).Errors[0]; got.Field != c.want || got.Detail != "请更正" {
			t.Errorf("%q is located as %+v, want %s", name, got, c.want)
		}
	}
}
