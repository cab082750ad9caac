package table

import (
	"archive/zip"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"guiyi/internal/kernel/fault"
)

// Limits of workbooks, in bytes. The library unpacks sheets and shared strings larger than maxInMemory into a temporary
// file.
const (
	maxWorkbook  = 256 << 20 // unpacked size of all parts that are read
	maxPart      = 16 << 20  // unpacked size of a part other than sheets and shared strings
	maxInMemory  = 4 << 20   // unpacked size of a part that is kept in memory
	maxDirectory = 4 << 20   // size of the list of members of the archive
)

// workbookOptions make the library show dates in ISO format instead of the short format of the cell.
var workbookOptions = excelize.Options{
	UnzipSizeLimit:    maxWorkbook,
	UnzipXMLSizeLimit: maxInMemory,
	ShortDatePattern:  "yyyy-mm-dd",
	LongDatePattern:   "yyyy-mm-dd",
	LongTimePattern:   "hh:mm:ss",
	CultureInfo:       excelize.CultureNameZhCN,
}

// Names of parts as the library expects them.
const (
	contentTypes  = "[Content_Types].xml"
	sharedStrings = "xl/sharedStrings.xml"
	sheetPrefix   = "xl/worksheets/sheet"
)

// partFolders are the folders of the parts that rows are read from. Parts elsewhere, such as pictures, charts, comments
// and pivot caches, are not read.
var partFolders = []string{".", "_rels", "xl", "xl/_rels", "xl/theme", "xl/worksheets", "xl/chartsheets",
	"xl/dialogsheets", "xl/macrosheets"}

// openWorkbook gives the library only the needed parts, after inspect has checked each. The check is necessary: the
// library reads a damaged sheet as a short one and a missing string as an empty cell. It also allocates memory for
// sizes that it has not verified.
func (t *table) openWorkbook(f io.ReaderAt, size int64, book *book) (*excelize.File, error) {
	parts, err := t.parts(f, size)
	if err != nil {
		return nil, err
	}
	some := 0 // number of shared strings
	for _, p := range parts {
		if some, err = t.inspect(p, some, book); err != nil {
			return nil, err
		}
	}
	tmp, err := os.CreateTemp("", "guiyi-xlsx-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	z := zip.NewWriter(tmp)
	for _, p := range parts {
		if err := z.Copy(p.File); err != nil {
			return nil, t.broken(err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	x, err := excelize.OpenFile(tmp.Name(), workbookOptions)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "不是能读的 XLSX 文件，请用表格软件打开后另存为 XLSX 再导入：%s", t.path)
	}
	return x, nil
}

// part is one member of a workbook.
type part struct {
	*zip.File
	name string // as the library expects it
}

// large reports whether the part may have up to maxWorkbook bytes: it is a sheet or the shared strings.
func (p part) large() bool { return p.name == sharedStrings || p.sheet() }

func (p part) sheet() bool { return strings.HasPrefix(strings.ToLower(p.name), sheetPrefix) }

// directory is an archive whose list of members may have at most left bytes.
type directory struct {
	r    io.ReaderAt
	left int
}

var errDirectory = errors.New("exchange: too many members in an archive")

// ReadAt implements io.ReaderAt.
func (d *directory) ReadAt(b []byte, off int64) (int, error) {
	if d.left < 0 {
		return 0, errDirectory
	}
	n, err := d.r.ReadAt(b, off)
	d.left -= n
	return n, err
}

// parts returns the members that are read, the shared strings first.
func (t *table) parts(f io.ReaderAt, size int64) ([]part, error) {
	list := &directory{r: f, left: maxDirectory}
	z, err := zip.NewReader(list, size)
	switch {
	case list.left < 0:
		return nil, fault.New(fault.TooLarge, "压缩包里的文件太多，不像 XLSX：%s", t.path)
	case err != nil:
		return nil, fault.Wrap(fault.Invalid, err, "XLSX 文件不完整或已损坏，请重新上传或另存一份：%s", t.path)
	}
	list.left = 1<<63 - 1
	var parts []part
	seen, total := map[string]bool{}, uint64(0)
	for _, m := range z.File {
		p := part{m, partName(m.Name)}
		if !slices.Contains(partFolders, path.Dir(p.name)) ||
			!slices.Contains([]string{".xml", ".rels"}, path.Ext(p.name)) || p.name == "xl/calcChain.xml" {
			continue
		}
		if key := strings.ToLower(p.name); seen[key] {
			return nil, fault.New(fault.Invalid, "XLSX 文件已损坏，%s 有两份：%s", p.name, t.path)
		} else {
			seen[key] = true
		}
		if !p.large() && m.UncompressedSize64 > maxPart {
			return nil, fault.New(fault.TooLarge, "XLSX 里的 %s 解压后超过 %d MiB，请另存为 CSV 再导入：%s", p.name, maxPart>>20,
				t.path)
		}
		// reading a part that is larger than declared fails later
		if total += m.UncompressedSize64; total > maxWorkbook {
			return nil, fault.New(fault.TooLarge, "解压后超过 %d MiB，请拆成几个文件或另存为 CSV 再导入：%s", maxWorkbook>>20, t.path)
		}
		parts = append(parts, p)
	}
	if !seen["xl/workbook.xml"] && !slices.ContainsFunc(parts, part.sheet) {
		return nil, fault.New(fault.Unsupported, "是压缩包，不是 XLSX 工作簿；请解压后导入里面的文件：%s", t.path)
	}
	slices.SortStableFunc(parts, func(a, b part) int {
		switch {
		case a.name == sharedStrings:
			return -1
		case b.name == sharedStrings:
			return 1
		}
		return 0
	})
	return parts, nil
}

// partName returns the name that the library expects for a member.
func partName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	for _, known := range []string{contentTypes, sharedStrings} {
		if strings.EqualFold(name, known) {
			return known
		}
	}
	return name
}
