package table

import (
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// maxEmptySheets is how many sheets are looked at before one with rows.
const maxEmptySheets = 16

// workbook reads the first sheet of an XLSX file that has rows.
func (t *table) workbook(f io.ReaderAt, size int64, send func(source.Input) bool) error {
	x, err := t.openWorkbook(f, size)
	if err != nil {
		return err
	}
	defer x.Close()
	seen := map[string]bool{}
	for _, sheet := range x.GetSheetList() {
		if name := strings.ToLower(sheet); seen[name] || len(seen) == maxEmptySheets {
			return fault.New(fault.Invalid, "工作表 %s 重名，或前面有 %d 个没有数据的工作表，请把数据放在第一个工作表里再导入：%s", sheet, maxEmptySheets,
				t.path)
		} else {
			seen[name] = true
		}
		n, err := t.sheet(x, sheet, send)
		if err != nil || n > 0 {
			return err
		}
	}
	return fault.New(fault.Invalid, "工作簿里没有数据：%s", t.path)
}

func (t *table) sheet(x *excelize.File, sheet string, send func(source.Input) bool) (n int, err error) {
	rows, err := x.Rows(sheet)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, err, "工作表 %s 不在文件里，或名称不对，请用表格软件打开后另存一份再导入：%s", sheet, t.path)
	}
	defer rows.Close()
	var names []string
	for line := 1; rows.Next(); line++ {
		rec, err := rows.Columns(workbookOptions)
		if err != nil {
			return n, fault.Wrap(fault.Invalid, err, "工作表 %s 的第 %d 行读不了：%s", sheet, line, t.path)
		}
		if len(rec) > maxColumns {
			return n, fault.New(fault.TooLarge, "工作表 %s 的第 %d 行有 %d 列，最多 %d 列，请删去多余的列再导入：%s", sheet, line, len(rec),
				maxColumns, t.path)
		}
		if names == nil {
			if slices.ContainsFunc(rec, func(s string) bool { return source.Trim(s) != "" }) {
				names = cleanHeader(rec)
			}
			continue
		}
		fields := rowFields(names, rec)
		if len(fields) == 0 {
			continue
		}
		n++
		if !send(source.Input{Name: t.place(line), Fields: fields}) {
			return n, errStopped
		}
	}
	if err := rows.Error(); err != nil {
		return n, fault.Wrap(fault.Invalid, err, "工作表 %s 读到一半出错：%s", sheet, t.path)
	}
	return n, nil
}

// columnName names a column without header.
func columnName(i int) string { return "列" + strconv.Itoa(i+1) }

// Day reads a day number of a spreadsheet (1900 system); false when s is none.
func Day(s string) (time.Time, bool) {
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
