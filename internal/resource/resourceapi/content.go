package resourceapi

import (
	"strings"

	"guiyi/internal/kernel/api"
	"guiyi/internal/resource"
)

// contentFields says where Content has what the library calls otherwise.
func contentFields() map[string]string { return map[string]string{"body": "html"} }

// write puts the fields of a request into an edition; what is left out stays. Files are
// named by their hash: the library knows the rest.
func (h handlers) write(class resource.Class, e *resource.Edition, c Content) error {
	for _, f := range []struct {
		to *string
		v  *string
	}{{&e.Title, c.Title}, {&e.Subtitle, c.Subtitle}, {&e.Summary, c.Summary}, {&e.Source, c.Source},
		{&e.Author, c.Author}, {&e.Editor, c.Editor}} {
		if f.v != nil {
			*f.to = strings.Join(strings.Fields(*f.v), " ")
		}
	}
	if c.Keywords != nil {
		e.Keywords = c.Keywords
	}
	if c.PublishedAt != nil {
		e.PublishedAt = api.Milli(c.PublishedAt)
	}
	if c.Document != nil {
		d := resource.DocumentInfo(*c.Document)
		e.Document = &d
	}
	if c.Interpretation != nil {
		r := resource.InterpretationInfo(*c.Interpretation)
		e.Interpretation = &r
	}
	if c.Cover != nil {
		e.Cover = &resource.Media{Hash: c.Cover.Hash, Alt: c.Cover.Alt}
	}
	if c.Files != nil {
		e.Files = nil
		for _, f := range c.Files {
			e.Files = append(e.Files, resource.File{Name: f.Name, Hash: f.Hash})
		}
	}
	if c.HTML == nil {
		return nil
	}
	body, err := h.Clean(class, *c.HTML)
	if err != nil {
		return err
	}
	return e.SetBody(body)
}
