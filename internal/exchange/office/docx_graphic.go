package office

import (
	"encoding/xml"
	"fmt"
	"html"
	"path"
	"slices"
	"strings"
)

// maxPicture is the maximum size of one picture and maxPictureBytes that of all, in bytes.
const (
	maxPicture      = 20 << 20
	maxPictureBytes = 64 << 20
)

// shown are the extensions of pictures that browsers show.
var shownPictures = []string{".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp"}

// graphic reads a drawing, a picture of the old kind, or an object: its pictures and text boxes.
func (c *converter) graphic(m *markup, s xml.StartElement, p *para) error {
	g := graphics{c: c, m: m, p: p, object: s.Name.Local == "object"}
	if err := m.children(g.part); err != nil {
		return err
	}
	switch {
	case g.object:
		p.note(Embedded, false)
	case !g.found:
		p.note(Diagram, false)
	}
	return nil
}

// graphics is one drawing while it is read.
type graphics struct {
	c      *converter
	m      *markup
	p      *para
	alt    string
	object bool
	found  bool // a picture or text box
}

func (g *graphics) part(s xml.StartElement) error {
	switch s.Name.Local {
	case "docPr":
		g.alt = altText(attr(s, "descr"), attr(s, "title"))
	case "shape":
		g.alt = altText(attr(s, "alt"), g.alt)
	case "blip":
		g.found = true
		if id := attr(s, "embed"); id != "" {
			return g.picture(id)
		}
		g.p.note(PictureOutside, false)
	case "imagedata":
		if g.found = true; g.object {
			return nil // the look of an embedded object
		}
		return g.picture(attrOf(s, "relationships", "id"))
	case "txbxContent":
		return g.textBox()
	case "AlternateContent":
		return g.c.choice(g.m, g.part)
	}
	return g.m.children(g.part)
}

// altText returns the first text that somebody wrote; programs fill in names of files.
func altText(texts ...string) string {
	for _, t := range texts {
		t = strings.Join(strings.Fields(strings.Map(printable, t)), " ")
		lower := strings.ToLower(t)
		if t != "" && !slices.ContainsFunc(shownPictures, func(e string) bool { return strings.HasSuffix(lower, e) }) {
			return clip(t, 200)
		}
	}
	return ""
}

func (g *graphics) textBox() error {
	g.found = true
	fields := g.c.fields
	g.c.fields = nil
	boxed, err := g.c.capture(func() error { return g.c.blocks(g.m) })
	g.c.fields = fields
	if strings.TrimSpace(boxed) != "" {
		g.p.note(TextBox, false)
		g.p.boxes += boxed
	}
	return err
}

// picture takes a picture of the file.
func (g *graphics) picture(id string) error {
	c, p := g.c, g.p
	r, ok := c.rels[id]
	ext := strings.ToLower(path.Ext(r.target))
	switch {
	case !ok || !r.outside && !c.a.has(r.target):
		return nil // Word shows nothing there either
	case r.outside:
		p.note(PictureOutside, false)
		return nil
	case !slices.Contains(shownPictures, ext):
		p.note(PictureDropped, false)
		return nil
	}
	ref := c.picked[r.target]
	if ref == "" {
		total := 0
		for _, have := range c.pictures {
			total += len(have.Body)
		}
		if len(c.pictures) == maxPictures || total > maxPictureBytes {
			p.note(PicturesTooMany, false)
			return nil
		}
		body, err := c.a.read(r.target, maxPicture)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("图%d%s", len(c.pictures)+1, ext)
		ref = fmt.Sprintf("picture-%d%s", len(c.pictures)+1, ext)
		c.picked[r.target] = ref
		c.pictures = append(c.pictures, Picture{
			Ref:  ref,
			Name: name,
			Alt:  g.alt,
			Body: body,
		})
	}
	if g.alt == "" {
		p.note(WithoutAlt, false)
	}
	p.html(`<img src="`+ref+`" alt="`+html.EscapeString(g.alt)+`">`, look{})
	return nil
}
