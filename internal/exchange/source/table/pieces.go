package table

import (
	"bufio"
	"bytes"
	"io"
	"slices"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
	"golang.org/x/text/transform"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/charset"
	"guiyi/internal/kernel/fault"
)

// pieceBytes is the number of bytes that are decoded at once.
const pieceBytes = 1 << 20

// pieces decodes a text of any length in pieces of whole lines. A line that cannot be decoded or is too long does not
// affect the others.
type pieces struct {
	br   *bufio.Reader
	like string   // encoding of the previous piece
	line int      // number of lines returned so far
	one  [][]byte // lines to return one by one; nil for a line that was too long
	err  error    // io.EOF after the last line
}

// piece is decoded text, or one line that cannot be read.
type piece struct {
	text    string
	problem error
}

func newPieces(r io.Reader) *pieces {
	br := bufio.NewReaderSize(r, pieceBytes)
	head, _ := br.Peek(64 << 10) // the first read returns the error again
	if end := bytes.LastIndexByte(head, '\n'); end >= 0 && len(head) == 64<<10 {
		head = head[:(end+1)&^3]
	}
	_, info, err := charset.Decode(head, "")
	if err != nil { // not a text
		return &pieces{err: err}
	}
	if e := wideEncoding(info.Encoding); e != nil {
		br = bufio.NewReaderSize(transform.NewReader(br, e.NewDecoder()), pieceBytes)
	}
	return &pieces{br: br}
}

// wideEncoding returns the encoding of UTF-16 and UTF-32, nil for all others.
func wideEncoding(name string) encoding.Encoding {
	switch name {
	case "utf-16le":
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "utf-16be":
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-32le":
		return utf32.UTF32(utf32.LittleEndian, utf32.UseBOM)
	case "utf-32be":
		return utf32.UTF32(utf32.BigEndian, utf32.UseBOM)
	}
	return nil
}

// next returns the next piece, and io.EOF after the last.
func (p *pieces) next() (piece, error) {
	if len(p.one) > 0 {
		return p.single(), nil
	}
	if p.err != nil {
		return piece{}, p.err
	}
	var raw []byte
	for len(raw) < pieceBytes && p.err == nil {
		line, long, err := readLine(p.br, maxLine)
		p.err = err
		if long {
			p.one = append(slices.Collect(bytes.Lines(raw)), nil)
			return p.single(), nil
		}
		raw = append(raw, line...)
	}
	text, info, err := charset.DecodeNext(raw, p.like)
	if err != nil {
		p.one = slices.Collect(bytes.Lines(raw))
		return p.next()
	}
	p.like = info.Encoding
	p.line += bytes.Count(raw, []byte("\n"))
	return piece{text: text}, nil
}

// single returns the next line of p.one as a piece.
func (p *pieces) single() piece {
	line := p.one[0]
	p.one = p.one[1:]
	p.line++
	if line == nil {
		return piece{problem: fault.New(fault.TooLarge, "第 %d 行超过 %d MiB", p.line, maxLine>>20)}
	}
	text, _, err := charset.DecodeNext(line, p.like)
	if err != nil {
		return piece{text: string(line), problem: source.Because(source.ReasonEncoding,
			fault.Wrap(fault.Unsupported, err, "第 %d 行不是可识别编码的文本", p.line))}
	}
	return piece{text: text}
}
