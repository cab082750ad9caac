package office

import (
	"encoding/xml"
	"fmt"
	"path"
	"regexp"
	"strings"

	"guiyi/internal/kernel/fault"
)

// field is an open complex field.
type field struct {
	instr  string
	result bool   // its result is being read
	href   string // the link around it
}

// maxFields is the maximum number of fields in each other.
const maxFields = 50

// inline reads one inline child of a paragraph.
func (c *converter) inline(m *markup, s xml.StartElement, p *para) error {
	rest := func() error {
		return m.children(func(s xml.StartElement) error { return c.inline(m, s, p) })
	}
	switch s.Name.Local {
	case "r":
		return c.run(m, p)
	case "hyperlink":
		before := p.href
		p.href = c.link(p, s)
		err := rest()
		p.href = before
		return err
	case "ins", "moveTo":
		p.note(Inserted, false)
		return rest()
	case "del", "moveFrom":
		p.note(Deleted, false)
	case "AlternateContent":
		return c.choice(m, func(s xml.StartElement) error { return c.inline(m, s, p) })
	case "oMath", "oMathPara":
		p.note(Formula, false)
		t, err := m.text()
		p.add(strings.Join(strings.Fields(t), " "), p.style.look)
		return err
	case "sdt", "sdtContent", "smartTag", "customXml", "fldSimple", "dir", "bdo":
		return rest()
	}
	return nil
}

// link returns the address of a hyperlink, "" for one that the library does not take.
func (c *converter) link(p *para, s xml.StartElement) string {
	r := c.rels[attrOf(s, "relationships", "id")]
	if r.outside && webAddress(r.target) {
		return r.target
	}
	p.note(Unlinked, false)
	return ""
}

func webAddress(s string) bool {
	lower := strings.ToLower(strings.TrimSpace(s))
	return strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") ||
		strings.HasPrefix(lower, "mailto:")
}

// attrOf returns an attribute whose namespace contains a word.
func attrOf(s xml.StartElement, space, name string) string {
	for _, a := range s.Attr {
		if a.Name.Local == name && strings.Contains(a.Name.Space, space) {
			return a.Value
		}
	}
	return ""
}

func (c *converter) run(m *markup, p *para) error {
	l := p.style.look
	if l.size == 0 {
		l.size = c.normal.look.size
	}
	return m.children(func(s xml.StartElement) error {
		if s.Name.Local == "rPr" {
			return readLook(m, &l, c.style)
		}
		return c.runPart(m, s, p, l)
	})
}

// shown tells whether text is shown where the reading is: not in the instruction of a field or in a table of contents.
func (c *converter) shown() bool {
	for _, f := range c.fields {
		if !f.result || isContents(f.instr) {
			return false
		}
	}
	return true
}

func isContents(instr string) bool { return strings.HasPrefix(strings.TrimSpace(instr), "TOC") }

// runPart reads one child of a run.
func (c *converter) runPart(m *markup, s xml.StartElement, p *para, l look) error {
	switch s.Name.Local {
	case "fldChar":
		return c.fieldMark(m, s, p)
	case "instrText":
		t, err := m.text()
		if n := len(c.fields); n > 0 && !c.fields[n-1].result && len(c.fields[n-1].instr) < 4096 {
			c.fields[n-1].instr += t
		}
		return err
	}
	if !c.shown() {
		return nil
	}
	if l.hidden {
		if s.Name.Local == "t" {
			p.note(Hidden, false)
		}
		return nil
	}
	switch s.Name.Local {
	case "t":
		t, err := m.text()
		if l.symbol {
			t = c.symbols(t, p)
		}
		p.add(strings.Map(printable, t), l)
		return err
	case "tab", "ptab":
		p.add(" ", look{bold: l.bold, underline: l.underline})
	case "br", "cr":
		if kind := attr(s, "type"); kind == "" || kind == "textWrapping" {
			p.text.WriteByte(' ')
			p.html("<br>", l)
		}
	case "noBreakHyphen":
		p.add("-", l)
	case "sym":
		p.add(c.symbols(codePoint(attr(s, "char")), p), l)
	case "footnoteReference", "endnoteReference":
		c.cite(s, p)
	case "commentReference":
		p.note(Comment, false)
	case "ruby":
		return c.ruby(m, p)
	case "drawing", "pict", "object":
		return c.graphic(m, s, p)
	case "AlternateContent":
		return c.choice(m, func(s xml.StartElement) error { return c.runPart(m, s, p, l) })
	}
	return nil
}

// printable drops what is not for reading: private-use and control characters.
func printable(r rune) rune {
	switch {
	case r == '\t' || r == '\n' || r == '\r' || r == '\u00a0':
		return ' '
	case r < ' ', r >= 0x7f && r < 0xa0, r >= 0xe000 && r <= 0xf8ff, r == 0xfeff, r >= 0x202a && r <= 0x202e,
		r >= 0x2066 && r <= 0x2069:
		return -1
	}
	return r
}

func codePoint(hex string) string {
	var r rune
	if _, err := fmt.Sscanf(hex, "%x", &r); err != nil {
		return ""
	}
	return string(r)
}

// symbols returns the characters that stand for those of a font of symbols.
func (c *converter) symbols(s string, p *para) string {
	known := map[rune]rune{0xa8: '□', 0x6f: '□', 0x71: '□', 0xfe: '☑', 0x52: '☑', 0xfc: '√', 0x50: '√', 0x51: '☒',
		0x53: '☒', 0xfd: '☒', 0xfb: '×', 0x6c: '●', 0x6e: '■', 0x75: '◆', 0x9f: '•', 0xb7: '•', 0xd8: '➢', 0xe0: '→'}
	return strings.Map(func(r rune) rune {
		if r >= 0xf000 && r <= 0xf0ff {
			r -= 0xf000
		}
		if to, ok := known[r]; ok {
			return to
		}
		if r <= ' ' || r > 0xff {
			return r
		}
		p.note(Symbol, false)
		return -1
	}, s)
}

// hyperlinkField is the instruction of a field that is a link.
var hyperlinkField = regexp.MustCompile(`^\s*HYPERLINK\s+"([^"]*)"`)

// fieldMark reads the begin, the middle or the end of a complex field.
func (c *converter) fieldMark(m *markup, s xml.StartElement, p *para) error {
	switch attr(s, "fldCharType") {
	case "begin":
		if len(c.fields) >= maxFields {
			return fault.New(fault.TooLarge, "文件的域嵌套太深")
		}
		c.fields = append(c.fields, field{href: p.href})
		return m.children(func(e xml.StartElement) error {
			if e.Name.Local == "ffData" {
				p.note(FormField, false)
			}
			return nil
		})
	case "separate":
		if n := len(c.fields); n > 0 {
			f := &c.fields[n-1]
			f.result = true
			if to := hyperlinkField.FindStringSubmatch(f.instr); to != nil {
				if p.href = ""; webAddress(to[1]) {
					p.href = to[1]
				} else if to[1] != "" {
					p.note(Unlinked, false)
				}
			}
			if isContents(f.instr) {
				p.note(Contents, true)
			}
		}
	case "end":
		if n := len(c.fields); n > 0 {
			p.href = c.fields[n-1].href
			c.fields = c.fields[:n-1]
		}
	}
	return nil
}

// ruby takes the characters and drops what is above them.
func (c *converter) ruby(m *markup, p *para) error {
	p.note(Ruby, false)
	return m.children(func(s xml.StartElement) error {
		if s.Name.Local != "rubyBase" {
			return nil
		}
		return m.children(func(s xml.StartElement) error { return c.inline(m, s, p) })
	})
}

// cite writes the mark of a footnote or endnote.
func (c *converter) cite(s xml.StartElement, p *para) {
	key := strings.TrimSuffix(s.Name.Local, "Reference") + attr(s, "id")
	if c.notes[key] == "" {
		return
	}
	n := 0
	for i, have := range c.cited {
		if have == key {
			n = i + 1
		}
	}
	if n == 0 {
		c.cited = append(c.cited, key)
		n = len(c.cited)
	}
	p.html(fmt.Sprintf(`<sup><a href="#note%d">[%d]</a></sup>`, n, n), look{})
}

func noteLine(n int, inline string) string {
	return fmt.Sprintf("<p><span id=\"note%d\">[%d]</span> %s</p>\n", n, n, inline)
}

// readNotes reads footnotes and endnotes.
func (c *converter) readNotes() error {
	rels := c.rels
	defer func() { c.rels = rels }()
	for _, kind := range []string{"footnote", "endnote"} {
		var err error
		if c.rels, err = c.a.rels(c.folder, kind+"s.xml"); err != nil {
			return err
		}
		c.nested++
		err = c.a.xml(path.Join(c.folder, kind+"s.xml"), func(m *markup, s xml.StartElement) error {
			if s.Name.Local != kind || strings.Contains(strings.ToLower(attr(s, "type")), "separator") {
				return nil
			}
			var lines []string
			err := m.children(func(e xml.StartElement) error {
				if e.Name.Local != "p" {
					return nil
				}
				p, err := c.readParagraph(m)
				if err == nil && strings.TrimSpace(p.text.String()) != "" {
					lines = append(lines, strings.TrimSpace(p.inline(true)))
				}
				return err
			})
			c.notes[kind+attr(s, "id")] = strings.Join(lines, "<br>")
			return err
		})
		c.nested--
		if err != nil {
			return err
		}
	}
	c.paras, c.fields = 0, nil
	return nil
}
