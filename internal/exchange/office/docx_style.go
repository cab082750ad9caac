package office

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// look is how a run looks, as far as the library's HTML or the report knows it.
type look struct {
	bold, italic, hidden, struck, underline bool
	vertical                                string // "superscript", "subscript" or ""
	size                                    int    // half points, 0 = not set
	styled                                  bool   // font, size or colour set on the run itself
	symbol                                  bool   // in a font of symbols
}

// layout is how a paragraph is laid out.
type layout struct {
	align   string // "", "center" or "right"
	outline int    // 1 to 9 for a heading, 0 for text
	numID   string
	level   int
}

// style is one style of paragraphs or runs.
type style struct {
	name   string
	based  string
	look   look
	layout layout
	done   bool // inherited from based
}

func (c *converter) readStyles() error {
	c.styles, c.normal = map[string]*style{}, &style{}
	err := c.a.xml(path.Join(c.folder, "styles.xml"), func(m *markup, s xml.StartElement) error {
		switch s.Name.Local {
		case "docDefaults":
			return m.children(func(s xml.StartElement) error {
				if s.Name.Local != "rPrDefault" {
					return nil
				}
				return m.children(func(xml.StartElement) error { return readLook(m, &c.normal.look, nil) })
			})
		case "style":
			if len(c.styles) < maxEntries {
				return c.readStyle(m, s)
			}
		}
		return nil
	})
	c.normal.look.styled = false
	return err
}

func (c *converter) readStyle(m *markup, s xml.StartElement) error {
	st := &style{}
	c.styles[attr(s, "styleId")] = st
	ownLevel := false
	err := m.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "name":
			st.name = strings.ToLower(attr(e, "val"))
		case "basedOn":
			st.based = attr(e, "val")
		case "rPr":
			return readLook(m, &st.look, nil)
		case "pPr":
			return m.children(func(e xml.StartElement) error {
				ownLevel = ownLevel || e.Name.Local == "outlineLvl"
				return st.layout.take(m, e)
			})
		}
		return nil
	})
	st.look.styled = false
	for _, prefix := range []string{"heading ", "标题 "} {
		if n, err := strconv.Atoi(strings.TrimPrefix(st.name, prefix)); err == nil && !ownLevel &&
			strings.HasPrefix(st.name, prefix) && n >= 1 && n <= 9 {
			st.layout.outline = n
		}
	}
	return err
}

// style returns a style with what it inherits, nil if there is none.
func (c *converter) style(id string) *style {
	st := c.styles[id]
	if st != nil && !st.done {
		c.inherit(st, 0)
	}
	return st
}

// inherit completes a style from the styles that it is based on; a circle ends.
func (c *converter) inherit(st *style, depth int) {
	const deepest = 20
	st.done = true
	base := c.styles[st.based]
	if base == nil || depth > deepest {
		return
	}
	if !base.done {
		c.inherit(base, depth+1)
	}
	l, b := &st.layout, base.layout
	if l.align == "" {
		l.align = b.align
	}
	if l.outline == 0 {
		l.outline = b.outline
	}
	if l.numID == "" {
		l.numID, l.level = b.numID, b.level
	}
	st.look.bold = st.look.bold || base.look.bold
	st.look.italic = st.look.italic || base.look.italic
	st.look.hidden = st.look.hidden || base.look.hidden
	if st.look.size == 0 {
		st.look.size = base.look.size
	}
}

// take reads one property of a paragraph.
func (l *layout) take(m *markup, e xml.StartElement) error {
	switch e.Name.Local {
	case "jc":
		switch attr(e, "val") {
		case "center":
			l.align = "center"
		case "right", "end":
			l.align = "right"
		default:
			l.align = "left"
		}
	case "outlineLvl":
		if n, err := strconv.Atoi(attr(e, "val")); err == nil && n >= 0 && n < 9 {
			l.outline = n + 1
		} else {
			l.outline = -1
		}
	case "numPr":
		return m.children(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "numId":
				l.numID = attr(e, "val")
			case "ilvl":
				l.level, _ = strconv.Atoi(attr(e, "val"))
				l.level = min(max(l.level, 0), 8)
			}
			return nil
		})
	}
	return nil
}

// readLook reads the properties of runs. styleOf resolves a run style; nil leaves it out.
func readLook(m *markup, l *look, styleOf func(id string) *style) error {
	return m.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "rStyle":
			if styleOf != nil {
				if st := styleOf(attr(e, "val")); st != nil {
					l.bold, l.italic = l.bold || st.look.bold, l.italic || st.look.italic
					l.hidden = l.hidden || st.look.hidden
				}
			}
		case "b":
			l.bold = on(e)
		case "i":
			l.italic = on(e)
		case "vanish", "webHidden":
			l.hidden = on(e)
		case "strike", "dstrike":
			l.struck = on(e)
		case "u":
			l.underline = on(e)
		case "vertAlign":
			l.vertical = attr(e, "val")
		case "sz":
			l.size, _ = strconv.Atoi(attr(e, "val"))
			l.styled = true
		case "color", "highlight", "shd":
			l.styled = true
		case "rFonts":
			l.styled = true
			font := strings.ToLower(attr(e, "ascii"))
			l.symbol = strings.HasPrefix(font, "wingdings") || strings.HasPrefix(font, "webdings") || font == "symbol"
		}
		return nil
	})
}
