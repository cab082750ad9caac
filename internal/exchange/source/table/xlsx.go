package table

import (
	"archive/zip"
	"encoding/xml"
	"errors"
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

// Limits of workbooks, in bytes. A sheet over maxSheetMemory is unpacked into a
// temporary file.
const (
	maxWorkbook    = 256 << 20
	maxXMLPiece    = 8 << 20 // between two tags
	maxSheetMemory = 16 << 20
)

// workbookOptions show dates as ISO writes them, whatever short format the cell has.
var workbookOptions = excelize.Options{UnzipSizeLimit: maxWorkbook, UnzipXMLSizeLimit: maxSheetMemory,
	ShortDatePattern: "yyyy-mm-dd", LongDatePattern: "yyyy-mm-dd", LongTimePattern: "hh:mm:ss", CultureInfo: excelize.CultureNameZhCN}

// workbook reads the first sheet of an XLSX file that has rows.
func (t *table) workbook(send func(source.Input) bool) error {
	if err := t.inspect(); err != nil {
		return err
	}
	x, err := excelize.OpenFile(t.path, workbookOptions)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "不是能读的 XLSX 文件（已损坏、有密码，或解压后超过 %d MiB）：%s", maxWorkbook>>20, t.path)
	}
	defer x.Close()
	for _, sheet := range x.GetSheetList() {
		n, err := t.sheet(x, sheet, send)
		if err != nil || n > 0 {
			return err
		}
	}
	return fault.New(fault.Invalid, "工作簿里没有数据：%s", t.path)
}

// inspect reads the sheets once ahead without keeping anything: the library takes a
// broken sheet for a short one, and makes room for cells before they can be counted.
func (t *table) inspect() error {
	z, err := zip.OpenReader(t.path)
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "不是能读的 XLSX 文件：%s", t.path)
	}
	defer z.Close()
	total := uint64(0)
	for _, part := range z.File { // a part that is larger than it says fails while it is read
		if total += part.UncompressedSize64; total > maxWorkbook {
			return fault.New(fault.TooLarge, "解压后超过 %d MiB：%s", maxWorkbook>>20, t.path)
		}
	}
	for _, part := range z.File {
		if !strings.HasPrefix(part.Name, "xl/worksheets/sheet") {
			continue
		}
		r, err := part.Open()
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "XLSX 文件已损坏：%s", t.path)
		}
		err = t.inspectSheet(r)
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// tagged fails when more than maxXMLPiece bytes are read without a call of next.
type tagged struct {
	r    io.Reader
	left int
}

// Read implements io.Reader.
func (p *tagged) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, errors.New("exchange: XML piece too long")
	}
	n, err := p.r.Read(b)
	p.left -= n
	return n, err
}

func (p *tagged) next() { p.left = maxXMLPiece }

func (t *table) inspectSheet(r io.Reader) error {
	in := &tagged{r: r}
	dec := xml.NewDecoder(in)
	row, cells := 0, 0
	for {
		in.next()
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "XLSX 文件的第 %d 行之后已损坏：%s", row, t.path)
		}
		start, ok := token.(xml.StartElement)
		switch {
		case ok && start.Name.Local == "row":
			row, cells = row+1, 0
		case ok && start.Name.Local == "c":
			if cells++; cells > excelize.MaxColumns {
				return fault.New(fault.TooLarge, "第 %d 行的单元格超过 %d 个：%s", row, excelize.MaxColumns, t.path)
			}
		}
	}
}

func (t *table) sheet(x *excelize.File, sheet string, send func(source.Input) bool) (n int, err error) {
	rows, err := x.Rows(sheet)
	if err != nil {
		return 0, fault.Wrap(fault.Invalid, err, "工作表 %s 读不了：%s", sheet, t.path)
	}
	defer rows.Close()
	var names []string
	for line := 1; rows.Next(); line++ {
		rec, err := rows.Columns(workbookOptions)
		if err != nil {
			return n, fault.Wrap(fault.Invalid, err, "工作表 %s 的第 %d 行读不了：%s", sheet, line, t.path)
		}
		if len(rec) > maxColumns {
			return n, fault.New(fault.TooLarge, "第 %d 行有 %d 列，最多 %d 列：%s", line, len(rec), maxColumns, t.path)
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
