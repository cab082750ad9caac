package office

import (
	"encoding/binary"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/richardlehane/mscfb"

	"guiyi/internal/kernel/fault"
)

// maxStream is the maximum size of a stream of a compound file, in bytes.
const maxStream = 64 << 20

// compound reads the text of a legacy file (OLE2): .doc, .xls, .ppt and those of WPS.
func (s *sink) compound(r io.ReaderAt) (format string, err error) {
	defer func() {
		if e := recover(); e != nil { // of the reader of the container, on damaged files
			err = fault.New(fault.Unsupported, "文件损坏，读不出内容")
		}
	}()
	streams, err := readStreams(r)
	if err != nil {
		return "", err
	}
	switch {
	case streams["EncryptedPackage"] != nil:
		return "", fault.New(fault.Unsupported, "文件有密码，读不出内容")
	case streams["WordDocument"] != nil:
		return "doc", s.wordText(streams)
	case streams["Workbook"] != nil:
		return "xls", s.cells(streams["Workbook"])
	case streams["PowerPoint Document"] != nil:
		return "ppt", s.slideAtoms(streams["PowerPoint Document"])
	}
	return "", fault.New(fault.Unsupported, "不认识的旧格式文件，请另存为 .docx、.xlsx 或 PDF")
}

// readStreams reads the streams that have text, by name.
func readStreams(r io.ReaderAt) (map[string][]byte, error) {
	f, err := mscfb.New(r)
	if err != nil {
		return nil, fault.Wrap(fault.Unsupported, err, "文件损坏，读不出内容")
	}
	out := map[string][]byte{}
	for _, e := range f.File {
		switch e.Name {
		case "WordDocument", "0Table", "1Table", "Workbook", "PowerPoint Document", "EncryptedPackage":
		default:
			continue
		}
		if out[e.Name] != nil || e.Size > maxStream {
			continue
		}
		b, err := io.ReadAll(io.LimitReader(e, maxStream))
		if err != nil && len(b) == 0 {
			return nil, fault.Wrap(fault.Unsupported, err, "文件损坏，读不出内容")
		}
		out[e.Name] = append([]byte{}, b...)
	}
	return out, nil
}

// at returns n bytes at an offset, zeros where the data ends before.
func at(b []byte, offset, n int) []byte {
	if offset < 0 || n < 0 || offset > len(b) || n > len(b)-offset {
		return make([]byte, min(max(n, 0), 8))
	}
	return b[offset : offset+n]
}

func u16(b []byte, offset int) int { return int(binary.LittleEndian.Uint16(at(b, offset, 2))) }
func u32(b []byte, offset int) int { return int(binary.LittleEndian.Uint32(at(b, offset, 4))) }

// wide decodes UTF-16.
func wide(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

// narrow decodes the one-byte form, which holds the first 256 characters.
func narrow(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}

// wordText reads the pieces of a Word 97 document ([MS-DOC] 2.8.35 and 2.9.38).
func (s *sink) wordText(streams map[string][]byte) error {
	const (
		flags, encrypted, secondTable = 0x0a, 0x0100, 0x0200
		clxAt, clxSize                = 0x01a2, 0x01a6
		word97                        = 0xc1
	)
	word := streams["WordDocument"]
	if u16(word, flags)&encrypted != 0 {
		return fault.New(fault.Unsupported, "文件有密码，读不出内容")
	}
	if u16(word, 2) < word97 {
		return fault.New(fault.Unsupported, "文件是 Word 97 以前的格式，请另存为 .docx")
	}
	table := streams["0Table"]
	if u16(word, flags)&secondTable != 0 {
		table = streams["1Table"]
	}
	clx := at(table, u32(word, clxAt), u32(word, clxSize))
	for len(clx) > 3 && clx[0] == 1 { // properties before the table of pieces
		skip := 3 + u16(clx, 1)
		if skip > len(clx) {
			break
		}
		clx = clx[skip:]
	}
	if len(clx) < 5 || clx[0] != 2 {
		return fault.New(fault.Unsupported, "文件损坏，读不出内容")
	}
	pieces := clx[5:]
	n := (len(pieces) - 4) / 12
	field := 0 // depth in instructions of fields
	for i := range max(n, 0) {
		length := u32(pieces, 4*(i+1)) - u32(pieces, 4*i)
		from := u32(pieces, 4*(n+1)+8*i+2)
		text := ""
		switch {
		case length <= 0 || length > maxStream:
			continue
		case from&(1<<30) != 0:
			text = narrow(at(word, from&^(1<<30)/2, length))
		default:
			text = wide(at(word, from, 2*length))
		}
		if err := s.add(wordChars(text, &field)); err != nil {
			return err
		}
	}
	return nil
}

// wordChars turns the special characters of Word into text; instructions of fields are left out.
func wordChars(text string, field *int) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 0x13:
			*field++
			return -1
		case 0x14, 0x15:
			if r == 0x14 || *field > 0 {
				*field = max(*field-1, 0)
			}
			return -1
		}
		switch {
		case *field > 0:
			return -1
		case r == '\r' || r == '\v' || r == '\f':
			return '\n'
		case r == 7:
			return '\t'
		}
		return r
	}, text)
}

// records calls fn for each record of a stream of Excel: its type and data, those of continuations appended apart.
func records(b []byte, fn func(kind int, data []byte, more [][]byte) error) error {
	const continued = 0x3c
	for pos := 0; pos+4 <= len(b); {
		kind, size := u16(b, pos), u16(b, pos+2)
		data := b[pos+4 : min(pos+4+size, len(b))]
		pos += 4 + size
		var more [][]byte
		for pos+4 <= len(b) && u16(b, pos) == continued {
			n := u16(b, pos+2)
			more = append(more, b[pos+4:min(pos+4+n, len(b))])
			pos += 4 + n
		}
		if err := fn(kind, data, more); err != nil {
			return err
		}
	}
	return nil
}

// cells reads the cells of a workbook of Excel 97 ([MS-XLS] 2.4.149 and 2.4.265).
func (s *sink) cells(b []byte) error {
	const (
		filePass, sst, labelSST, label, number, text = 0x2f, 0xfc, 0xfd, 0x204, 0x203, 0x207
		rk                                           = 0x27e
	)
	var shared []string
	row := -1
	put := func(at int, v string) error {
		sep := "\t"
		if at != row {
			row, sep = at, "\n"
		}
		return s.add(sep + v)
	}
	return records(b, func(kind int, data []byte, more [][]byte) error {
		switch kind {
		case filePass:
			return fault.New(fault.Unsupported, "文件有密码，读不出内容")
		case sst:
			shared = readShared(data, more)
		case labelSST:
			if n := u32(data, 6); n < len(shared) {
				return put(u16(data, 0), shared[n])
			}
		case label:
			c := chunks{parts: [][]byte{at(data, 6, len(data)-6)}}
			return put(u16(data, 0), c.str())
		case text:
			c := chunks{parts: append([][]byte{data}, more...)}
			return put(row, c.str())
		case number:
			v := math.Float64frombits(binary.LittleEndian.Uint64(at(data, 6, 8)))
			return put(u16(data, 0), strconv.FormatFloat(v, 'f', -1, 64))
		case rk:
			return put(u16(data, 0), strconv.FormatFloat(rkNumber(uint32(u32(data, 6))), 'f', -1, 64))
		}
		return nil
	})
}

// rkNumber decodes the short form of a number ([MS-XLS] 2.5.217).
func rkNumber(n uint32) float64 {
	v := float64(int32(n) >> 2)
	if n&2 == 0 {
		v = math.Float64frombits(uint64(n&^3) << 32)
	}
	if n&1 != 0 {
		v /= 100
	}
	return v
}

// chunks reads over the border of records.
type chunks struct {
	parts [][]byte
	pos   int
}

func (c *chunks) left() int {
	if len(c.parts) == 0 {
		return 0
	}
	return len(c.parts[0]) - c.pos
}

// take returns n bytes, which may begin in the next record but do not span two.
func (c *chunks) take(n int) []byte {
	for len(c.parts) > 0 && c.left() == 0 {
		c.parts, c.pos = c.parts[1:], 0
	}
	if n > c.left() {
		c.parts = nil
		return make([]byte, min(n, 8))
	}
	c.pos += n
	return c.parts[0][c.pos-n : c.pos]
}

// skip passes over n bytes, of several records if need be.
func (c *chunks) skip(n int) {
	for n > 0 && len(c.parts) > 0 {
		step := min(n, c.left())
		c.pos, n = c.pos+step, n-step
		if c.left() == 0 {
			c.parts, c.pos = c.parts[1:], 0
		}
	}
}

// str reads a string with its length and flags ([MS-XLS] 2.5.293).
func (c *chunks) str() string {
	const wideFlag, extFlag, richFlag = 1, 4, 8
	count := u16(c.take(2), 0)
	flags := c.take(1)[0]
	runs, ext := 0, 0
	if flags&richFlag != 0 {
		runs = u16(c.take(2), 0)
	}
	if flags&extFlag != 0 {
		ext = u32(c.take(4), 0)
	}
	var b strings.Builder
	for count > 0 && len(c.parts) > 0 {
		if c.left() == 0 { // goes on in the next record, with flags of its own
			if c.parts, c.pos = c.parts[1:], 0; len(c.parts) == 0 {
				break
			}
			flags = c.take(1)[0]
		}
		width := 1 + int(flags&wideFlag)
		n := min(count, c.left()/width)
		if n == 0 {
			break
		}
		if width == 2 {
			b.WriteString(wide(c.take(2 * n)))
		} else {
			b.WriteString(narrow(c.take(n)))
		}
		count -= n
	}
	c.skip(4*runs + ext)
	return b.String()
}

func readShared(data []byte, more [][]byte) []string {
	c := chunks{parts: append([][]byte{data}, more...)}
	c.take(4)
	var out []string
	for n := u32(c.take(4), 0); n > 0 && len(c.parts) > 0; n-- {
		out = append(out, c.str())
	}
	return out
}

// slideAtoms reads the texts of a presentation of PowerPoint 97 ([MS-PPT] 2.9.41 and 2.9.43).
func (s *sink) slideAtoms(b []byte) error {
	const header, container, chars, bytes = 8, 0xf, 0x0fa0, 0x0fa8
	for pos := 0; pos+header <= len(b); {
		size := u32(b, pos+4)
		kind, isContainer := u16(b, pos+2), u16(b, pos)&0xf == container
		pos += header
		if isContainer {
			continue
		}
		data := b[pos:min(pos+size, len(b))]
		var err error
		switch kind {
		case chars:
			err = s.add(strings.ReplaceAll(wide(data), "\r", "\n") + "\n")
		case bytes:
			err = s.add(strings.ReplaceAll(narrow(data), "\r", "\n") + "\n")
		}
		if err != nil {
			return err
		}
		pos += size
	}
	return nil
}
