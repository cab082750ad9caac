package table

import (
	"encoding/xml"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxMerges bounds the merged ranges of a sheet.
const maxMerges = 100_000

// merge is a range of cells shown as one, several rows high.
type merge struct{ col, from, to int } // first column, rows, all from 1

// book is what a workbook says outside of its cells.
type book struct {
	ids    map[string]string  // sheet → relationship
	states map[string]string  // sheet → "hidden", "veryHidden"
	target map[string]string  // relationship → part
	merges map[string][]merge // part → merged ranges, by their first row
}

func newBook() *book {
	return &book{ids: map[string]string{}, states: map[string]string{}, target: map[string]string{},
		merges: map[string][]merge{}}
}

// note takes what an element of a part says.
func (b *book) note(part string, e xml.StartElement) {
	switch {
	case e.Name.Local == "sheet" && part == "xl/workbook.xml":
		name := attr(e, "name")
		b.states[name] = attr(e, "state")
		for _, a := range e.Attr {
			if a.Name.Local == "id" { // r:id; sheetId is another
				b.ids[name] = a.Value
			}
		}
	case e.Name.Local == "Relationship" && part == "xl/_rels/workbook.xml.rels":
		to := strings.ReplaceAll(attr(e, "Target"), `\`, "/")
		if !strings.HasPrefix(to, "/") {
			to = "/xl/" + to
		}
		b.target[attr(e, "Id")] = strings.ToLower(strings.TrimPrefix(path.Clean(to), "/"))
	}
}

// part returns the part that contains a sheet, or its name when that is unknown.
func (b *book) part(sheet string) string {
	if at := b.target[b.ids[sheet]]; at != "" {
		return at
	}
	return "?" + sheet
}

func (b *book) hidden(sheet string) bool {
	return b.states[sheet] == "hidden" || b.states[sheet] == "veryHidden"
}

// merged notes a merged range that is several rows high.
func (s *inspector) merged(ref string) error {
	from, to, ok := strings.Cut(ref, ":")
	col, row, err := excelize.CellNameToCoordinates(from)
	if !ok || err != nil {
		return nil
	}
	_, last, err := excelize.CellNameToCoordinates(to)
	if err != nil || last <= row {
		return nil
	}
	key := strings.ToLower(s.name)
	if len(s.book.merges[key]) >= maxMerges {
		return s.tooMany("合并的单元格", maxMerges)
	}
	s.book.merges[key] = append(s.book.merges[key], merge{col, row, last})
	return nil
}

// span is a merged range that reaches into the rows that are read.
type span struct {
	to    int
	value string
}

// filler gives every row of a merged range the value that is written in its first.
type filler struct {
	merges []merge
	sorted bool
	open   map[int]span // by column
}

func (f *filler) fill(line int, cells []string) []string {
	if len(f.merges) == 0 && len(f.open) == 0 {
		return cells
	}
	if !f.sorted {
		slices.SortFunc(f.merges, func(a, b merge) int { return a.from - b.from })
		f.sorted = true
	}
	for col, s := range f.open {
		if line > s.to {
			delete(f.open, col)
			continue
		}
		for len(cells) < col {
			cells = append(cells, "")
		}
		if cells[col-1] == "" {
			cells[col-1] = s.value
		}
	}
	for len(f.merges) > 0 && f.merges[0].from <= line {
		m := f.merges[0]
		f.merges = f.merges[1:]
		if m.from == line && m.col <= len(cells) && m.col <= maxColumns {
			f.open[m.col] = span{m.to, cells[m.col-1]}
		}
	}
	return cells
}
