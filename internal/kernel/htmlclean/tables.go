package htmlclean

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

const (
	maxSpan  = 60
	maxCells = 100_000
)

// table reads a table: a layout table is replaced by its content, a data table is kept and gets headers.
func (b *builder) table(n *html.Node, s scope) {
	b.flush()
	shape := measure(n)
	if shape.layout() {
		b.children(n, scope{marks: s.marks, href: s.href, align: s.align, tight: s.tight})
		b.flush()
		return
	}
	x := block{kind: table}
	if shape.caption != nil {
		x.caption = b.line(shape.caption)
	}
	for _, tr := range shape.rows {
		var row []cell
		for _, td := range cellsOf(tr) {
			c := cell{th: td.Data == "th", col: span(td, "colspan"), row: span(td, "rowspan")}
			c.blocks = b.inside(td, styled(td, scope{marks: s.marks, align: styled(tr, scope{}).align, tight: true}))
			row = append(row, c)
		}
		if len(row) > 0 {
			x.rows = append(x.rows, row)
		}
	}
	x.rows = dropEmptyRows(x.rows)
	clampSpans(x.rows)
	if len(x.rows) == 0 {
		return
	}
	captionFromFirstRow(&x)
	findHeaders(&x)
	tidyHeaders(x.rows)
	b.emit(x)
}

// shape is what a table looks like before its cells are read.
type shape struct {
	node     *html.Node
	rows     []*html.Node
	caption  *html.Node
	cols     int
	filled   int // cells with text or picture
	longest  int // characters in the fullest cell
	nested   bool
	headed   bool // has th
	breaking bool // a cell holds a heading
}

func measure(n *html.Node) shape {
	s := shape{node: n}
	s.walk(n, 0)
	for _, tr := range s.rows {
		width := 0
		for _, td := range cellsOf(tr) {
			width += span(td, "colspan")
			s.headed = s.headed || td.Data == "th"
			t := textOf(td)
			if l := utf8.RuneCountInString(t); l > 0 || find(td, "img") != nil {
				s.filled++
				s.longest = max(s.longest, l)
			}
			s.nested = s.nested || find(td, "table") != nil
			s.breaking = s.breaking || find(td, "h1") != nil || find(td, "h2") != nil
		}
		s.cols = max(s.cols, width)
	}
	return s
}

// walk collects the rows and the caption that belong to this table and not to one inside it.
func (s *shape) walk(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode {
			continue
		}
		switch c.Data {
		case "tr":
			s.rows = append(s.rows, c)
		case "caption":
			s.caption = c
		case "tbody", "thead", "tfoot", "form":
			if depth < 3 {
				s.walk(c, depth+1)
			}
		}
	}
}

func (s shape) layout() bool {
	switch {
	case attr(s.node, "role") == "presentation", s.filled <= 1, s.cols < 2, s.nested, s.breaking && !s.headed:
		return true
	case len(s.rows) < 2:
		return !s.headed
	}
	return s.filled <= 4 && s.longest > 600 && !s.headed
}

func cellsOf(tr *html.Node) []*html.Node {
	var out []*html.Node
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && (c.Data == "td" || c.Data == "th") && !hidden(c) {
			out = append(out, c)
		}
	}
	return out
}

func span(n *html.Node, key string) int {
	v, err := strconv.Atoi(strings.TrimSpace(attr(n, key)))
	if err != nil || v < 1 {
		return 1
	}
	return min(v, maxSpan)
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
	return strings.TrimFunc(b.String(), func(r rune) bool { return space(r) || invisible(r) })
}

func find(n *html.Node, name string) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && c.Data == name {
			return c
		}
		if f := find(c, name); f != nil {
			return f
		}
	}
	return nil
}

// dropEmptyRows removes rows without any text that no cell from above reaches into.
func dropEmptyRows(rows [][]cell) [][]cell {
	var out [][]cell
	reach, total := 0, 0
	for _, row := range rows {
		empty, tall := true, 1
		for _, c := range row {
			empty = empty && len(c.blocks) == 0
			tall = max(tall, c.row)
		}
		total += len(row)
		if empty && reach <= 0 && tall == 1 || total > maxCells {
			continue
		}
		out = append(out, row)
		reach = max(reach-1, tall-1)
	}
	return out
}

// clampSpans cuts row spans that reach below the last row.
func clampSpans(rows [][]cell) {
	for i, row := range rows {
		for j := range row {
			row[j].row = min(row[j].row, len(rows)-i)
		}
	}
}

func cellText(c cell) string {
	var parts []string
	for _, x := range c.blocks {
		parts = append(parts, strings.TrimSpace(plain(x.runs)))
		if x.kind != para {
			parts = append(parts, "\x00") // anything but a plain line
		}
	}
	return strings.Join(parts, " ")
}

// captionFromFirstRow makes a merged first row the caption.
func captionFromFirstRow(x *block) {
	if len(x.caption) > 0 || len(x.rows) < 3 || len(x.rows[0]) != 1 {
		return
	}
	c := x.rows[0][0]
	if c.col < 2 || c.row > 1 || len(c.blocks) != 1 || c.blocks[0].kind != para || hasPicture(c.blocks[0].runs) {
		return
	}
	if t := cellText(c); utf8.RuneCountInString(t) > 60 || strings.HasSuffix(t, "。") {
		return
	}
	x.caption = c.blocks[0].runs
	for i := range x.caption {
		x.caption[i].marks &^= bold
	}
	x.caption = squeeze(x.caption)
	x.rows = x.rows[1:]
}

// findHeaders keeps headers that the source marks; otherwise the first rows or the first column become headers when
// they look like it.
func findHeaders(x *block) {
	marked := false
	for _, row := range x.rows {
		for _, c := range row {
			marked = marked || c.th
		}
	}
	if !marked {
		guessHeaders(x)
	}
	reach := 0
	for i, row := range x.rows {
		all, tall := true, 1
		for _, c := range row {
			all = all && c.th
			tall = max(tall, c.row)
		}
		if !all && reach <= 0 || i == len(x.rows)-1 {
			break
		}
		reach = max(reach-1, tall-1)
		x.head = i + 1
	}
	if reach > 0 { // a header cell that reaches into the body: no header group
		x.head = 0
	}
}

// tidyHeaders turns each header cell into one line without bold. Headers are bold anyway, and most of their line
// breaks only make the column narrow.
func tidyHeaders(rows [][]cell) {
	for _, row := range rows {
		for i, c := range row {
			if !c.th || len(c.blocks) == 0 || strings.Contains(cellText(c), "\x00") {
				continue
			}
			var runs []run
			for _, x := range c.blocks {
				for _, r := range x.runs {
					if r.kind == br {
						r = run{text: "\n"}
					}
					r.marks &^= bold
					runs = append(runs, r)
				}
				runs = append(runs, run{text: "\n"})
			}
			row[i].blocks = []block{{kind: para, align: c.blocks[0].align, runs: squeeze(runs)}}
		}
	}
}

func guessHeaders(x *block) {
	first := x.rows[0]
	tall := 1
	for _, c := range first {
		tall = max(tall, c.row)
	}
	if len(x.rows) > tall && tall <= 3 && len(first) > 1 {
		ok := true
		for _, row := range x.rows[:tall] {
			ok = ok && headerRow(row)
		}
		if ok && !keyValue(x.rows) {
			for _, row := range x.rows[:tall] {
				for i := range row {
					row[i].th = true
				}
			}
			return
		}
	}
	if keyValue(x.rows) {
		for _, row := range x.rows {
			if len(row) > 1 {
				row[0].th = true
			}
		}
	}
}

func headerRow(row []cell) bool {
	for _, c := range row {
		if !label(cellText(c), 24) {
			return false
		}
	}
	return len(row) > 0
}

// label reports whether a text is a short name, and neither a number alone nor a sentence.
func label(s string, most int) bool {
	if s == "" || utf8.RuneCountInString(s) > most || strings.ContainsAny(s, "。；\x00") {
		return false
	}
	return strings.ContainsFunc(s, func(r rune) bool { return r > 0x7F && wideRune(r) || r >= 'A' && r <= 'z' })
}

// keyValue reports whether a table has two columns, with a short name before a longer value in most rows.
func keyValue(rows [][]cell) bool {
	longer := 0
	for _, row := range rows {
		if len(row) != 2 || !label(cellText(row[0]), 20) {
			return false
		}
		if utf8.RuneCountInString(cellText(row[1])) > 24 {
			longer++
		}
	}
	return len(rows) > 1 && longer > 0 && utf8.RuneCountInString(cellText(rows[0][1])) > 8
}
