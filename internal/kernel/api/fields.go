package api

import (
	"reflect"
	"slices"
	"strings"
)

// fields maps the field names in the errors of a desk to places in the request, such as "at" to "body.at".
type fields map[string]string

// fieldsOf returns the fields of an operation's input. If a name occurs more than once, body takes precedence over
// query and query over path. other is Operation.Fields.
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

// add adds the fields of a struct and its embedded structs that have the tag.
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

// locate replaces the field names in a problem by places in the request. It maps only the part of a name before the
// first "." or "[": "body[2]" becomes "body.html[2]". Unknown names stay as they are.
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
