package check

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/kernel/htmlclean"
)

// Document is what is checked.
type Document struct {
	Title  string
	Blocks []TextBlock
	Images []Image
	Tables []Table
	Files  []File
}

// TextBlock is a piece of text that stands alone: a paragraph, heading, caption, cell or list entry.
type TextBlock struct {
	Text    []rune // a line break is '\n', a picture is Picture
	Heading int    // level 1 to 6; 0 = no heading
	Links   []Link
}

// Picture stands for a picture in the text of a block.
const Picture = '\uFFFC'

// Link is a link in a block.
type Link struct {
	From, To int // runes
	Href     string
}

// Image is a picture.
type Image struct {
	Src, Alt string
	HasAlt   bool
	Href     string // of the link that shows nothing but pictures
	Linked   bool   // there is such a link
}

// Table is a table.
type Table struct {
	Rows, Columns int
	Header        bool // has at least one header cell
	Text          string
}

// File is an attachment. Text is what was extracted from it, "" when it is not known.
type File struct{ Name, Text string }

// ParseHTML reads the body of an item. A page over the limits of htmlclean.Parse is refused.
func ParseHTML(source string) (Document, error) {
	root, err := htmlclean.Parse(source)
	if err != nil {
		return Document{}, err
	}
	p := parser{doc: &Document{}}
	p.node(root)
	p.flush()
	return *p.doc, nil
}

// ParseText makes a document of plain text: one block a line.
func ParseText(text string) Document {
	var d Document
	for line := range strings.SplitSeq(text, "\n") {
		d.Blocks = append(d.Blocks, TextBlock{Text: []rune(strings.TrimSuffix(line, "\r"))})
	}
	return d
}

// parser walks a tree. Text that stands in no block element of its own makes a block too.
type parser struct {
	doc      *Document
	open     *TextBlock // nil between blocks
	explicit bool       // open was begun by an element, so it counts even when it is empty
}

var (
	textElements      = set("p h1 h2 h3 h4 h5 h6 caption figcaption pre dt summary")
	containerElements = set("li td th blockquote dd")
	otherBlocks       = set("div section article header footer main aside nav ul ol dl table thead tbody tfoot tr figure " +
		"hr video audio details address body html")
	skipped = set("script style template head noscript iframe object svg math")
)

func set(names string) map[string]bool {
	out := map[string]bool{}
	for _, n := range strings.Fields(names) {
		out[n] = true
	}
	return out
}

func (p *parser) node(n *html.Node) {
	switch n.Type {
	case html.TextNode:
		p.text(n.Data)
		return
	case html.ElementNode:
	default:
		p.children(n)
		return
	}
	switch {
	case skipped[n.Data]:
	case n.Data == "br":
		p.text("\n")
	case n.Data == "img":
		p.image(n)
	case n.Data == "a" && has(n, "href"):
		p.link(n)
	case textElements[n.Data]:
		p.block(n, true)
	case containerElements[n.Data]:
		p.container(n)
	case n.Data == "table":
		p.table(n)
	case otherBlocks[n.Data]:
		p.block(n, false)
	default:
		p.children(n)
	}
}

func (p *parser) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		p.node(c)
	}
}

// block walks an element that begins and ends a block. explicit ones count even when they are empty.
func (p *parser) block(n *html.Node, explicit bool) {
	p.flush()
	if explicit {
		p.open, p.explicit = &TextBlock{}, true
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data != "hr" {
			p.open.Heading, _ = strconv.Atoi(n.Data[1:])
		}
	}
	p.children(n)
	p.flush()
}

// container walks an element that holds blocks. When it holds none, it is an empty block itself.
func (p *parser) container(n *html.Node) {
	p.flush()
	before := len(p.doc.Blocks)
	p.children(n)
	p.flush()
	if len(p.doc.Blocks) == before {
		p.doc.Blocks = append(p.doc.Blocks, TextBlock{})
	}
}

func (p *parser) flush() {
	if p.open != nil && (p.explicit || strings.TrimSpace(string(p.open.Text)) != "") {
		p.doc.Blocks = append(p.doc.Blocks, *p.open)
	}
	p.open, p.explicit = nil, false
}

func (p *parser) text(s string) {
	if p.open == nil {
		if strings.TrimSpace(s) == "" {
			return // white space between blocks
		}
		p.open = &TextBlock{}
	}
	p.open.Text = append(p.open.Text, []rune(s)...)
}

func (p *parser) image(n *html.Node) {
	i := Image{Src: attr(n, "src"), Alt: attr(n, "alt"), HasAlt: has(n, "alt")}
	p.doc.Images = append(p.doc.Images, i)
	if p.open != nil {
		p.open.Text = append(p.open.Text, Picture)
	}
}

func (p *parser) link(n *html.Node) {
	from := 0
	if p.open != nil {
		from = len(p.open.Text)
	}
	href, first := attr(n, "href"), len(p.doc.Images)
	p.children(n)
	if first < len(p.doc.Images) && strings.TrimSpace(textOf(n)) == "" {
		for i := first; i < len(p.doc.Images); i++ {
			p.doc.Images[i].Href, p.doc.Images[i].Linked = href, true
		}
	}
	switch k := len(p.doc.Blocks) - 1; {
	case p.open != nil:
		p.open.Links = append(p.open.Links, Link{min(from, len(p.open.Text)), len(p.open.Text), href})
	case first == len(p.doc.Images) && k >= 0: // around blocks: the last one shows it
		p.doc.Blocks[k].Links = append(p.doc.Blocks[k].Links, Link{0, len(p.doc.Blocks[k].Text), href})
	}
}

func (p *parser) table(n *html.Node) {
	p.flush()
	k := len(p.doc.Tables)
	p.doc.Tables = append(p.doc.Tables, Table{})
	t := Table{}
	rows(n, func(tr *html.Node) {
		cells := 0
		for c := tr.FirstChild; c != nil; c = c.NextSibling {
			if c.Data != "td" && c.Data != "th" {
				continue
			}
			if t.Header = t.Header || c.Data == "th"; t.Rows == 0 && t.Text == "" {
				t.Text = clip(strings.TrimSpace(textOf(c)), 30)
			}
			span, err := strconv.Atoi(attr(c, "colspan"))
			if err != nil || span < 1 {
				span = 1
			}
			cells += min(span, 100)
		}
		t.Rows, t.Columns = t.Rows+1, max(t.Columns, cells)
	})
	p.children(n)
	p.flush()
	p.doc.Tables[k] = t
}

// rows visits the rows of a table, not those of tables inside it.
func rows(n *html.Node, visit func(*html.Node)) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Data {
		case "tr":
			visit(c)
		case "thead", "tbody", "tfoot":
			rows(c, visit)
		}
	}
}

func textOf(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return strings.TrimSpace(a.Val)
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// clip returns at most n runes of a text.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
