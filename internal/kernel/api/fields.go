package api

import (
	"reflect"
	"slices"
	"strings"
)

// fields says where a request has the fields that its desk names in an error: name at the
// desk → place in the request, such as "at" → "body.at".
type fields map[string]string

// fieldsOf finds the fields of an operation's input: those of the body first, then the
// parameters of query and path. other are names of the desk that differ from the request's.
func fieldsOf(input reflect.Type, other map[string]string) fields {
	f := fields{}
	if input.Kind() == reflect.Struct {
		if body, ok := input.FieldByName("Body"); ok {
			f.add(body.Type, "json", "body.")
		}
		f.add(input, "query", "query.")
		f.add(input, "path", "path.")
	}
	for desk, request := range other {
		if at, ok := f[request]; ok {
			f[desk] = at
		}
	}
	return f
}

// add notes the fields of a struct, and of those embedded in it, that carry a tag.
func (f fields) add(t reflect.Type, tag, prefix string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return
	}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get(tag), ",")
		switch _, known := f[name]; {
		case field.Anonymous && name == "":
			f.add(field.Type, tag, prefix)
		case name != "" && name != "-" && !known:
			f[name] = prefix + name
		}
	}
}

// locate puts the places in the request for the names that a desk gave. Only the part up
// to the first "." or "[" is looked up: "body[2]" becomes "body.html[2]". A name that the
// request does not have stays.
func (f fields) locate(p *Problem) *Problem {
	errors := slices.Clone(p.Errors)
	for i := range errors {
		name, rest := errors[i].Field, ""
		if end := strings.IndexAny(name, ".["); end >= 0 {
			name, rest = name[:end], name[end:]
		}
		if at, ok := f[name]; ok {
			errors[i].Field = at + rest
		}
	}
	p.Errors = errors
	return p
}
