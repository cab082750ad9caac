package office

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"guiyi/internal/kernel/charset"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/htmlclean"
)

// Limits of the text of a file.
const (
	maxText     = 4 << 20  // bytes that are kept; what follows is cut
	maxShared   = 32 << 20 // bytes of the strings that the sheets of a workbook share
	maxTextFile = 16 << 20 // bytes of a text file or page
)

// Text is the plain text of a file.
type Text struct {
	Format string // docx, xlsx, pptx, odf, ofd, doc, xls, ppt, html or txt
	Text   string // one line for each paragraph or row; "" if the file has no text, such as scanned pages
	Cut    bool   // the file has more text than is kept
}

// ReadText reads the text of a file by its content; the name only tells pages and plain text from each other. A PDF is
// refused as fault.Unsupported, see package pdf.
func ReadText(ctx context.Context, name string, r io.ReaderAt, size int64) (t Text, err error) {
	defer fault.Annotate(&err, "office.ReadText")
	var s sink
	switch Sniff(r, size) {
	case Zip:
		t.Format, err = s.archive(ctx, r, size)
	case Compound:
		t.Format, err = s.compound(r)
	case Plain:
		t.Format, err = s.plain(name, r, size)
	default:
		err = fault.New(fault.Unsupported, "不能从这种文件里提取文字")
	}
	if errors.Is(err, errFull) {
		t.Cut, err = true, nil
	}
	t.Text = s.text()
	return t, asFault(err)
}

// errFull ends the reading when as much text is there as is kept.
var errFull = errors.New("office: enough text")

// sink collects lines of text.
type sink struct{ b strings.Builder }

// add adds a part of a line.
func (s *sink) add(text string) error {
	if s.b.Len()+len(text) > maxText {
		s.b.WriteString(strings.ToValidUTF8(text[:max(maxText-s.b.Len(), 0)], ""))
		return errFull
	}
	s.b.WriteString(text)
	return nil
}

// text returns the lines without blank ones and without what is not for reading.
func (s *sink) text() string {
	var b strings.Builder
	for line := range strings.Lines(s.b.String()) {
		line = strings.Join(strings.Fields(strings.Map(printable, strings.ToValidUTF8(line, ""))), " ")
		if line != "" {
			b.WriteString(line + "\n")
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (s *sink) plain(name string, r io.ReaderAt, size int64) (string, error) {
	raw, err := io.ReadAll(io.NewSectionReader(r, 0, min(size, maxTextFile)))
	if err != nil {
		return "", err
	}
	text, _, err := charset.Decode(raw, "")
	if err != nil {
		return "", err
	}
	start := strings.TrimLeft(text[:min(len(text), 1024)], "\ufeff \t\r\n")
	if !strings.HasPrefix(start, "<") && !strings.HasPrefix(strings.ToLower(path.Ext(name)), ".htm") {
		return "txt", s.add(text)
	}
	clean, err := htmlclean.Clean(text, htmlclean.Options{})
	if err != nil {
		return "", err
	}
	return "html", s.add(clean.Text)
}

// archive reads a ZIP file of any office format.
func (s *sink) archive(ctx context.Context, r io.ReaderAt, size int64) (string, error) {
	a, err := openArchive(ctx, r, size)
	if err != nil {
		return "", err
	}
	format, read := "", (func(*archive) error)(nil)
	switch {
	case a.mainPart() != "":
		format, read = "docx", s.document
	case a.has("xl/workbook.xml"):
		format, read = "xlsx", s.workbook
	case a.has("ppt/presentation.xml"):
		format, read = "pptx", s.slides
	case a.has("OFD.xml"):
		format, read = "ofd", s.pages
	case a.has("content.xml"):
		format, read = "odf", s.openDocument
	default:
		return "", fault.New(fault.Unsupported, "压缩包不是办公文件，不提取其中的文字")
	}
	return format, a.fault(read(a))
}

// each calls fn for every token of a part that is there.
func (a *archive) each(name string, fn func(xml.Token) error) error {
	r, err := a.open(name)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	return newMarkup(a.ctx, r).each(fn)
}

// numbered returns the parts whose names are a prefix, a number and ".xml", in the order of the numbers.
func (a *archive) numbered(prefix string) []string {
	byNumber := map[int]string{}
	for name := range a.parts {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(name, prefix), ".xml"))
		if err == nil && strings.HasPrefix(name, prefix) {
			byNumber[n] = name
		}
	}
	var out []string
	for _, n := range slices.Sorted(maps.Keys(byNumber)) {
		out = append(out, byNumber[n])
	}
	return out
}

// flow reads the text of a part of a document or of slides: t is text, p a paragraph.
func (s *sink) flow(a *archive, name string) error {
	var in []string
	hidden := false
	return a.each(name, func(t xml.Token) error {
		switch t := t.(type) {
		case xml.StartElement:
			in = append(in, t.Name.Local)
			switch t.Name.Local {
			case "r":
				hidden = false
			case "vanish":
				hidden = on(t)
			case "tab", "br", "cr":
				return s.add(" ")
			}
		case xml.EndElement:
			if in = in[:len(in)-1]; t.Name.Local == "p" {
				return s.add("\n")
			} else if t.Name.Local == "tc" {
				return s.add("\t")
			}
		case xml.CharData:
			if len(in) > 0 && in[len(in)-1] == "t" && !hidden && !slices.Contains(in, "Fallback") &&
				!slices.Contains(in, "moveFrom") {
				return s.add(string(t))
			}
		}
		return nil
	})
}

func (s *sink) document(a *archive) error {
	main := a.mainPart()
	for _, name := range []string{main, path.Dir(main) + "/footnotes.xml", path.Dir(main) + "/endnotes.xml"} {
		if err := s.flow(a, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *sink) slides(a *archive) error {
	for _, name := range a.numbered("ppt/slides/slide") {
		if err := s.flow(a, name); err != nil {
			return err
		}
	}
	return nil
}

// workbook reads the cells of all sheets, a line for each row.
func (s *sink) workbook(a *archive) error {
	shared, err := sharedStrings(a)
	if err != nil {
		return err
	}
	for _, name := range a.numbered("xl/worksheets/sheet") {
		kind, in, hidden := "", "", false
		err := a.each(name, func(t xml.Token) error {
			switch t := t.(type) {
			case xml.StartElement:
				switch in = t.Name.Local; in {
				case "c":
					kind = attr(t, "t")
				case "row":
					hidden = attr(t, "hidden") == "1"
				}
			case xml.EndElement:
				if in = ""; t.Name.Local == "row" {
					return s.add("\n")
				} else if t.Name.Local == "c" {
					return s.add("\t")
				}
			case xml.CharData:
				if hidden || in != "v" && in != "t" {
					return nil
				}
				if kind == "s" {
					n, err := strconv.Atoi(string(t))
					if err != nil || n < 0 || n >= len(shared) {
						return nil
					}
					return s.add(shared[n])
				}
				return s.add(string(t))
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func sharedStrings(a *archive) (out []string, err error) {
	var current strings.Builder
	total, in := 0, ""
	err = a.each("xl/sharedStrings.xml", func(t xml.Token) error {
		switch t := t.(type) {
		case xml.StartElement:
			in = t.Name.Local
		case xml.EndElement:
			if in = ""; t.Name.Local == "si" {
				out = append(out, current.String())
				total += current.Len() + 16
				current.Reset()
			}
		case xml.CharData:
			if in == "t" {
				current.Write(t)
			}
		}
		if total+current.Len() > maxShared {
			return fault.New(fault.TooLarge, "工作簿里的文字太多")
		}
		return nil
	})
	return out, err
}

// openDocument reads an ODF text, spreadsheet or presentation.
func (s *sink) openDocument(a *archive) error {
	body := false
	var skipped int // depth inside of what is not shown
	return a.each("content.xml", func(t xml.Token) error {
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "body":
				body = true
			case "tab", "s", "line-break":
				return s.add(" ")
			}
			if skipped > 0 || t.Name.Local == "tracked-changes" || t.Name.Local == "annotation" {
				skipped++
			}
		case xml.EndElement:
			skipped = max(skipped-1, 0)
			switch t.Name.Local {
			case "p", "h":
				return s.add("\n")
			case "table-cell":
				return s.add("\t")
			}
		case xml.CharData:
			if body && skipped == 0 {
				return s.add(string(bytes.TrimRight(t, "\r\n")))
			}
		}
		return nil
	})
}

// pages reads the pages of an OFD file in order. Files whose list of pages cannot be followed are read in the order of
// their parts.
func (s *sink) pages(a *archive) error {
	var docs, pages []string
	err := a.texts("OFD.xml", "DocRoot", func(t string) { docs = append(docs, partName("", t)) })
	if err != nil {
		return err
	}
	for _, doc := range docs {
		err := a.each(doc, func(t xml.Token) error {
			if e, ok := t.(xml.StartElement); ok && e.Name.Local == "Page" && len(pages) < maxEntries {
				if loc := attr(e, "BaseLoc"); loc != "" {
					pages = append(pages, partName(path.Dir(doc), loc))
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(pages, a.has) {
		pages = nil
		for name := range a.parts {
			if path.Base(name) == "content.xml" {
				pages = append(pages, name)
			}
		}
		slices.Sort(pages)
	}
	for _, name := range pages {
		if err := s.page(a, name); err != nil {
			return err
		}
	}
	return nil
}

// texts calls fn with the text of every element of a name.
func (a *archive) texts(part, name string, fn func(string)) error {
	in := false
	return a.each(part, func(t xml.Token) error {
		switch t := t.(type) {
		case xml.StartElement:
			in = t.Name.Local == name
		case xml.EndElement:
			in = false
		case xml.CharData:
			if in {
				fn(strings.TrimSpace(string(t)))
			}
		}
		return nil
	})
}

// page reads a page of an OFD file. Text objects at one height are one line.
func (s *sink) page(a *archive, name string) error {
	in, height := false, ""
	err := a.each(name, func(t xml.Token) error {
		switch t := t.(type) {
		case xml.StartElement:
			in = t.Name.Local == "TextCode"
			if t.Name.Local != "TextObject" {
				return nil
			}
			at := ""
			if box := strings.Fields(attr(t, "Boundary")); len(box) == 4 {
				if y, err := strconv.ParseFloat(box[1], 64); err == nil {
					at = fmt.Sprintf("%.0f", y)
				}
			}
			if at != height {
				height = at
				return s.add("\n")
			}
		case xml.EndElement:
			in = false
		case xml.CharData:
			if in {
				return s.add(strings.Trim(string(t), "\r\n"))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return s.add("\n")
}
