package htmlclean

import (
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// scope is the state that a node inherits from its ancestors.
type scope struct {
	marks   mark
	href    string
	align   string
	heading int  // level while inside h1 to h6
	para    bool // inside p: single line breaks stay
	tight   bool // inside a cell, item or caption: line breaks stay, headings become strong
	pre     bool // line ends of the source stay
}

// builder reads a tree into blocks.
type builder struct {
	base    *url.URL
	out     *[]block
	runs    []run // of the open paragraph
	align   string
	heading int
	para    bool
	tight   bool
	refs    *refs
}

// refs collects the addresses of one document.
type refs struct {
	names   map[string]string
	dropped map[string]int
	anchors anchors
	at      []string        // anchor names for the next text or picture
	shown   map[string]bool // pictures taken
	vacant  bool            // the last picture was a placeholder without address
}

var skipped = set(
	"script style head title meta link noscript template svg math button input textarea select option param canvas map area base " +
		"noembed noframes iframe object embed xml datalist dialog")

var containers = set(
	"p div section article main aside header footer nav center address pre details summary dl dt dd hgroup form tr td th tbody thead " +
		"tfoot fieldset legend li body html caption figcaption search marquee")

func (b *builder) children(n *html.Node, s scope) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		b.node(c, s)
	}
}

func (b *builder) node(n *html.Node, s scope) {
	switch n.Type {
	case html.TextNode:
		b.text(n.Data, s)
		return
	case html.ElementNode:
	case html.DocumentNode:
		b.children(n, s)
		return
	default:
		return
	}
	if hidden(n) {
		if said(n) {
			b.refs.dropped[Unseen]++
		}
		return
	}
	if drawn := attr(n, drawnMark); drawn == "math" || drawn == "svg" {
		b.refs.dropped[drawn]++
	}
	b.refs.at = append(b.refs.at, b.refs.anchors.names(n)...)
	s = styled(n, s)
	switch name := n.Data; name {
	case "br":
		b.lineBreak(s)
	case "hr":
		b.flush()
		b.emit(block{kind: rule})
	case "img":
		b.picture(n, s)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		b.flush()
		s.heading = int(name[1] - '0')
		b.children(n, s)
		b.flush()
	case "ul", "ol", "menu", "dir":
		b.list(n, s)
	case "table":
		b.table(n, s)
	case "blockquote":
		b.flush()
		if inner := b.inside(n, scope{align: s.align, tight: s.tight}); len(inner) > 0 {
			b.emit(block{kind: quote, blocks: inner})
		}
	case "figure":
		b.figure(n, s)
	case "video", "audio":
		b.media(n)
	case "iframe", "embed", "object":
		b.embed(n, s)
	case "a":
		s.href = b.link(n)
		b.children(n, s)
	default:
		b.other(n, s)
	}
}

func (b *builder) other(n *html.Node, s scope) {
	name := n.Data
	switch {
	case name == "mpvideosnap", name == "mp-common-videosnap": // films and sounds that only the app of an account plays
		b.refs.dropped["video"]++
		return
	case name == "mpvoice", name == "mp-common-mpaudio", name == "qqmusic":
		b.refs.dropped["audio"]++
		return
	case skipped[name], strings.HasPrefix(name, "v:"), strings.HasPrefix(name, "w:"), strings.HasPrefix(name, "m:"):
		b.refs.dropped[name]++
		return
	case containers[name]:
		b.flush()
		s.para = name == "p"
		if name == "dt" {
			s.marks |= bold
		}
		b.children(n, s)
		b.flush()
	default:
		b.children(n, s)
	}
}

// styled returns the scope changed by the name, class and style of an element.
func styled(n *html.Node, s scope) scope {
	switch n.Data {
	case "strong", "b":
		s.marks |= bold
	case "em", "i":
		s.marks |= italic
	case "u", "ins":
		s.marks |= underline
	case "s":
		s.marks |= struck
	case "sub":
		s.marks = s.marks&^sup | sub
	case "sup":
		s.marks = s.marks&^sub | sup
	case "center":
		s.align = "center"
	case "pre", "listing":
		s.pre = true
	}
	if a := attr(n, "align"); a != "" && n.Data != "img" && n.Data != "table" {
		s.align = alignment(a, s.align)
	}
	switch attr(n, "class") {
	case "align-center":
		s.align = "center"
	case "align-right":
		s.align = "right"
	}
	if st := strings.ToLower(attr(n, "style")); st != "" {
		s = inlineStyle(st, s)
		if n.Data == "span" {
			s.marks = raised(st, s.marks)
		}
	}
	return s
}

var (
	styleAlign  = regexp.MustCompile(`text-align\s*:\s*([a-z]+)`)
	styleWeight = regexp.MustCompile(`font-weight\s*:\s*(bold|[6-9]00|normal|[1-5]00)`)
	styleSpace  = regexp.MustCompile(`white-space\s*:\s*(normal|nowrap|pre-wrap|pre-line|pre|break-spaces)`)
	styleHidden = regexp.MustCompile(`display\s*:\s*none|visibility\s*:\s*hidden`)
)

func inlineStyle(st string, s scope) scope {
	if m := styleSpace.FindStringSubmatch(st); m != nil {
		s.pre = m[1] != "normal" && m[1] != "nowrap"
	}
	if m := styleAlign.FindStringSubmatch(st); m != nil {
		s.align = alignment(m[1], s.align)
	}
	if m := styleWeight.FindStringSubmatch(st); m != nil {
		if m[1][0] == 'b' || m[1][0] >= '6' && m[1][0] <= '9' {
			s.marks |= bold
		} else {
			s.marks &^= bold
		}
	}
	return s
}

func alignment(v, inherited string) string {
	switch strings.ToLower(strings.TrimSpace(v)) {
	case "center", "middle":
		return "center"
	case "right", "end":
		return "right"
	case "left", "justify", "start":
		return ""
	}
	return inherited
}

// Hidden reports whether an element is not shown, by its own attributes.
func Hidden(n *html.Node) bool { return hidden(n) }

func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		switch a.Key {
		case "hidden":
			return true
		case "style":
			if styleHidden.MatchString(strings.ToLower(a.Val)) {
				return true
			}
		case "aria-hidden":
			if a.Val == "true" && n.Data != "img" && n.FirstChild == nil {
				return true
			}
		}
	}
	return false
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// text appends text; inside pre each line end becomes a line break.
func (b *builder) text(t string, s scope) {
	if !s.pre {
		b.add(run{kind: text, text: t, marks: s.marks, href: s.href}, s)
		return
	}
	s.para = true
	for i, line := range strings.Split(strings.ReplaceAll(t, "\r\n", "\n"), "\n") {
		if i > 0 {
			b.lineBreak(s)
		}
		if line != "" {
			b.add(run{kind: text, text: line, marks: s.marks, href: s.href}, s)
		}
	}
}

// add appends a run to the open paragraph, opening one when there is none.
func (b *builder) add(r run, s scope) {
	if len(b.runs) == 0 {
		if r.kind == text && blank(r.text) && !strings.ContainsAny(r.text, "\u00a0\u3000") {
			return
		}
		b.align, b.heading, b.para, b.tight = s.align, s.heading, s.para, s.tight
	}
	if len(b.refs.at) > 0 && (r.kind == picture || !blank(r.text)) {
		r.id, b.refs.at = strings.Join(b.refs.at, " "), nil
	}
	b.runs = append(b.runs, r)
}

func (b *builder) lineBreak(s scope) {
	if s.para || s.tight || s.heading > 0 {
		if len(b.runs) > 0 {
			b.runs = append(b.runs, run{kind: br})
		}
		return
	}
	b.flush()
}

func (b *builder) emit(x block) { *b.out = append(*b.out, x) }

// flush closes the open paragraph.
func (b *builder) flush() {
	runs := b.runs
	b.runs = nil
	if len(runs) == 0 {
		return
	}
	parts := [][]run{runs}
	if b.heading == 0 {
		parts = lines(runs)
	}
	for _, p := range parts {
		p = settleLinks(squeeze(p))
		if len(p) == 0 || !hasText(p) && !hasPicture(p) {
			continue
		}
		x := block{kind: para, runs: p, align: b.align}
		if b.heading > 0 {
			x = headingOf(x, b.heading, b.tight)
		}
		b.emit(x)
	}
}

// maxHeading is the longest heading in characters; a longer one becomes a bold paragraph.
const maxHeading = 100

func headingOf(x block, level int, tight bool) block {
	n := len([]rune(plain(x.runs)))
	switch {
	case !hasText(x.runs):
		return x
	case tight || n > maxHeading:
		for i := range x.runs {
			if x.runs[i].kind == text {
				x.runs[i].marks |= bold
			}
		}
		x.runs = squeeze(x.runs)
		return x
	}
	for i := range x.runs {
		x.runs[i].marks &^= bold
	}
	x.runs = squeeze(x.runs)
	x.kind, x.level = heading, level
	return x
}

// inside reads the children of n into a separate list of blocks.
func (b *builder) inside(n *html.Node, s scope) []block {
	var out []block
	inner := builder{base: b.base, out: &out, refs: b.refs}
	inner.children(n, s)
	inner.flush()
	return out
}

func (b *builder) list(n *html.Node, s scope) {
	b.flush()
	x := block{kind: list, ordered: n.Data == "ol" && !unnumbered.MatchString(attr(n, "style")), values: map[int]int{}}
	if x.ordered {
		x.numbers = numbersOf(n)
	}
	inner := scope{
		marks: s.marks,
		href:  s.href,
		tight: true,
		pre:   s.pre,
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == "li" && !hidden(c) {
			if blocks := b.inside(c, styled(c, inner)); len(blocks) > 0 {
				if v, ok := number(attr(c, "value")); ok && x.ordered {
					x.values[len(x.items)] = v
				}
				x.items = append(x.items, blocks)
			}
			continue
		}
		var loose []block
		lb := builder{base: b.base, out: &loose, refs: b.refs}
		lb.node(c, inner)
		lb.flush()
		switch {
		case len(loose) == 0:
		case len(x.items) > 0:
			x.items[len(x.items)-1] = append(x.items[len(x.items)-1], loose...)
		default:
			x.items = append(x.items, loose)
		}
	}
	if len(x.items) > 0 {
		b.emit(x)
	}
}
