package exchange

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"guiyi/internal/exchange/charset"
	"guiyi/internal/kernel/fault"
)

// Limits of tables.
const (
	maxTableBytes   = 512 << 20
	maxUnzipped     = 1 << 30
	maxUnzippedPart = 512 << 20
	maxColumns      = 1000
)

// table is a file of records: JSON lines, CSV, TSV or XLSX.
type table struct {
	path   string
	format format
	gzip   bool
	keep   func(ctx context.Context, path string) (hash string, err error) // puts the file into the blob store
}

func (t *table) Label() string { return labelOf(t.path) }

func (t *table) Inputs(ctx context.Context) iter.Seq2[Input, error] {
	return func(yield func(Input, error) bool) {
		f, err := os.Open(t.path)
		if err != nil {
			yield(Input{}, fault.Wrap(fault.NotFound, err, "打不开 %s", t.path))
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			yield(Input{}, err)
			return
		}
		hash, err := t.keep(ctx, t.path)
		if err != nil {
			yield(Input{}, err)
			return
		}
		base := Input{RawHash: hash, Modified: info.ModTime()}
		send := func(in Input) bool {
			in.RawHash, in.Modified = base.RawHash, base.Modified
			return yield(in, ctx.Err()) && ctx.Err() == nil
		}
		if err := t.read(f, send); err != nil && !errors.Is(err, errStopped) {
			yield(Input{}, err)
		}
	}
}

var errStopped = errors.New("exchange: consumer stopped")

func (t *table) read(f *os.File, send func(Input) bool) error {
	var r io.Reader = f
	if t.gzip {
		z, err := gzip.NewReader(f)
		if err != nil {
			return fault.Wrap(fault.Invalid, err, "压缩文件已损坏：%s", t.path)
		}
		defer z.Close()
		r = &bounded{r: z, left: maxUnzipped, name: t.path}
	}
	switch t.format {
	case formatLines:
		return t.lines(r, send)
	case formatXLSX:
		return t.workbook(send)
	default:
		return t.separated(r, send)
	}
}

// bounded fails with TooLarge instead of reading on for ever.
type bounded struct {
	r    io.Reader
	left int64
	name string
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, fault.New(fault.TooLarge, "解压后超过 %d MiB，已停止：%s", maxUnzipped>>20, b.name)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

func (t *table) place(n int) string { return filepath.Base(t.path) + ":" + strconv.Itoa(n) }

// lines reads JSON lines. A line that is no object, or longer than 32 MiB, is one bad
// input; the rest goes on.
func (t *table) lines(r io.Reader, send func(Input) bool) error {
	br := bufio.NewReaderSize(r, 1<<20)
	for n := 1; ; n++ {
		line, long, err := readLine(br, maxLineBytes)
		if len(bytes.TrimSpace(line)) > 0 || long {
			in := Input{Name: t.place(n)}
			if long {
				in.ID, in.Problem = t.place(n), fault.New(fault.TooLarge, "第 %d 行超过 %d MiB", n, maxLineBytes>>20)
			} else if in.Fields, in.Problem = jsonFields(line); in.Problem != nil {
				in.ID = t.place(n)
			}
			if !send(in) {
				return errStopped
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// readLine reads a line of at most limit bytes; of a longer one it throws the rest away.
func readLine(br *bufio.Reader, limit int) (line []byte, long bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		if !long {
			line = append(line, part...)
		}
		if len(line) > limit {
			line, long = nil, true
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}

func jsonFields(line []byte) (map[string]string, error) {
	var raw map[string]any
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if err := dec.Decode(&raw); err != nil {
		return nil, &refusal{ReasonMalformed, fault.Wrap(fault.Invalid, err, "不是正确的 JSON 对象")}
	}
	fields := make(map[string]string, len(raw))
	for k, v := range raw {
		switch v := v.(type) {
		case nil:
		case string:
			fields[k] = v
		case []any:
			parts := make([]string, 0, len(v))
			for _, e := range v {
				parts = append(parts, fmt.Sprint(e))
			}
			fields[k] = strings.Join(parts, "\n")
		default:
			fields[k] = fmt.Sprint(v)
		}
	}
	return fields, nil
}

// separated reads CSV or TSV in any encoding. The separator is the one that the first
// line has most of.
func (t *table) separated(r io.Reader, send func(Input) bool) error {
	raw, err := io.ReadAll(io.LimitReader(r, maxTableBytes+1))
	if err != nil {
		return err
	}
	if len(raw) > maxTableBytes {
		return fault.New(fault.TooLarge, "表格超过 %d MiB：%s", maxTableBytes>>20, t.path)
	}
	text, _, err := charset.Decode(raw, "")
	if err != nil {
		return err
	}
	if quotes := strings.Count(text, `"`); quotes%2 != 0 {
		return t.unbalanced(text, send)
	}
	cr := csv.NewReader(strings.NewReader(text))
	cr.Comma, cr.FieldsPerRecord, cr.LazyQuotes, cr.ReuseRecord = separator(text), -1, true, true
	header, err := cr.Read()
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "表格没有表头：%s", t.path)
	}
	if len(header) > maxColumns {
		return fault.New(fault.TooLarge, "表格有 %d 列，最多 %d 列：%s", len(header), maxColumns, t.path)
	}
	names := cleanHeader(header)
	for {
		rec, err := cr.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		line, _ := cr.FieldPos(0)
		in := Input{Name: t.place(line)}
		if err != nil {
			in.ID, in.Problem = t.place(line), &refusal{ReasonMalformed, fault.Wrap(fault.Invalid, err, "第 %d 行的格式有误", line)}
		} else if in.Fields = rowFields(names, rec); len(in.Fields) == 0 {
			continue
		}
		if !send(in) {
			return errStopped
		}
	}
}

// unbalanced reads a table whose quotes do not pair line by line, so that one lost
// quote cannot swallow the rest of the file: lines with an odd number of quotes are bad
// inputs, the others are read as usual.
func (t *table) unbalanced(text string, send func(Input) bool) error {
	sep := separator(text)
	var names []string
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue
		}
		in := Input{Name: t.place(n)}
		cr := csv.NewReader(strings.NewReader(line))
		cr.Comma, cr.LazyQuotes = sep, true
		rec, err := cr.Read()
		switch {
		case names == nil && err == nil:
			names = cleanHeader(rec)
			continue
		case strings.Count(line, `"`)%2 != 0 || err != nil:
			in.ID, in.Problem = t.place(n), refuse(ReasonMalformed, "第 %d 行的引号不成对", n)
		default:
			in.Fields = rowFields(names, rec)
		}
		if !send(in) {
			return errStopped
		}
	}
	return nil
}

func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best, most := ',', 0
	for _, c := range []rune{',', '\t', ';', '|'} {
		if n := strings.Count(first, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

func cleanHeader(header []string) []string {
	names := make([]string, len(header))
	for i, h := range header {
		names[i] = strings.Trim(strings.TrimSpace(h), "\ufeff\u3000")
	}
	return names
}

func rowFields(names, rec []string) map[string]string {
	fields := map[string]string{}
	for i, v := range rec {
		if v = strings.TrimSpace(v); v != "" && i < len(names) && names[i] != "" {
			fields[names[i]] = v
		}
	}
	return fields
}

// workbook reads the first sheet of an XLSX file that has rows.
func (t *table) workbook(send func(Input) bool) error {
	x, err := excelize.OpenFile(t.path, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzipped, UnzipXMLSizeLimit: maxUnzippedPart})
	if err != nil {
		return fault.Wrap(fault.Invalid, err, "不是能读的 XLSX 文件：%s", t.path)
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

func (t *table) sheet(x *excelize.File, sheet string, send func(Input) bool) (n int, err error) {
	rows, err := x.Rows(sheet)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	var names []string
	for line := 1; rows.Next(); line++ {
		rec, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return n, err
		}
		if len(rec) > maxColumns {
			return n, fault.New(fault.TooLarge, "第 %d 行有 %d 列，最多 %d 列：%s", line, len(rec), maxColumns, t.path)
		}
		if names == nil {
			if slices.ContainsFunc(rec, func(s string) bool { return strings.TrimSpace(s) != "" }) {
				names = cleanHeader(rec)
			}
			continue
		}
		fields := rowFields(names, rec)
		if len(fields) == 0 {
			continue
		}
		n++
		if !send(Input{Name: t.place(line), Fields: fields}) {
			return n, errStopped
		}
	}
	return n, rows.Error()
}

// excelDay reads a day number of a spreadsheet (1900 system); false when s is none.
func excelDay(s string) (time.Time, bool) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || v < 20000 || v > 80000 { // 1954 to 2119
		return time.Time{}, false
	}
	t, err := excelize.ExcelDateToTime(v, false)
	return t, err == nil
}
