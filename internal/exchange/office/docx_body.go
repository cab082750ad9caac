package office

import (
	"encoding/xml"
	"html"
	"regexp"
	"strings"

	"guiyi/internal/kernel/fault"
)

// maxParagraphs is the maximum number of paragraphs of a document, those of its tables included.
const maxParagraphs = 50_000

// blocks reads the block-level children of the element that was just begun.
func (c *converter) blocks(m *markup) error {
	return m.children(func(s xml.StartElement) error { return c.block(m, s) })
}

func (c *converter) block(m *markup, s xml.StartElement) error {
	switch s.Name.Local {
	case "p":
		return c.paragraph(m)
	case "tbl":
		return c.table(m)
	case "altChunk", "subDoc":
		c.report.Add(Part, "")
	case "ins", "moveTo":
		c.report.Add(Inserted, "")
		return c.blocks(m)
	case "AlternateContent":
		return c.choice(m, func(s xml.StartElement) error { return c.block(m, s) })
	case "sdt", "sdtContent", "customXml", "smartTag":
		return c.blocks(m)
	}
	return nil
}

// choice reads the first of the alternatives of the element that was just begun.
func (c *converter) choice(m *markup, fn func(xml.StartElement) error) error {
	taken := false
	return m.children(func(s xml.StartElement) error {
		if taken || s.Name.Local != "Choice" && s.Name.Local != "Fallback" {
			return nil
		}
		taken = true
		return m.children(fn)
	})
}

// capture returns the HTML that fn writes.
func (c *converter) capture(fn func() error) (string, error) {
	out, open := c.out, c.open
	c.out, c.open = &strings.Builder{}, nil
	c.nested++
	err := fn()
	c.closeLists()
	captured := c.out.String()
	c.out, c.open = out, open
	c.nested--
	return captured, err
}

// para is a paragraph while it is read.
type para struct {
	no     int
	layout layout
	style  *style
	pieces []piece
	text   strings.Builder
	href   string // of the link that is being read
	boxes  string // HTML of its text boxes
	size   int    // the largest, half points
	kinds  []Kind // for the report
	seen   map[Kind]bool
	plain  bool // some text is not bold
}

// piece is a part of a paragraph with one look.
type piece struct {
	html         string
	bold, italic bool
	vertical     string
	href         string
}

// note counts something of the paragraph for the report; once marks things that are counted once for a paragraph.
func (p *para) note(kind Kind, once bool) {
	if once && p.seen[kind] {
		return
	}
	p.seen[kind] = true
	p.kinds = append(p.kinds, kind)
}

// add adds text with a look.
func (p *para) add(text string, l look) {
	if text == "" {
		return
	}
	blank := strings.TrimSpace(text) == ""
	switch {
	case l.underline && blank && len([]rune(text)) > 1:
		text = strings.Repeat("_", min(max(len([]rune(text)), 4), 20))
		p.note(Blank, false)
	case l.underline && !blank:
		p.note(Underline, true)
	}
	if l.struck && !blank {
		p.note(Struck, false)
	}
	if l.styled && !blank {
		p.note(Formatting, true)
	}
	if !blank {
		p.size, p.plain = max(p.size, l.size), p.plain || !l.bold
	}
	p.text.WriteString(text)
	p.html(html.EscapeString(text), l)
}

// html adds markup with a look.
func (p *para) html(markup string, l look) {
	n := piece{
		html:     markup,
		bold:     l.bold,
		italic:   l.italic,
		vertical: l.vertical,
		href:     p.href,
	}
	if len(p.pieces) > 0 {
		last := &p.pieces[len(p.pieces)-1]
		if last.bold == n.bold && last.italic == n.italic && last.vertical == n.vertical && last.href == n.href {
			last.html += n.html
			return
		}
	}
	p.pieces = append(p.pieces, n)
}

// inline returns the HTML of the pieces.
func (p *para) inline(bold bool) string {
	var b strings.Builder
	for _, n := range p.pieces {
		s := n.html
		wrap := func(tag string) { s = "<" + tag + ">" + s + "</" + tag + ">" }
		switch n.vertical {
		case "superscript":
			wrap("sup")
		case "subscript":
			wrap("sub")
		}
		if n.italic {
			wrap("em")
		}
		if n.bold && bold {
			wrap("strong")
		}
		if n.href != "" {
			s = `<a href="` + html.EscapeString(n.href) + `">` + s + "</a>"
		}
		b.WriteString(s)
	}
	return b.String()
}

func (c *converter) readParagraph(m *markup) (*para, error) {
	if c.paras++; c.paras > maxParagraphs {
		return nil, fault.New(fault.TooLarge, "文档超过 %d 段，请拆成几篇或作为附件上传", maxParagraphs)
	}
	p := &para{no: c.paras, style: c.normal, seen: map[Kind]bool{}}
	err := m.children(func(s xml.StartElement) error {
		if s.Name.Local == "pPr" {
			return c.paragraphProperties(m, p)
		}
		return c.inline(m, s, p)
	})
	return p, err
}

func (c *converter) paragraphProperties(m *markup, p *para) error {
	own := layout{}
	err := m.children(func(s xml.StartElement) error {
		if s.Name.Local == "pStyle" {
			if st := c.style(attr(s, "val")); st != nil {
				p.style = st
			}
		}
		return own.take(m, s)
	})
	p.layout = p.style.layout
	if own.align != "" {
		p.layout.align = own.align
	}
	if own.outline != 0 {
		p.layout.outline = own.outline
	}
	if own.numID != "" {
		p.layout.numID, p.layout.level = own.numID, own.level
	}
	return err
}

// paragraph reads a paragraph and writes it.
func (c *converter) paragraph(m *markup) error {
	p, err := c.readParagraph(m)
	if err != nil {
		return err
	}
	text := strings.TrimSpace(p.text.String())
	if err := c.writeParagraph(p, text); err != nil {
		return err
	}
	for _, k := range p.kinds {
		c.report.Add(k, place(p.no, text))
	}
	if p.boxes == "" {
		return nil
	}
	c.closeLists()
	return c.write(p.boxes)
}

func (c *converter) writeParagraph(p *para, text string) error {
	if len(p.pieces) == 0 {
		return nil
	}
	if c.nested == 0 && c.title.takes(p, text) {
		if len(c.title.lines) == 1 {
			p.note(TitleTaken, true)
		}
		return nil
	}
	if c.title.head != nil {
		head := c.title.head
		c.title.head = nil
		for _, line := range head {
			if err := c.write(`<p class="align-center">` + html.EscapeString(line) + "</p>\n"); err != nil {
				return err
			}
		}
	}
	level := c.headingLevel(p, text)
	prefix := ""
	if n := c.lists[p.layout.numID]; n != nil && text != "" {
		value := n.count(p.layout.level)
		tag, kind, ok := n.listTag(p.layout.level)
		if ok && level == 0 {
			return c.listItem(openList{
				tag:   tag,
				kind:  kind,
				level: p.layout.level,
				id:    p.layout.numID,
			}, value, p.inline(true))
		}
		if prefix = n.label(p.layout.level); prefix != "" && n.levels[p.layout.level].format != "bullet" {
			p.note(NumberWritten, true)
			if last := []rune(prefix); !strings.ContainsRune("、）．：", last[len(last)-1]) {
				prefix += " "
			}
		} else if level > 0 {
			prefix = "" // the bullet of a heading
		}
		if level == 0 {
			level = c.byNumber(p, prefix+text)
		}
	} else if level == 0 {
		level = c.byNumber(p, text)
	}
	c.closeLists()
	tag := "p"
	if level > 0 {
		tag = "h" + string(rune('0'+level))
	}
	open := tag
	if p.layout.align == "center" || p.layout.align == "right" {
		open += ` class="align-` + p.layout.align + `"`
	}
	return c.write("<" + open + ">" + html.EscapeString(prefix) + p.inline(level == 0) + "</" + tag + ">\n")
}

// headingLevel returns 2 to 4 for a heading by its style or outline level, 0 for text.
func (c *converter) headingLevel(p *para, text string) int {
	if p.layout.outline <= 0 || c.nested > 0 || text == "" || len([]rune(text)) > maxHeading*2 {
		return 0
	}
	return min(p.layout.outline+1, 4)
}

// maxHeading is the maximum length of a heading that is recognized by its number, in characters.
const maxHeading = 40

// The numbers of the parts of an official document, by level (GB/T 9704).
var (
	firstLevel  = regexp.MustCompile(`^[一二三四五六七八九十]{1,3}、`)
	secondLevel = regexp.MustCompile(`^[（(][一二三四五六七八九十]{1,3}[)）]`)
	thirdLevel  = regexp.MustCompile(`^[0-9]{1,2}[.．、]`)
)

// byNumber returns 2 to 4 for a heading by its number, 0 for text. A third level must be bold, since lists of short
// lines begin in the same way.
func (c *converter) byNumber(p *para, text string) int {
	if c.nested > 0 || len([]rune(text)) > maxHeading || strings.ContainsAny(text, "。；;：:？！") ||
		strings.HasSuffix(text, "，") || p.layout.align == "right" {
		return 0
	}
	level := 0
	switch {
	case firstLevel.MatchString(text):
		level = 2
	case secondLevel.MatchString(text):
		level = 3
	case thirdLevel.MatchString(text) && !p.plain:
		level = 4
	default:
		return 0
	}
	p.note(ByNumber, true)
	return level
}

// openList is a list whose last item is not closed.
type openList struct {
	tag, kind string
	level     int
	id        string // of the numbering
}

// listItem writes an item and opens and closes lists around it.
func (c *converter) listItem(l openList, value int, inline string) error {
	for len(c.open) > 0 && c.open[len(c.open)-1].level > l.level {
		c.closeList()
	}
	if n := len(c.open); n > 0 && c.open[n-1].level == l.level {
		if c.open[n-1] == l {
			return c.write("</li>\n<li>" + inline)
		}
		c.closeList()
	}
	open := "<" + l.tag
	if l.tag == "ol" {
		if l.kind != "1" {
			open += ` type="` + l.kind + `"`
		}
		if value != 1 {
			open += ` start="` + countAs(value, "") + `"`
		}
	}
	c.open = append(c.open, l)
	return c.write(open + "><li>" + inline)
}

func (c *converter) closeList() {
	c.out.WriteString("</li></" + c.open[len(c.open)-1].tag + ">\n")
	c.open = c.open[:len(c.open)-1]
}

func (c *converter) closeLists() {
	for len(c.open) > 0 {
		c.closeList()
	}
}
