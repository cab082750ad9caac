package table

import (
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// maxSheets is the maximum number of sheets of a workbook.
const maxSheets = 200

// workbook reads all sheets of an XLSX file. Hidden and empty sheets become leftovers.
func (t *table) workbook(f io.ReaderAt, size int64, send func(source.Input) bool) error {
	book := newBook()
	x, err := t.openWorkbook(f, size, book)
	if err != nil {
		return err
	}
	defer x.Close()
	sheets := x.GetSheetList()
	if len(sheets) > maxSheets {
		return fault.New(fault.TooLarge, "工作簿有 %d 张工作表，最多 %d 张，请拆成几个文件再导入：%s", len(sheets), maxSheets, t.path)
	}
	seen, empty := map[string]bool{}, 0
	for _, sheet := range sheets {
		part := book.part(sheet)
		for _, key := range []string{"name " + strings.ToLower(sheet), "part " + part} {
			if seen[key] {
				return fault.New(fault.Invalid, "工作表 %s 在文件里有两份，文件已损坏，请用表格软件打开后另存一份再导入：%s", sheet, t.path)
			}
			seen[key] = true
		}
		g := &grid{table: t, send: send, sheet: sheet, strict: len(sheets) > 1 && t.isKnown != nil}
		if len(sheets) == 1 {
			g.sheet = ""
		}
		why := ""
		if book.hidden(sheet) {
			why = "隐藏的工作表，没有导入；如要导入，请取消隐藏"
		} else if err := t.sheet(x, sheet, book.merges[part], g); err != nil {
			return err
		} else if g.names == nil {
			why = "空的工作表"
			empty++
		}
		if why != "" && empty < len(sheets) {
			if err := g.skip(0, why); err != nil {
				return err
			}
		}
	}
	if empty == len(sheets) {
		return fault.New(fault.Invalid, "工作簿里没有数据：%s", t.path)
	}
	return nil
}

func (t *table) sheet(x *excelize.File, sheet string, merges []merge, g *grid) error {
	rows, err := x.Rows(sheet)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "工作表 %s 不在文件里，或名称不对，请用表格软件打开后另存一份再导入：%s", sheet, t.path)
	}
	defer rows.Close()
	down := mergedCells{merges: merges, open: map[int]span{}}
	for line := 1; rows.Next(); line++ {
		hidden := rows.GetRowOpts().Hidden
		rec, err := rows.Columns(workbookOptions)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "工作表 %s 的第 %d 行读不了：%s", sheet, line, t.path)
		}
		if len(rec) > maxColumns {
			return fault.New(fault.TooLarge, "工作表 %s 的第 %d 行有 %d 列，最多 %d 列，请删去多余的列再导入：%s", sheet, line, len(rec),
				maxColumns,
				t.path)
		}
		if filled(rec) == 0 { // an empty row is no record, even when a merged range extends into it
			continue
		}
		if err := g.add(gridRow{line: line, cells: down.fill(line, rec), hidden: hidden}); err != nil {
			return err
		}
	}
	if err := rows.Error(); err != nil {
		return fault.Wrap(fault.Invalid, err, "工作表 %s 读到一半出错：%s", sheet, t.path)
	}
	return g.end()
}

// columnName returns the name of a column without a header.
func columnName(i int) string { return "列" + strconv.Itoa(i+1) }

// Day reads a day number of the 1900 date system. ok is false when s is not such a number between 1954 and 2119.
func Day(s string) (day time.Time, ok bool) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 20000 || v > 80000 { // 1954 to 2119
		return time.Time{}, false
	}
	t, err := excelize.ExcelDateToTime(v, false)
	if err != nil {
		return time.Time{}, false
	}
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, notation.Zone()), true
}
