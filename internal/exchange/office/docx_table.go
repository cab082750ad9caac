package office

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"guiyi/internal/kernel/fault"
)

// Limits of a table.
const (
	maxColumns = 200
	maxCells   = 100_000
)

// tableCell is a cell with its spans.
type tableCell struct {
	html       string
	cols, rows int
	merged     string
}

// tableRow is a row of a table.
type tableRow struct {
	cells  []*tableCell
	header bool
}

// grid is a table while it is read.
type grid struct {
	c     *converter
	m     *markup
	rows  []tableRow
	above map[int]*tableCell // the cell that a continued one extends, by column
	cells int
}

// table reads a table and writes it.
func (c *converter) table(m *markup) error {
	c.closeLists()
	c.tables++
	g := &grid{c: c, m: m, above: map[int]*tableCell{}}
	if err := m.children(g.row); err != nil {
		return err
	}
	if len(g.rows) == 0 {
		return nil
	}
	head := g.headerRows()
	c.title.done = c.title.done || c.nested == 0
	c.out.WriteString("<table>")
	for i, r := range g.rows {
		if i == 0 && head > 0 {
			c.out.WriteString("<thead>")
		}
		if i == head {
			c.out.WriteString("<tbody>")
		}
		c.out.WriteString("<tr>")
		for _, cell := range r.cells {
			cell.write(c.out, i < head)
		}
		c.out.WriteString("</tr>\n")
		if i == head-1 {
			c.out.WriteString("</thead>")
		}
	}
	c.out.WriteString("</table>\n")
	return nil
}

func (t *tableCell) write(out *strings.Builder, head bool) {
	tag := "td"
	if head {
		tag = "th"
	}
	out.WriteString("<" + tag)
	if t.cols > 1 {
		out.WriteString(` colspan="` + strconv.Itoa(t.cols) + `"`)
	}
	if t.rows > 1 {
		out.WriteString(` rowspan="` + strconv.Itoa(t.rows) + `"`)
	}
	out.WriteString(">" + t.html + "</" + tag + ">")
}

// headerRows returns the number of header rows that the table marks. Cleaning looks for others.
func (g *grid) headerRows() int {
	n := 0
	for n < len(g.rows) && g.rows[n].header {
		n++
	}
	if n == len(g.rows) {
		return 0 // a table of nothing but header rows
	}
	return n
}

// row reads a child of a table.
func (g *grid) row(s xml.StartElement) error {
	switch s.Name.Local {
	case "sdt", "sdtContent", "customXml", "ins", "moveTo":
		return g.m.children(g.row)
	case "tr":
	default:
		return nil
	}
	var r tableRow
	col, deleted := 0, false
	err := g.m.children(func(s xml.StartElement) error {
		if s.Name.Local != "trPr" {
			return g.cell(s, &r, &col)
		}
		return g.m.children(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "tblHeader":
				r.header = on(e)
			case "del":
				deleted = true
			case "gridBefore":
				if n := span(attr(e, "val")); n > 0 && col == 0 {
					r.cells, col = append(r.cells, &tableCell{cols: n, rows: 1}), n
				}
			}
			return nil
		})
	})
	if deleted {
		g.c.report.Add(Deleted, fmt.Sprintf("第 %d 个表格第 %d 行", g.c.tables, len(g.rows)+1))
		return err
	}
	if len(r.cells) > 0 {
		g.rows = append(g.rows, r)
	}
	return err
}

// span reads the number of columns of a cell, within the limit.
func span(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0
	}
	return min(max(n, 0), maxColumns)
}

// cell reads a child of a row.
func (g *grid) cell(s xml.StartElement, r *tableRow, col *int) error {
	switch s.Name.Local {
	case "sdt", "sdtContent", "customXml":
		return g.m.children(func(s xml.StartElement) error { return g.cell(s, r, col) })
	case "tc":
	default:
		return nil
	}
	if g.cells++; g.cells > maxCells || *col > maxColumns {
		return fault.New(fault.TooLarge, "表格太大，请作为附件上传")
	}
	t := &tableCell{cols: 1, rows: 1}
	before := g.c.paras
	html, err := g.c.capture(func() error {
		return g.m.children(func(s xml.StartElement) error {
			if s.Name.Local == "tcPr" {
				return g.cellProperties(t)
			}
			return g.c.block(g.m, s)
		})
	})
	if err != nil {
		return err
	}
	if g.c.paras == before+1 && strings.HasPrefix(html, "<p>") { // one paragraph: no need for its tag
		html = strings.TrimSuffix(strings.TrimPrefix(html, "<p>"), "</p>\n")
	}
	t.html = html
	if up := g.above[*col]; t.merged == "continue" && up != nil && up.cols == t.cols && up.rows < maxCells {
		up.rows++
		if html != "" {
			up.html += "<p>" + html + "</p>"
		}
		*col += t.cols
		return nil
	}
	if delete(g.above, *col); t.merged != "" {
		g.above[*col] = t
	}
	r.cells = append(r.cells, t)
	*col += t.cols
	return nil
}

func (g *grid) cellProperties(t *tableCell) error {
	return g.m.children(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "gridSpan":
			t.cols = max(span(attr(e, "val")), 1)
		case "vMerge":
			if t.merged = "continue"; attr(e, "val") == "restart" {
				t.merged = "restart"
			}
		}
		return nil
	})
}
