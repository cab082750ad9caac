package office

import (
	"bytes"
	"context"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"

	"guiyi/internal/kernel/fault"
)

func textOf(t testing.TB, name string, file []byte) Text {
	t.Helper()
	got, err := ReadText(context.Background(), name, bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return got
}

// TestReadText reads one small file of each format.
func TestReadText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		file   []byte
		format string
		want   string
	}{
		{
			name: "a.docx",
			file: word(t, para1("第一段")+`<w:p>`+look1("<w:vanish/>", "密")+`<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>`+
				look1("", "第二 段")+`</w:p>`+table1(row1("", cell("", "甲"), cell("", "乙"))), "word/footnotes.xml", notes),
			format: "docx",
			want:   "第一段\n第二 段\n甲\n乙\n见《统计法》。",
		},
		{
			name: "a.xlsx",
			file: packed(t, "xl/workbook.xml", "<w/>",
				"xl/sharedStrings.xml", `<sst><si><t>姓名</t></si><si><r><t>住</t></r><r><t>址</t></r></si></sst>`,
				"xl/worksheets/sheet2.xml", `<w><row><c t="inlineStr"><is><t>第二张</t></is></c></row></w>`,
				"xl/worksheets/sheet1.xml", `<w><row><c t="s"><v>0</v></c><c t="s"><v>1</v></c><c t="s"><v>9</v></c></row>`+
					`<row hidden="1"><c><v>42</v></c></row><row><c><f>A1+1</f><v>7</v></c></row></w>`),
			format: "xlsx",
			want:   "姓名 住址\n7\n第二张",
		},
		{
			name: "a.pptx",
			file: packed(t, "ppt/presentation.xml", "<p/>",
				"ppt/slides/slide10.xml", "<p><a><p><r><t>第十页</t></r></p></a></p>",
				"ppt/slides/slide2.xml", "<p><a><p><r><t>第二页</t></r></p></a></p>",
				"ppt/notesSlides/notesSlide1.xml", "<p><r><t>备注</t></r></p>"),
			format: "pptx",
			want:   "第二页\n第十页",
		},
		{
			name: "a.odt",
			file: packed(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml",
				`<office:document-content xmlns:office="o" xmlns:text="t"><office:styles>样式</office:styles><office:body>`+
					`<text:tracked-changes><text:p>已删</text:p></text:tracked-changes><text:h>标题</text:h>`+
					`<text:p>正<text:s/>文<office:annotation><text:p>批注</text:p></office:annotation></text:p></office:body>`+
					`</office:document-content>`),
			format: "odf",
			want:   "标题\n正 文",
		},
		{
			name: "a.ofd",
			file: packed(t, "OFD.xml", `<OFD><DocBody><DocRoot>Doc_0/Document.xml</DocRoot></DocBody></OFD>`,
				"Doc_0/Document.xml", `<D><Pages><Page ID="1" BaseLoc="Pages/P2/Content.xml"/>`+
					`<Page ID="2" BaseLoc="/Doc_0/Pages/P1/Content.xml"/></Pages></D>`,
				"Doc_0/Pages/P1/Content.xml", `<P><TextObject Boundary="0 9 1 1"><TextCode>后页</TextCode></TextObject></P>`,
				"Doc_0/Pages/P2/Content.xml", `<P><TextObject Boundary="0 5 1 1"><TextCode>关于</TextCode></TextObject>`+
					`<TextObject Boundary="9 5 1 1"><TextCode>通知</TextCode></TextObject>`+
					`<TextObject Boundary="0 8 1 1"><TextCode>正文</TextCode></TextObject></P>`),
			format: "ofd",
			want:   "关于通知\n正文\n后页",
		},
		{
			name: "lost pages.ofd",
			file: packed(t, "OFD.xml", `<OFD><DocRoot>None.xml</DocRoot></OFD>`,
				"Doc_0/Pages/P1/Content.xml", `<P><TextObject><TextCode>还在</TextCode></TextObject></P>`),
			format: "ofd",
			want:   "还在",
		},
		{
			name:   "a.html",
			file:   []byte("<html><head><title>x</title><script>alert(1)</script></head><body><p>正文</p><p>第二段</p></body></html>"),
			format: "html",
			want:   "正文\n第二段",
		},
		{
			name:   "gbk.txt",
			file:   []byte("\xb9\xd8\xd3\xda\xd7\xf6\xba\xc3\xb9\xa4\xd7\xf7\xb5\xc4\xcd\xa8\xd6\xaa"),
			format: "txt",
			want:   "关于做好工作的通知",
		},
		{
			name:   "a.csv",
			file:   []byte("\ufeff标题,正文\r\n甲,乙\r\n"),
			format: "txt",
			want:   "标题,正文\n甲,乙",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := textOf(t, c.name, c.file); got.Text != c.want || got.Format != c.format || got.Cut {
				t.Errorf("%s, cut %t: %q, want %q", got.Format, got.Cut, got.Text, c.want)
			}
		})
	}
}

// TestReadTextRefuses: what has no text that can be read says why.
func TestReadTextRefuses(t *testing.T) {
	t.Parallel()
	bomb := packed(t, "OFD.xml", "<OFD><DocRoot>D.xml</DocRoot></OFD>", "D.xml", `<D><Page BaseLoc="P.xml"/></D>`,
		"P.xml", "<P>"+strings.Repeat(" ", 90<<20)+"</P>")
	for name, c := range map[string]struct {
		file []byte
		kind fault.Kind
		says string
	}{
		"zip":        {packed(t, "a.docx", string(word(t, para1("甲")))), fault.Unsupported, "不是办公文件"},
		"bomb":       {bomb, fault.TooLarge, "压缩炸弹"},
		"entities":   {packed(t, "content.xml", `<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>`), fault.Unsupported, "DOCTYPE"},
		"pdf":        {[]byte("%PDF-1.7"), fault.Unsupported, "不能"},
		"compound":   {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 600)), fault.Unsupported, ""},
		"programme":  {[]byte("MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"), fault.Unsupported, ""},
		"cut":        {word(t, para1("甲"))[:150], fault.Unsupported, "损坏"},
		"broken xml": {packed(t, "content.xml", "<a><b></a>"), fault.Unsupported, "损坏"},
		"many strings": {packed(t, "xl/workbook.xml", "<w/>", "xl/sharedStrings.xml", "<s>"+
			strings.Repeat("<si/>", 3<<20)+"</s>"), fault.TooLarge, ""},
	} {
		_, err := ReadText(t.Context(), name, bytes.NewReader(c.file), int64(len(c.file)))
		if err == nil || fault.KindOf(err) != c.kind || !strings.Contains(fault.Text(err), c.says) {
			t.Errorf("%s: %v, want %v with %q", name, err, c.kind, c.says)
		}
	}
}

// TestCut: a text that is too long is cut at a character, and says so.
func TestCut(t *testing.T) {
	t.Parallel()
	got := textOf(t, "a.txt", []byte(strings.Repeat("清河市人民政府\n", 300_000)))
	if !got.Cut || len(got.Text) > maxText || len(got.Text) < maxText/2 || strings.ContainsRune(got.Text, '\ufffd') {
		t.Errorf("cut %t, %d bytes", got.Cut, len(got.Text))
	}
	if whole := textOf(t, "a.txt", []byte("短")); whole.Cut || whole.Text != "短" {
		t.Errorf("%+v", whole)
	}
}

// le writes numbers as little endian: uint16 for int, uint32 for int64.
func le(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch p := p.(type) {
		case int:
			b = binary.LittleEndian.AppendUint16(b, uint16(p))
		case int64:
			b = binary.LittleEndian.AppendUint32(b, uint32(p))
		case string:
			b = append(b, p...)
		}
	}
	return b
}

func wideBytes(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// record1 is a record of Excel.
func record1(kind int, data []byte) []byte { return append(le(kind, len(data)), data...) }

// TestCells: strings that go on in the next record change their width there; numbers in both forms; passwords.
func TestCells(t *testing.T) {
	t.Parallel()
	sst := record1(0xfc, le(int64(2), int64(2), 5, "\x01", wideBytes("清河市")))
	sst = append(sst, record1(0x3c, le("\x00", "AB", 2, "\x09", 1, wideBytes("乙区"), int64(0)))...)
	book := append(sst, record1(0xfd, le(0, 0, 0, int64(0)))...)
	book = append(book, record1(0xfd, le(0, 1, 0, int64(1)))...)
	book = append(book, record1(0xfd, le(0, 2, 0, int64(99)))...)
	book = append(book, record1(0x203, le(1, 0, 0, "\x00\x00\x00\x00\x00\x00\xf8\x3f"))...)
	book = append(book, record1(0x27e, le(1, 1, 0, int64(100<<2|3)))...)
	book = append(book, record1(0x204, le(2, 0, 0, 1, "\x00", "X"))...)
	var s sink
	if err := s.cells(book); err != nil {
		t.Fatal(err)
	}
	if got, want := s.text(), "清河市AB 乙区\n1.5 1\nX"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if err := s.cells(record1(0x2f, nil)); !fault.Is(err, fault.Unsupported) {
		t.Errorf("a password: %v", err)
	}
}

// wordStreams are the streams of a document of Word 97 with two pieces.
func wordStreams(flags int) map[string][]byte {
	text := make([]byte, 0x400)
	copy(text[2:], le(0xc1))
	copy(text[0x0a:], le(flags))
	copy(text[0x200:], wideBytes("标题\r甲\a\x13PAGE\x14乙\x15"))
	copy(text[0x300:], "abc\r")
	pieces := le(int64(0), int64(12), int64(16), 0, int64(0x200), 0, 0, int64(0x300*2|1<<30), 0)
	clx := append(le("\x02", int64(len(pieces))), pieces...)
	table := append(le("\x01", 2, "xx"), clx...)
	copy(text[0x1a2:], le(int64(0), int64(len(table))))
	return map[string][]byte{"WordDocument": text, "1Table": table}
}

// TestWordText: pieces of both widths, cells, fields; passwords and old versions are named.
func TestWordText(t *testing.T) {
	t.Parallel()
	var s sink
	if err := s.wordText(wordStreams(0x0200)); err != nil {
		t.Fatal(err)
	}
	if got, want := s.text(), "标题\n甲 乙abc"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for flags, says := range map[int]string{0x0300: "密码", 0: "损坏"} {
		if err := s.wordText(wordStreams(flags)); !strings.Contains(fault.Text(err), says) {
			t.Errorf("%x: %v, want %s", flags, err, says)
		}
	}
	old := wordStreams(0x0200)
	copy(old["WordDocument"][2:], le(0x65))
	if err := s.wordText(old); !strings.Contains(fault.Text(err), "Word 97") {
		t.Errorf("an old version: %v", err)
	}
}

// TestSlideAtoms: texts of both widths in containers.
func TestSlideAtoms(t *testing.T) {
	t.Parallel()
	atoms := append(le(0, 0x0fa0, int64(4), wideBytes("标题")), le(0, 0x0fa8, int64(3), "a\rb")...)
	atoms = append(le(0xf, 0x03e8, int64(len(atoms))), atoms...)
	var s sink
	if err := s.slideAtoms(append(atoms, le(0, 0x0fa0, int64(1<<30), "cut")...)); err != nil {
		t.Fatal(err)
	}
	if got := s.text(); !strings.HasPrefix(got, "标题\na\nb") {
		t.Errorf("%q", got)
	}
}

// FuzzCompound: no stream of a legacy file crashes its reader or keeps it for long.
func FuzzCompound(f *testing.F) {
	streams := wordStreams(0x0200)
	f.Add(streams["WordDocument"], streams["1Table"])
	f.Add(record1(0xfc, le(int64(1), int64(1), 1, "\x0d", 1, int64(4), "A")), []byte{})
	f.Fuzz(func(_ *testing.T, main, table []byte) {
		var s sink
		_ = s.wordText(map[string][]byte{"WordDocument": main, "1Table": table, "0Table": table})
		_ = s.cells(main)
		_ = s.slideAtoms(main)
	})
}

// FuzzReadText: no part of an archive crashes its reader.
func FuzzReadText(f *testing.F) {
	f.Add("OFD.xml", "<OFD><DocRoot>content.xml</DocRoot></OFD>", `<P><Page BaseLoc="a"/></P>`)
	f.Add("xl/workbook.xml", "<w/>", "<w><row><c><v>1</v></c></row></w>")
	f.Fuzz(func(t *testing.T, name, first, second string) {
		file := packed(t, name, first, "content.xml", second, "xl/worksheets/sheet1.xml", second,
			"ppt/slides/slide1.xml", second)
		_, err := ReadText(context.Background(), name, bytes.NewReader(file), int64(len(file)))
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatal(err)
		}
	})
}
