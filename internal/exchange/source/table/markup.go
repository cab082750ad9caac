package table

import (
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/charset"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/htmlclean"
)

// maxMarkup is the greatest size of an XML Spreadsheet 2003 in bytes.
const maxMarkup = 64 << 20

// text reads a whole file of at most limit bytes as text.
func (t *table) text(r io.Reader, limit int64) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return "", err
	}
	if int64(len(raw)) > limit {
		return "", t.tooLarge(limit)
	}
	text, _, err := charset.Decode(raw, "")
	return text, err
}

// page reads the tables of an HTML page. Old systems write such pages with the extension .xls.
func (t *table) page(r io.Reader, send func(source.Input) bool) error {
	text, err := t.text(r, htmlclean.MaxPage)
	if err != nil {
		return err
	}
	root, err := htmlclean.Parse(text)
	if err != nil {
		return err
	}
	var tables []*html.Node
	var find func(*html.Node)
	find = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "table" {
			tables = append(tables, n)
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			find(c)
		}
	}
	find(root)
	if len(tables) == 0 {
		return fault.New(fault.Invalid, "名称像表格的网页，里面没有表格；如果是文章，请把扩展名改为 .html 再导入：%s", t.path)
	}
	for i, n := range tables {
		g := &grid{table: t, send: send}
		if len(tables) > 1 {
			g.sheet, g.strict = "表格"+strconv.Itoa(i+1), t.isKnown != nil
		}
		if err := t.markupRows(n, g); err != nil {
			return err
		}
	}
	return nil
}

// markupRows reads the rows of one HTML table.
func (t *table) markupRows(n *html.Node, g *grid) error {
	down := mergedCells{open: map[int]span{}}
	line := 0
	var walk func(n *html.Node) error
	walk = func(n *html.Node) error {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode {
				continue
			}
			if c.Data != "tr" {
				if err := walk(c); err != nil {
					return err
				}
				continue
			}
			line++
			cells, err := t.markupCells(c, line, &down)
			if err != nil {
				return err
			}
			if err := g.add(gridRow{line: line, cells: cells, hidden: htmlclean.Hidden(c)}); err != nil {
				return err
			}
		}
		return nil
	}
	if err := walk(n); err != nil {
		return err
	}
	return g.end()
}

// markupCells returns the cells of one row, including cells of higher rows that extend into it.
func (t *table) markupCells(tr *html.Node, line int, down *mergedCells) ([]string, error) {
	var cells []string
	free := func() {
		for {
			s, taken := down.open[len(cells)+1]
			if !taken || line > s.to {
				return
			}
			cells = append(cells, s.value)
		}
	}
	for c := tr.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || c.Data != "td" && c.Data != "th" {
			continue
		}
		free()
		v := cellText(c)
		wide, high := spanOf(c, "colspan", maxColumns), spanOf(c, "rowspan", maxRecords)
		if len(cells)+wide > maxColumns {
			return nil, fault.New(fault.TooLarge, "表格的第 %d 行超过 %d 列：%s", line, maxColumns, t.path)
		}
		for i := range wide {
			if high > 1 {
				down.open[len(cells)+1] = span{line + high - 1, v}
			} else {
				delete(down.open, len(cells)+1)
			}
			if i > 0 {
				v = ""
			}
			cells = append(cells, v)
		}
	}
	free()
	return cells, nil
}

func spanOf(n *html.Node, key string, most int) int {
	for _, a := range n.Attr {
		if a.Key == key {
			if v, err := strconv.Atoi(strings.TrimSpace(a.Val)); err == nil {
				return min(max(v, 1), most)
			}
		}
	}
	return 1
}

// cellText returns the visible text of a cell with its line breaks.
func cellText(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(strings.Join(strings.FieldsFunc(n.Data, func(r rune) bool {
				return r == '\r' || r == '\n' ||
					r == '\t'
			}), " "))
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
		switch n.Data {
		case "br", "p", "div", "li", "tr":
			b.WriteByte('\n')
		}
	}
	walk(n)
	return source.Trim(b.String())
}

// spreadsheet2003 reads XML Spreadsheet 2003, which old Office versions and many exports name .xls.
func (t *table) spreadsheet2003(r io.Reader, send func(source.Input) bool) error {
	text, err := t.text(r, maxMarkup)
	if err != nil {
		return err
	}
	in := &boundedXML{r: strings.NewReader(source.WithoutDeclaration(text))}
	dec := xml.NewDecoder(in)
	b := &bookReader{table: t, send: send}
	for _, sheet := range worksheetTag.Split(text, maxSheets+2)[1:] {
		b.hidden = append(b.hidden, hiddenSheet.MatchString(sheet))
	}
	if len(b.hidden) > maxSheets {
		return fault.New(fault.TooLarge, "工作簿的工作表超过 %d 张，请拆成几个文件再导入：%s", maxSheets, t.path)
	}
	for {
		in.next()
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			if b.content == 0 && b.reported == 0 {
				return fault.New(fault.Invalid, "工作簿里没有数据：%s", t.path)
			}
			return nil
		}
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "XML 工作簿读不下去，请用表格软件打开后另存为 XLSX 再导入：%s", t.path)
		}
		if err := b.take(token); err != nil {
			return err
		}
	}
}

var (
	worksheetTag = regexp.MustCompile(`<(?:[A-Za-z]+:)?Worksheet[\s>]`)
	hiddenSheet  = regexp.MustCompile(`<(?:[A-Za-z]+:)?Visible>\s*Sheet(?:Very)?Hidden`)
)

// bookReader reads the elements of an XML workbook.
type bookReader struct {
	*table
	send     func(source.Input) bool
	hidden   []bool // by sheet; known in advance, because the file says it after the rows
	sheet    int    // number of the open sheet, from 1
	grid     *grid  // grid of the open sheet, nil when the sheet is skipped
	down     mergedCells
	row      gridRow
	col      int // column of the open cell, from 1
	text     strings.Builder
	inData   bool
	content  int // number of rows below headers
	reported int // number of sheets reported as skipped or empty
	depth    int
}

func (b *bookReader) take(token xml.Token) error {
	switch e := token.(type) {
	case xml.CharData:
		if b.inData {
			b.text.Write(e)
		}
	case xml.Directive:
		return fault.New(fault.Invalid, "XML 工作簿里有不允许的文档类型声明：%s", b.path)
	case xml.StartElement:
		if b.depth++; b.depth > maxDepth {
			return fault.New(fault.TooLarge, "XML 工作簿的标签超过 %d 层：%s", maxDepth, b.path)
		}
		return b.start(e)
	case xml.EndElement:
		b.depth--
		return b.end(e.Name.Local)
	}
	return nil
}

func (b *bookReader) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "Worksheet":
		return b.open(attr(e, "Name"))
	case "Row":
		if b.grid == nil {
			return nil
		}
		if at, err := strconv.Atoi(attr(e, "Index")); err == nil && at > b.row.line && at <= maxRecords {
			b.row.line = at - 1
		}
		b.row = gridRow{line: b.row.line + 1, hidden: attr(e, "Hidden") == "1"}
		b.col = 0
	case "Cell":
		b.col++
		if at, err := strconv.Atoi(attr(e, "Index")); err == nil && at > b.col {
			b.col = at
		}
		if b.col > maxColumns {
			return fault.New(fault.TooLarge, "工作表的第 %d 行超过 %d 列：%s", b.row.line, maxColumns, b.path)
		}
		for len(b.row.cells) < b.col {
			b.row.cells = append(b.row.cells, "")
		}
		if n, err := strconv.Atoi(attr(e, "MergeDown")); err == nil && n > 0 {
			b.down.merges = append(b.down.merges, merge{b.col, b.row.line, b.row.line + min(n, maxRecords)})
			b.down.sorted = true
		}
		if n, err := strconv.Atoi(attr(e, "MergeAcross")); err == nil && n > 0 {
			b.col += min(n, maxColumns)
		}
	case "Data":
		b.inData = true
		b.text.Reset()
	}
	return nil
}

func (b *bookReader) open(name string) error {
	b.sheet++
	several := len(b.hidden) > 1
	g := &grid{table: b.table, send: b.send, sheet: name, strict: several && b.isKnown != nil}
	b.row, b.down = gridRow{}, mergedCells{open: map[int]span{}}
	if b.sheet <= len(b.hidden) && b.hidden[b.sheet-1] {
		b.reported++
		return g.skip(0, "隐藏的工作表，没有导入；如要导入，请取消隐藏")
	}
	if !several {
		g.sheet = ""
	}
	b.grid = g
	return nil
}

func (b *bookReader) end(name string) error {
	switch name {
	case "Data":
		b.inData = false
		if n := len(b.row.cells); n > 0 {
			b.row.cells[n-1] = strings.TrimSuffix(b.text.String(), "T00:00:00.000")
		}
	case "Row":
		if b.grid == nil {
			return nil
		}
		if filled(b.row.cells) == 0 {
			return nil
		}
		b.row.cells = b.down.fill(b.row.line, b.row.cells)
		return b.grid.add(b.row)
	case "Worksheet":
		if b.grid == nil {
			return nil
		}
		g := b.grid
		b.grid = nil // elements between two sheets are not rows
		if err := g.end(); err != nil {
			return err
		}
		b.content += g.rows
		if g.names == nil && len(b.hidden) > 1 {
			b.reported++
			return g.skip(0, "空的工作表")
		}
	}
	return nil
}
