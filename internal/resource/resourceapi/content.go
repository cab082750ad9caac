package resourceapi

import (
	"context"
	"strings"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
	"guiyi/internal/resource/edit"
)

// write puts the fields of a request into an edition; what is left out stays.
func (h handlers) write(ctx context.Context, it *resource.Item, e *resource.Edition, c Content) error {
	for _, f := range []struct {
		to *string
		v  *string
	}{{&e.Title, c.Title}, {&e.Subtitle, c.Subtitle}, {&e.Summary, c.Summary}, {&e.Source, c.Source},
		{&e.Author, c.Author}, {&e.Editor, c.Editor}} {
		if f.v != nil {
			*f.to = strings.Join(strings.Fields(*f.v), " ")
		}
	}
	if e.Title == "" {
		return fault.InvalidFields(map[string]string{"body.title": "不能只有空白"}, "信息要有标题")
	}
	if c.Keywords != nil {
		e.Keywords = c.Keywords
	}
	if c.PublishedAt != nil {
		e.PublishedAt = api.Milli(c.PublishedAt)
	}
	if c.Document != nil {
		d := resource.Official(*c.Document)
		e.Document = &d
	}
	if c.Interpretation != nil {
		r := resource.Reading(*c.Interpretation)
		e.Interpretation = &r
	}
	return h.files(ctx, it, e, c)
}

// files cleans the body and finds the files that it and the request name.
func (h handlers) files(ctx context.Context, it *resource.Item, e *resource.Edition, c Content) error {
	if c.HTML != nil {
		body, err := h.Clean(it.Class, *c.HTML)
		if err == nil {
			err = h.Desk.SetBody(ctx, it, e, body)
		}
		if err != nil {
			return err
		}
	}
	var hashes []string
	for _, f := range c.Files {
		hashes = append(hashes, f.Hash)
	}
	if c.Cover != nil {
		hashes = append(hashes, c.Cover.Hash)
	}
	have, err := h.Desk.Files(ctx, it.Owner, it.ID, hashes)
	if err != nil {
		return err
	}
	for _, hash := range hashes {
		if _, ok := have[hash]; !ok {
			return edit.NotKept(hash)
		}
	}
	return attach(e, c, have)
}

func attach(e *resource.Edition, c Content, have map[string]resource.File) error {
	if c.Files != nil {
		e.Files = nil
		for _, f := range c.Files {
			file := have[f.Hash]
			if f.Name != "" {
				file.Name = f.Name
			}
			e.Files = append(e.Files, file)
		}
	}
	if c.Cover != nil {
		f := have[c.Cover.Hash]
		if !strings.HasPrefix(f.Type, "image/") {
			return fault.InvalidFields(map[string]string{"body.cover": "应为图片"}, "封面要是图片，得到 %s", f.Type)
		}
		e.Cover = &resource.Media{
			Hash: f.Hash,
			Type: f.Type,
			Ext:  f.Ext,
			Size: f.Size,
			Alt:  c.Cover.Alt,
		}
	}
	return nil
}
