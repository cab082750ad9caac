package table

import (
	"encoding/xml"
	"errors"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"guiyi/internal/kernel/fault"
)

// Limits within a part. Real workbooks are far below them: a sheet has a depth of six, a cell has 32,767 characters,
// and a workbook some 250 formats.
const (
	maxXMLPiece = 8 << 20 // bytes between two tags, and bytes of one cell or shared string
	maxDepth    = 64
	maxAttrs    = 256
	maxElements = 300_000   // in a part other than sheets and shared strings
	maxStrings  = 2_000_000 // shared strings
	maxFormats  = 1000
	maxFormat   = 1024 // bytes of a format
)

// boundedXML returns an error when more than maxXMLPiece bytes are read without a call of next.
type boundedXML struct {
	r    io.Reader
	left int
}

// Read implements io.Reader.
func (p *boundedXML) Read(b []byte) (int, error) {
	if p.left <= 0 {
		return 0, errors.New("exchange: XML piece too long")
	}
	n, err := p.r.Read(b)
	p.left -= n
	return n, err
}

func (p *boundedXML) next() { p.left = maxXMLPiece }

// inspector is the state of inspecting one part.
type inspector struct {
	part
	table    *table
	book     *book
	strings  int // number of shared strings
	elements int
	formats  int
	depth    int
	item     int // depth of the open cell or string, 0 when none is open
	data     int // depth of sheetData while it is open, else 0
	ended    bool
	row, col int
	cells    int
	index    bool   // the open cell refers to a shared string
	value    []byte // its number as text
	inValue  bool
}

// inspect checks a part before the library reads it; it keeps nothing of the part in memory. It takes the number of
// shared strings so far, and returns the new number.
func (t *table) inspect(p part, strings int, book *book) (int, error) {
	r, err := p.Open()
	if err != nil {
		return 0, t.broken(err)
	}
	defer r.Close()
	s := &inspector{part: p, table: t, book: book, strings: strings}
	in := &boundedXML{r: r}
	dec := xml.NewDecoder(in)
	for {
		if s.item == 0 {
			in.next()
		}
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return s.strings, nil
		}
		if err != nil && in.left <= 0 { // the limit was reached; it can also make the XML invalid
			return 0, fault.New(fault.TooLarge, "XLSX %s超过 %d MiB 没有结束，请改短或另存为 CSV 再导入：%s", s.where(), maxXMLPiece>>20,
				t.path)
		}
		if err != nil {
			return 0, s.damaged(err, "读不下去")
		}
		if err := s.take(token); err != nil {
			return 0, err
		}
	}
}

func (t *table) broken(err error) error {
	return fault.Wrap(fault.Invalid, err, "XLSX 文件不完整或已损坏，请用表格软件打开后另存一份再导入：%s", t.path)
}

// where returns the current position as a part of a Chinese sentence.
func (s *inspector) where() string {
	at := path.Base(s.name)
	switch {
	case s.name == sharedStrings:
		return "的第 " + strconv.Itoa(s.strings) + " 个共享字符串"
	case s.row > 0:
		return "的工作表 " + at + " 第 " + strconv.Itoa(s.row) + " 行"
	}
	return "里的 " + at
}

func (s *inspector) damaged(cause error, why string) error {
	return fault.Wrap(fault.Invalid, cause, "XLSX %s%s，文件已损坏，请用表格软件打开后另存一份再导入：%s", s.where(), why, s.table.path)
}

func (s *inspector) tooMany(why string, most int) error {
	return fault.New(fault.TooLarge, "XLSX %s%s超过 %d，请拆成几个文件或另存为 CSV 再导入：%s", s.where(), why, most, s.table.path)
}

func (s *inspector) take(token xml.Token) error {
	switch token := token.(type) {
	case xml.Directive:
		return s.damaged(nil, "有不允许的文档类型声明")
	case xml.CharData:
		if s.inValue && len(s.value) < 32 {
			s.value = append(s.value, token...)
		}
	case xml.EndElement:
		return s.end()
	case xml.StartElement:
		if s.depth++; s.depth > maxDepth {
			return s.tooMany("标签的层数", maxDepth)
		}
		if len(token.Attr) > maxAttrs {
			return s.tooMany("一个标签的属性", maxAttrs)
		}
		switch {
		case s.name == sharedStrings:
			return s.text(token.Name.Local)
		case !s.large():
			if s.elements++; s.elements > maxElements {
				return s.tooMany("标签", maxElements)
			}
		}
		return s.element(token)
	}
	return nil
}

func (s *inspector) end() error {
	if s.depth == s.item {
		s.item = 0
		if s.index && len(s.value) > 0 {
			if n, err := strconv.Atoi(strings.TrimSpace(string(s.value))); err != nil || n < 0 || n >= s.strings {
				return s.damaged(err, "的单元格指向不存在的共享字符串")
			}
		}
	}
	if s.depth == s.data {
		s.data, s.ended = 0, true
	}
	s.inValue = false
	s.depth--
	return nil
}

// text handles the start of an element in the shared strings.
func (s *inspector) text(name string) error {
	if name != "si" || s.item > 0 {
		return nil
	}
	if s.depth != 2 {
		return s.damaged(nil, "层次不对")
	}
	s.item = s.depth
	if s.strings++; s.strings > maxStrings {
		return fault.New(fault.TooLarge, "XLSX 的共享字符串超过 %d 个，请拆成几个文件或另存为 CSV 再导入：%s", maxStrings, s.table.path)
	}
	return nil
}

// element handles the start of an element in a sheet or small part.
func (s *inspector) element(e xml.StartElement) error {
	s.book.note(s.name, e)
	switch name := e.Name.Local; {
	case name == "numFmt" && s.depth == 3:
		if s.formats++; s.formats > maxFormats {
			return s.tooMany("数字格式", maxFormats)
		}
		if len(attr(e, "formatCode"))+len(attr(e, "formatCode16")) > maxFormat {
			return s.tooMany("数字格式的字节", maxFormat)
		}
	case name == "mergeCell" && s.sheet():
		return s.merged(attr(e, "ref"))
	case s.ended:
		return nil
	case s.item > 0 && (name == "c" || name == "row"):
		return s.damaged(nil, "层次不对")
	case name == "v":
		s.inValue = s.index && s.item > 0
	case s.item > 0:
		return nil
	case name == "sheetData":
		s.data = s.depth
	case name == "row":
		return s.line(e)
	case name == "c" && s.data > 0:
		return s.cell(e)
	}
	return nil
}

// line handles the start of a row. It refuses rows out of order, because the library mixes them up.
func (s *inspector) line(e xml.StartElement) error {
	if s.data == 0 || s.depth != s.data+1 {
		return s.damaged(nil, "层次不对")
	}
	next := s.row + 1
	if at := attr(e, "r"); at != "" {
		n, err := strconv.Atoi(at)
		if err != nil || n < next {
			return s.damaged(err, "之后的行号不对")
		}
		next = n
	}
	if next > excelize.TotalRows {
		return s.tooMany("之后的行号", excelize.TotalRows)
	}
	s.row, s.col, s.cells = next, 0, 0
	return nil
}

func (s *inspector) cell(e xml.StartElement) error {
	if s.depth != s.data+2 {
		return s.damaged(nil, "层次不对")
	}
	if s.cells++; s.cells > excelize.MaxColumns {
		return s.tooMany("的单元格", excelize.MaxColumns)
	}
	next := s.col + 1
	if at := attr(e, "r"); at != "" {
		n, _, err := excelize.CellNameToCoordinates(at)
		if err != nil || n < next {
			return s.damaged(err, "有位置不对的单元格 "+strconv.Quote(at[:min(len(at), 20)]))
		}
		next = n
	}
	if at := attr(e, "s"); at != "" {
		if n, err := strconv.ParseUint(at, 10, 31); err != nil {
			return s.damaged(err, "有样式不对的单元格 "+strconv.FormatUint(n, 10))
		}
	}
	s.col, s.item, s.index, s.value = next, s.depth, attr(e, "t") == "s", s.value[:0]
	return nil
}

// attr returns the value of an attribute with any prefix. When there are several, it returns the last.
func attr(e xml.StartElement, name string) (value string) {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			value = a.Value
		}
	}
	return value
}
