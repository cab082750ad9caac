package office

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"path"
	"strings"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/htmlclean"
)

// MaxDocx is the maximum size of a document for Import, in bytes.
const MaxDocx = 64 << 20

// maxPictures is the maximum number of pictures that are taken from a document.
const maxPictures = 200

// Document is what Import made of a file.
type Document struct {
	// HTML is a body of package htmlclean. The src of a picture is the Ref of its Picture.
	HTML     string
	Title    string // a guess, "" if there is none
	Pictures []Picture
	Report   Report
}

// Picture is a picture of a document.
type Picture struct {
	Ref  string // its src in the HTML
	Name string // suggested file name with extension
	Alt  string
	Body []byte
}

// Import reads a word processing document (.docx, .docm, .dotx). Legacy binary files are named in the error.
func Import(ctx context.Context, r io.ReaderAt, size int64) (doc *Document, err error) {
	defer fault.Annotate(&err, "office.Import")
	if size > MaxDocx {
		return nil, fault.New(fault.TooLarge, "文件超过 %d MB，请拆分或压缩其中的图片", MaxDocx>>20)
	}
	switch f := Sniff(r, size); f {
	case Zip:
	case Compound:
		return nil, fault.New(fault.Unsupported, "这是旧格式（.doc、.wps）或设了密码的文件，请在 Word 或 WPS 里另存为 .docx 后再导入")
	default:
		return nil, fault.New(fault.Unsupported, "这不是 Word 文档（.docx）")
	}
	a, err := openArchive(ctx, r, size)
	if err != nil {
		return nil, err
	}
	main := a.mainPart()
	if main == "" {
		return nil, fault.New(fault.Unsupported, "这不是 Word 文档（.docx），里面没有正文")
	}
	c := &converter{
		a:      a,
		ctx:    ctx,
		folder: path.Dir(main),
		out:    &strings.Builder{},
		notes:  map[string]string{},
		picked: map[string]string{},
	}
	if err := c.read(main); err != nil {
		return nil, a.fault(err)
	}
	return c.document()
}

// mainPart returns the part with the text, "" if there is none.
func (a *archive) mainPart() string {
	rels, _ := a.rels("", "") // a damaged list is as good as none: the usual name is tried
	for _, r := range rels {
		if strings.HasSuffix(r.kind, "/officeDocument") && !r.outside && a.has(r.target) &&
			strings.HasPrefix(path.Base(r.target), "document") {
			return r.target
		}
	}
	if a.has("word/document.xml") {
		return "word/document.xml"
	}
	return ""
}

// rel is a relationship of a part: what it refers to under an id.
type rel struct {
	kind, target string
	outside      bool // target is an address outside of the file
}

// rels reads the relationships of a part, by id.
func (a *archive) rels(folder, name string) (map[string]rel, error) {
	out := map[string]rel{}
	err := a.xml(path.Join(folder, "_rels", name+".rels"), func(m *markup, s xml.StartElement) error {
		r := rel{kind: attr(s, "Type"), target: attr(s, "Target"), outside: attr(s, "TargetMode") == "External"}
		if !r.outside {
			r.target = partName(folder, r.target)
		}
		if len(out) < maxEntries {
			out[attr(s, "Id")] = r
		}
		return nil
	})
	return out, err
}

// xml calls fn for the children of the root of a part. A part that is not there has none.
func (a *archive) xml(name string, fn func(*markup, xml.StartElement) error) error {
	r, err := a.open(name)
	if err != nil || r == nil {
		return err
	}
	defer r.Close()
	m := newMarkup(a.ctx, r)
	return m.root(func(s xml.StartElement) error { return fn(m, s) })
}

// converter holds what one import knows.
type converter struct {
	a      *archive
	ctx    context.Context
	folder string // of the main part

	rels   map[string]rel
	styles map[string]*style
	normal *style
	lists  map[string]*numbering // by number id
	notes  map[string]string     // HTML of notes by kind and id
	cited  []string              // notes in the order of their marks

	out      *strings.Builder
	open     []openList
	fields   []field
	title    titleGuess
	report   Report
	pictures []Picture
	picked   map[string]string // part → ref
	paras    int
	tables   int
	nested   int // text boxes, cells and notes that are being read
	written  int // bytes of HTML
}

func (c *converter) read(main string) (err error) {
	if c.rels, err = c.a.rels(c.folder, path.Base(main)); err != nil {
		return err
	}
	if err := c.readStyles(); err != nil {
		return err
	}
	if err := c.readNumbering(); err != nil {
		return err
	}
	if err := c.readNotes(); err != nil {
		return err
	}
	r, err := c.a.open(main)
	if err != nil {
		return err
	}
	defer r.Close()
	m := newMarkup(c.ctx, r)
	err = m.root(func(s xml.StartElement) error {
		if s.Name.Local == "body" {
			return c.blocks(m)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.closeLists()
	return c.margins()
}

// maxHTML is the maximum size of the HTML of a document, in bytes; about ten times the longest text that we know.
const maxHTML = htmlclean.MaxPage - 1<<20

func (c *converter) write(html string) error {
	if c.written += len(html); c.written > maxHTML {
		return fault.New(fault.TooLarge, "正文太长，超过 %d MB，请拆成几篇或作为附件上传", htmlclean.MaxPage>>20)
	}
	c.out.WriteString(html)
	return nil
}

// document cleans what was written.
func (c *converter) document() (*Document, error) {
	for i, key := range c.cited {
		if err := c.write(noteLine(i+1, c.notes[key])); err != nil {
			return nil, err
		}
	}
	clean, err := htmlclean.Clean(c.out.String(), htmlclean.Options{})
	if err != nil {
		return nil, err
	}
	for what, n := range clean.Dropped {
		if what != "head" { // the parser's own
			for range n {
				c.report.Add(Simplified, what)
			}
		}
	}
	for i, table := range strings.Split(clean.HTML, "<table>")[1:] {
		if !strings.Contains(table, "<th") {
			c.report.Add(TableHead, fmt.Sprintf("第 %d 个表格", i+1))
		}
	}
	if c.a.has(path.Join(c.folder, "vbaProject.bin")) {
		c.report.Add(Macro, "")
	}
	return &Document{
		HTML:     clean.HTML,
		Title:    c.title.text(),
		Pictures: c.pictures,
		Report:   c.report,
	}, nil
}

// margins tells of headers and footers that have text.
func (c *converter) margins() error {
	for _, r := range c.rels {
		if !strings.HasSuffix(r.kind, "/header") && !strings.HasSuffix(r.kind, "/footer") || r.outside {
			continue
		}
		text := ""
		err := c.a.xml(r.target, func(m *markup, _ xml.StartElement) error {
			t, err := m.text()
			text += t
			return err
		})
		if err != nil {
			return err
		}
		if text = strings.TrimSpace(text); text != "" && len([]rune(text)) > 8 { // not only the number of the page
			c.report.Add(Margin, "“"+clip(text, 20)+"”")
		}
	}
	return nil
}

// clip shortens a text to n characters.
func clip(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n]) + "…"
	}
	return s
}
