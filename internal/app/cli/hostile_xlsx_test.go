package cli_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

// fill writes a part of a workbook piece by piece, so that the test keeps nothing of it.
type fill func(w *strings.Builder, flush func())

const (
	sheetHead  = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
	sheetTail  = `</sheetData></worksheet>`
	headRow    = `<row r="1"><c r="A1" t="inlineStr"><is><t>标题</t></is></c><c r="B1" t="inlineStr"><is><t>内容</t></is></c></row>`
	goodRow    = `<row r="2"><c r="A2" t="inlineStr"><is><t>好的一条</t></is></c><c r="B2" t="inlineStr"><is><t>好的正文</t></is></c></row>`
	firstSheet = "xl/worksheets/sheet1.xml"
	stringPart = "xl/sharedStrings.xml"
)

// whole is a part given as one text.
func whole(text string) fill { return func(w *strings.Builder, _ func()) { w.WriteString(text) } }

// many is n times one text between two others.
func many(before, text string, n int, after string) fill {
	return func(w *strings.Builder, flush func()) {
		const block = 10_000
		w.WriteString(before)
		for some := strings.Repeat(text, block); n > block; n -= block {
			w.WriteString(some)
			flush()
		}
		w.WriteString(strings.Repeat(text, n) + after)
	}
}

// workbook writes a good XLSX file of one record, with parts put in place of others; a nil
// part is left out.
func workbook(t *testing.T, at string, parts map[string]fill) {
	t.Helper()
	all := map[string]fill{
		"[Content_Types].xml": whole(
			`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
				`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`),
		"_rels/.rels": whole(
			`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`),
		"xl/workbook.xml": whole(
			`<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`),
		"xl/_rels/workbook.xml.rels": whole(
			`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`),
		firstSheet: whole(sheetHead + headRow + goodRow + sheetTail),
	}
	for name, part := range parts {
		all[name] = part
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(at)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for name, part := range all {
		if part == nil {
			continue
		}
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		flush := func() {
			if _, err := io.WriteString(w, b.String()); err != nil {
				t.Fatal(err)
			}
			b.Reset()
		}
		part(&b, flush)
		flush()
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// sheetOf is a workbook whose first sheet has these rows after its head.
func sheetOf(rows fill) map[string]fill {
	return map[string]fill{firstSheet: func(w *strings.Builder, flush func()) {
		w.WriteString(sheetHead + headRow)
		rows(w, flush)
		w.WriteString(sheetTail)
	}}
}

// cellAt is a second row with one cell of this address.
func cellAt(at string) map[string]fill {
	return sheetOf(whole(`<row r="2"><c r="` + at + `" t="inlineStr"><is><t>甲</t></is></c></row>`))
}

// textOf is a workbook whose cells are shared strings.
func textOf(shared fill, cell string) map[string]fill {
	parts := sheetOf(whole(`<row r="2"><c r="A2" t="s"><v>` + cell +
		`</v></c><c r="B2" t="inlineStr"><is><t>正文</t></is></c></row>`))
	parts[stringPart] = shared
	return parts
}

func archive(t *testing.T, name string, inner []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(inner)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestHostileWorkbooks imports workbooks that are broken or cost more than they look. Each
// is refused before its first record, with its place and what to do.
func TestHostileWorkbooks(t *testing.T) {
	g := newCommands(t)
	const sst = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">`
	const empty = `<row r="2"><c r="A2"><v>`
	for name, c := range map[string]struct {
		parts map[string]fill
		want  string
	}{
		"columns":      {sheetOf(many(`<row r="2">`, `<c/>`, 1_000_000, `</row>`)), "第 2 行的单元格超过 16384"},
		"rows":         {sheetOf(many("", `<row/>`, 1_100_000, "")), "行之后的行号超过 1048576"},
		"row number":   {sheetOf(whole(`<row r="2000000000"/>`)), "第 1 行之后的行号超过"},
		"row back":     {sheetOf(whole(goodRow + goodRow)), "第 2 行之后的行号不对"},
		"row word":     {sheetOf(whole(`<row r="x"/>`)), "第 1 行之后的行号不对"},
		"row in row":   {sheetOf(many("", `<row>`, 40, strings.Repeat(`</row>`, 40))), "层次不对"},
		"cell ZZZZZZ1": {cellAt("ZZZZZZ1"), `第 2 行有位置不对的单元格 "ZZZZZZ1"`},
		"cell A999":    {cellAt("A99999999999"), `第 2 行有位置不对的单元格 "A99999999999"`},
		"cell long":    {cellAt(strings.Repeat("A", 1<<20) + "1"), `第 2 行有位置不对的单元格 "AAAA`},
		"cell back":    {sheetOf(whole(`<row r="2"><c r="B2"/><c r="A2"/></row>`)), `单元格 "A2"`},
		"style":        {sheetOf(whole(`<row r="2"><c r="A2" s="-1"/></row>`)), "样式不对"},
		"deep": {sheetOf(many(`<row r="2">`, `<a>`, 100_000, strings.Repeat(`</a>`, 100_000)+`</row>`)),
			"第 2 行标签的层数超过 64"},
		"deep for ever": {sheetOf(many(`<row r="2">`, `<a>`, 50_000_000, "")), "标签的层数超过 64"},
		"attributes":    {sheetOf(many(`<row r="2"><c `, `a="" `, 1_000_000, `/></row>`)), "一个标签的属性超过 256"},
		"long cell":     {sheetOf(many(empty, "字", 30<<20, `</v></c></row>`)), "第 2 行超过 8 MiB 没有结束"},
		"many runs": {sheetOf(many(`<row r="2"><c r="A2" t="inlineStr"><is>`, "<r/>", 20<<20, `</is></c></row>`)),
			"第 2 行超过 8 MiB 没有结束"},
		"bomb":   {sheetOf(many("", " ", 260<<20, "")), "解压后超过 256 MiB"},
		"broken": {sheetOf(whole(goodRow + `<row r="3"><c r="A3"`)), "第 3 行读不下去"},
		"laughs": {map[string]fill{firstSheet: whole(billion("worksheet") + sheetHead +
			`<row r="1"><c t="str"><v>&l;</v></c></row>` + sheetTail)}, "不允许的文档类型声明"},
		"laughs strings": {textOf(whole(billion("sst")+sst+`<si><t>&l;</t></si></sst>`), "0"), "不允许的文档类型声明"},
		"entity":         {sheetOf(whole(`<row r="2"><c r="A2" t="str"><v>&l;</v></c></row>`)), "第 2 行读不下去"},
		"strings":        {textOf(many(sst, `<si/>`, 45<<20, `</sst>`), "0"), "共享字符串超过 2000000 个"},
		"strings bomb":   {textOf(many(sst, `<si><t>字字字字字字字字</t></si>`, 10<<20, `</sst>`), "0"), "解压后超过 256 MiB"},
		"string runs":    {textOf(many(sst+`<si>`, `<r/>`, 40<<20, `</si></sst>`), "0"), "第 1 个共享字符串超过 8 MiB 没有结束"},
		"no strings":     {textOf(nil, "0"), "第 2 行的单元格指向不存在的共享字符串"},
		"far string":     {textOf(whole(sst+`<si><t>甲</t></si></sst>`), "1"), "第 2 行的单元格指向不存在的共享字符串"},
		"string word":    {textOf(whole(sst+`<si><t>甲</t></si></sst>`), "x"), "第 2 行的单元格指向不存在的共享字符串"},
		"styles": {map[string]fill{"xl/styles.xml": many(
			`<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>`, `<xf/>`,
			2_000_000, `</cellXfs></styleSheet>`)}, "标签超过 300000"},
		"styles bomb":   {map[string]fill{"xl/styles.xml": many("", " ", 200<<20, "")}, "xl/styles.xml 解压后超过 16 MiB"},
		"sheet missing": {map[string]fill{firstSheet: nil}, "工作表 S 不在文件里"},
		"book missing":  {map[string]fill{"xl/workbook.xml": nil}, "不是能读的 XLSX 文件"},
		"all missing":   {map[string]fill{"xl/workbook.xml": nil, firstSheet: nil}, "是压缩包，不是 XLSX"},
		"rels missing":  {map[string]fill{"xl/_rels/workbook.xml.rels": nil, "_rels/.rels": nil}, "不是能读的 XLSX 文件"},
		"empty":         {map[string]fill{firstSheet: whole(sheetHead + sheetTail)}, "工作簿里没有数据"},
	} {
		at := filepath.Join("books", name+".xlsx")
		workbook(t, filepath.Join(g.dir, at), c.parts)
		debug.FreeOSMemory()
		g.refused(c.want, "import", at, "--site", "test")
	}
	if list := g.run("item", "list", "--site", "test", "--limit", "500"); strings.Contains(list, "正文") ||
		strings.Contains(list, "好的") {
		t.Errorf("a refused workbook left something:\n%s", list)
	}
}

// TestHostileArchives are files that are no workbooks although they begin like one.
func TestHostileArchives(t *testing.T) {
	g := newCommands(t)
	good := filepath.Join(g.dir, "good.xlsx")
	workbook(t, good, map[string]fill{
		"xl/media/large.bin":           many("", "\x00", 300<<20, ""), // what is not read may be large
		"xl/embeddings/inner.zip":      whole(string(archive(t, "a.zip", archive(t, "b.zip", []byte("PK"))))),
		"xl/calcChain.xml":             many("<calcChain>", `<c r="A1"/>`, 1_000_000, ""),
		"xl/pivotCache/records1.xml":   many("<a>", `<a>`, 1_000_000, ""),
		"xl/worksheets/_rels/x.x.rels": whole("<"),
	})
	if r, lines := g.took("good.xlsx"); r.Imported != 1 {
		t.Fatalf("%+v %v", r.Totals, lines)
	}
	workbook(t, good, nil)
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	var crowd bytes.Buffer
	z := zip.NewWriter(&crowd)
	for range 200_000 {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(text)
	flipped[bytes.Index(text, []byte(firstSheet))+len(firstSheet)+20] ^= 0xff
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"cut":       {text[:len(text)/2], "不完整或已损坏"},
		"cut end":   {text[:len(text)-10], "不完整或已损坏"},
		"head only": {text[:40], "不完整或已损坏"},
		"flipped":   {flipped, "已损坏"},
		"nested":    {archive(t, "good.xlsx", text), "是压缩包，不是 XLSX"},
		"twice":     {archive(t, "a.zip", archive(t, "b.zip", archive(t, "xl/workbook.xml", text))), "是压缩包，不是 XLSX"},
		"no xml":    {archive(t, "xl/workbook.xml", text), "里的 workbook.xml读不下去"},
		"crowd":     {crowd.Bytes(), "压缩包里的文件太多"},
		"old":       {append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 4096)...), "旧格式的 XLS"},
	} {
		written(t, filepath.Join(g.dir, name+".xlsx"), c.text)
		g.refused(c.want, "import", name+".xlsx", "--site", "test")
	}
}
