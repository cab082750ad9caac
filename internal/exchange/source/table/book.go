package table

import (
	"encoding/xml"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// maxMerges is the maximum number of merged ranges of a sheet.
const maxMerges = 100_000

// merge is a merged range of cells that is several rows high.
type merge struct{ col, from, to int } // first column, first and last row, all from 1

// book is the data of a workbook outside its cells.
type book struct {
	ids    map[string]string  // sheet → relationship ID
	states map[string]string  // sheet → "hidden", "veryHidden"
	target map[string]string  // relationship ID → part
	merges map[string][]merge // part → merged ranges
}

func newBook() *book {
	return &book{ids: map[string]string{}, states: map[string]string{}, target: map[string]string{},
		merges: map[string][]merge{}}
}

// note stores the data of an element of a part.
func (b *book) note(part string, e xml.StartElement) {
	switch {
	case e.Name.Local == "sheet" && part == "xl/workbook.xml":
		name := attr(e, "name")
		b.states[name] = attr(e, "state")
		for _, a := range e.Attr {
			if a.Name.Local == "id" { // r:id, not sheetId
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

// part returns the part that contains a sheet. When it is unknown, it returns a unique placeholder.
func (b *book) part(sheet string) string {
	if at := b.target[b.ids[sheet]]; at != "" {
		return at
	}
	return "?" + sheet
}

func (b *book) hidden(sheet string) bool {
	return b.states[sheet] == "hidden" || b.states[sheet] == "veryHidden"
}

// merged stores a merged range that is several rows high.
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

// span is the value of a merged range that continues in the rows below.
type span struct {
	to    int // last row
	value string
}

// mergedCells copies the value of a merged range from its first row to the rows below.
type mergedCells struct {
	merges []merge
	sorted bool
	open   map[int]span // by column, from 1
}

func (f *mergedCells) fill(line int, cells []string) []string {
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
