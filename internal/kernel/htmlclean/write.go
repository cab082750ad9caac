package htmlclean

import (
	"strconv"
	"strings"
)

var escapeText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
var escapeAttr = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")

// writer turns blocks into HTML, plain text and lists of addresses.
type writer struct {
	html, text strings.Builder
	names      map[string]string
	result     *Result
	seen       map[string]bool
}

func (w *writer) blocks(bs []block) {
	for i, x := range bs {
		if i > 0 {
			w.html.WriteByte('\n')
		}
		w.block(x)
	}
}

func (w *writer) block(x block) {
	switch x.kind {
	case para:
		w.wrapped("p", x.align, x.runs)
	case heading:
		w.wrapped("h"+strconv.Itoa(x.level), x.align, x.runs)
	case rule:
		w.html.WriteString("<hr>")
	case quote:
		w.html.WriteString("<blockquote>\n")
		w.blocks(x.blocks)
		w.html.WriteString("\n</blockquote>")
	case figure:
		w.html.WriteString("<figure>")
		w.runs(x.runs)
		w.html.WriteString("<figcaption>")
		w.line(x.caption)
		w.html.WriteString("</figcaption></figure>")
	case media:
		w.media(x)
	case list:
		w.list(x)
	case table:
		w.table(x)
	}
}

func (w *writer) wrapped(tag, align string, runs []run) {
	w.html.WriteString("<" + tag)
	w.class(align)
	w.html.WriteByte('>')
	w.line(runs)
	w.html.WriteString("</" + tag + ">")
}

func (w *writer) class(align string) {
	if align != "" {
		w.html.WriteString(` class="align-` + align + `"`)
	}
}

// line writes runs and ends the line of the plain text.
func (w *writer) line(runs []run) {
	w.runs(runs)
	w.endLine()
}

func (w *writer) endLine() {
	if s := w.text.String(); s != "" && !strings.HasSuffix(s, "\n") {
		w.text.WriteByte('\n')
	}
}

func (w *writer) media(x block) {
	tag := "audio"
	if x.video {
		tag = "video"
	}
	w.html.WriteString("<" + tag + ` controls src="` + escapeAttr.Replace(x.src) + `"`)
	if x.poster != "" {
		w.html.WriteString(` poster="` + escapeAttr.Replace(x.poster) + `"`)
		w.add(&w.result.Images, x.poster, "")
	}
	w.html.WriteString("></" + tag + ">")
	w.add(&w.result.Media, x.src, x.name)
}

func (w *writer) list(x block) {
	tag := "ul"
	if x.ordered {
		tag = "ol"
	}
	w.html.WriteString("<" + tag + x.numbers.attributes() + ">\n")
	for i, item := range x.items {
		w.html.WriteString("<li")
		if v, ok := x.values[i]; ok {
			w.html.WriteString(` value="` + strconv.Itoa(v) + `"`)
		}
		w.html.WriteString(">")
		w.flow(item)
		w.html.WriteString("</li>\n")
	}
	w.html.WriteString("</" + tag + ">")
}

// flow writes the content of an item or cell: a single plain paragraph, alone or before lists, needs no p.
func (w *writer) flow(bs []block) {
	if len(bs) == 0 {
		return
	}
	bare := bs[0].kind == para && bs[0].align == ""
	for _, x := range bs[1:] {
		bare = bare && x.kind == list
	}
	if !bare {
		w.blocks(bs)
		return
	}
	w.line(bs[0].runs)
	for _, x := range bs[1:] {
		w.html.WriteByte('\n')
		w.block(x)
	}
}

func (w *writer) table(x block) {
	w.html.WriteString("<table>\n")
	if len(x.caption) > 0 {
		w.html.WriteString("<caption>")
		w.line(x.caption)
		w.html.WriteString("</caption>\n")
	}
	if x.head > 0 {
		w.rows("thead", x.rows[:x.head], true)
	}
	w.rows("tbody", x.rows[x.head:], false)
	w.html.WriteString("</table>")
}

func (w *writer) rows(tag string, rows [][]cell, head bool) {
	w.html.WriteString("<" + tag + ">\n")
	for _, row := range rows {
		w.html.WriteString("<tr>")
		for _, c := range row {
			w.cell(c, head)
		}
		w.html.WriteString("</tr>\n")
	}
	w.html.WriteString("</" + tag + ">\n")
}

func (w *writer) cell(c cell, head bool) {
	tag := "td"
	if c.th {
		tag = "th"
	}
	w.html.WriteString("<" + tag)
	blocks := c.blocks
	if len(blocks) == 1 && blocks[0].kind == para && blocks[0].align != "" {
		w.class(blocks[0].align)
		only := blocks[0]
		only.align = ""
		blocks = []block{only}
	}
	if c.th && head {
		w.html.WriteString(` scope="col"`)
	} else if c.th {
		w.html.WriteString(` scope="row"`)
	}
	if c.col > 1 {
		w.html.WriteString(` colspan="` + strconv.Itoa(c.col) + `"`)
	}
	if c.row > 1 {
		w.html.WriteString(` rowspan="` + strconv.Itoa(c.row) + `"`)
	}
	w.html.WriteByte('>')
	w.flow(blocks)
	w.html.WriteString("</" + tag + ">")
}

// Tags around a run, outermost first.
var markTags = []struct {
	bit mark
	tag string
}{{bold, "strong"}, {italic, "em"}, {underline, "u"}, {struck, "s"}, {sub, "sub"}, {sup, "sup"}}

func (w *writer) runs(runs []run) {
	var open []string // tags, outermost first; a link stands as "a href"
	w.linkRefs(runs)
	for _, r := range runs {
		var want []string
		if r.kind == br {
			want = nil
		} else {
			want = tagsOf(r)
		}
		keep := 0
		for keep < len(open) && keep < len(want) && open[keep] == want[keep] {
			keep++
		}
		w.close(open[keep:])
		for _, t := range want[keep:] {
			w.open(t)
		}
		open = want
		for _, id := range strings.Fields(r.id) {
			w.html.WriteString(`<span id="` + escapeAttr.Replace(id) + `"></span>`)
		}
		switch r.kind {
		case br:
			w.html.WriteString("<br>")
			w.endLine()
		case picture:
			w.html.WriteString(`<img src="` + escapeAttr.Replace(r.src) + `" alt="` + escapeAttr.Replace(r.text) + `">`)
			w.add(&w.result.Images, r.src, r.text)
		default:
			w.html.WriteString(escapeText.Replace(r.text))
			w.text.WriteString(r.text)
		}
	}
	w.close(open)
}

func tagsOf(r run) []string {
	var out []string
	if r.href != "" {
		out = append(out, "a "+r.href)
	}
	for _, m := range markTags {
		if r.marks&m.bit != 0 {
			out = append(out, m.tag)
		}
	}
	return out
}

func (w *writer) open(t string) {
	if href, ok := strings.CutPrefix(t, "a "); ok {
		w.html.WriteString(`<a href="` + escapeAttr.Replace(href) + `">`)
		return
	}
	w.html.WriteString("<" + t + ">")
}

func (w *writer) close(tags []string) {
	for i := len(tags) - 1; i >= 0; i-- {
		t, _, _ := strings.Cut(tags[i], " ")
		w.html.WriteString("</" + t + ">")
	}
}

// linkRefs reports the links of a line with their whole text.
func (w *writer) linkRefs(runs []run) {
	for i := 0; i < len(runs); {
		j := i
		var b strings.Builder
		for j < len(runs) && runs[j].href == runs[i].href {
			b.WriteString(runs[j].text)
			j++
		}
		if href := runs[i].href; href != "" && !strings.HasPrefix(href, "#") {
			name := fold(b.String())
			title := w.names[href]
			if IsFile(href, name) || IsFile(href, title) {
				if ending(name) == "" && fileTypes[ending(title)] {
					name = title
				}
				w.add(&w.result.Files, href, name)
			} else {
				w.add(&w.result.Links, href, name)
			}
		}
		i = j
	}
}

func (w *writer) add(list *[]Ref, address, name string) {
	if !w.seen[address] {
		w.seen[address] = true
		*list = append(*list, Ref{URL: address, Name: name})
	}
}
