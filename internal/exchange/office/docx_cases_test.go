package office

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
)

// row1 is a row of a table.
func row1(properties string, cells ...string) string {
	return "<w:tr><w:trPr>" + properties + "</w:trPr>" + strings.Join(cells, "") + "</w:tr>"
}

func table1(rows ...string) string { return "<w:tbl>" + strings.Join(rows, "") + "</w:tbl>" }

// boldCell is a cell whose text is bold.
func boldCell(text string) string {
	return "<w:tc><w:p>" + look1("<w:b/>", text) + "</w:p></w:tc>"
}

// TestTables: spans, header rows, wrappers, tracked rows, and what cells hold.
func TestTables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		rows  []string
		want  string // of the table without its tags table and tbody
		kinds map[Kind]int
	}{
		{
			name: "a first row of bold text is the header",
			rows: []string{
				row1("", boldCell("名称"), boldCell("数量")),
				row1("", cell("", "甲"), cell("", "1")),
			},
			want: `<thead><tr><th scope="col">名称</th><th scope="col">数量</th></tr></thead>` +
				`<tr><td>甲</td><td>1</td></tr>`,
		},
		{
			name: "numbers are no header",
			rows: []string{
				row1("", cell("", "3"), cell("", "4")),
				row1("", cell("", "5"), cell("", "1")),
			},
			want: `<tr><td>3</td><td>4</td></tr>` +
				`<tr><td>5</td><td>1</td></tr>`,
			kinds: map[Kind]int{TableHead: 1},
		},
		{
			name: "two header rows",
			rows: []string{
				row1("<w:tblHeader/>", cell("", "甲"), cell("", "乙")),
				row1("<w:tblHeader/>", cell("", "丙"), cell("", "丁")),
				row1("", cell("", "1"), cell("", "2")),
			},
			want: `<thead><tr><th scope="col">甲</th><th scope="col">乙</th></tr>` +
				`<tr><th scope="col">丙</th><th scope="col">丁</th></tr></thead>` +
				`<tr><td>1</td><td>2</td></tr>`,
		},
		{
			name: "a header switched off",
			rows: []string{
				row1(`<w:tblHeader w:val="false"/>`, cell("", "3"), cell("", "4")),
				row1("", cell("", "1"), cell("", "2")),
			},
			want: `<tr><td>3</td><td>4</td></tr>` +
				`<tr><td>1</td><td>2</td></tr>`,
			kinds: map[Kind]int{TableHead: 1},
		},
		{
			name: "rows and cells in content controls",
			rows: []string{
				`<w:sdt><w:sdtContent>` + row1("<w:tblHeader/>", cell("", "甲"), cell("", "外")) + `</w:sdtContent></w:sdt>`,
				row1("", `<w:sdt><w:sdtContent>`+cell("", "乙")+`</w:sdtContent></w:sdt>`, cell("", "x")),
			},
			want: `<thead><tr><th scope="col">甲</th><th scope="col">外</th></tr></thead>` +
				`<tr><td>乙</td><td>x</td></tr>`,
		},
		{
			name: "a deleted row",
			rows: []string{
				row1("<w:tblHeader/>", cell("", "甲"), cell("", "外")),
				row1("<w:del/>", cell("", "已删")),
				row1("", cell("", "乙"), cell("", "x")),
			},
			want: `<thead><tr><th scope="col">甲</th><th scope="col">外</th></tr></thead>` +
				`<tr><td>乙</td><td>x</td></tr>`,
			kinds: map[Kind]int{Deleted: 1},
		},
		{
			name: "a continued cell without one above stands for itself",
			rows: []string{
				row1("<w:tblHeader/>", cell("", "甲"), cell("", "乙")),
				row1("", cell("<w:vMerge/>", "丙"), cell("", "丁")),
			},
			want: `<thead><tr><th scope="col">甲</th><th scope="col">乙</th></tr></thead>` +
				`<tr><td>丙</td><td>丁</td></tr>`,
		},
		{
			name: "a row that begins further right",
			rows: []string{
				row1("<w:tblHeader/>", cell("", "甲"), cell("", "乙")),
				row1(`<w:gridBefore w:val="1"/>`, cell("", "丁")),
			},
			want: `<thead><tr><th scope="col">甲</th><th scope="col">乙</th></tr></thead>` +
				`<tr><td></td><td>丁</td></tr>`,
		},
		{
			name: "several paragraphs in a cell",
			rows: []string{
				row1("<w:tblHeader/>", cell("", "甲"), cell("", "外")),
				row1("", "<w:tc>"+para1("一")+para1("二")+"</w:tc>", cell("", "x")),
			},
			want: `<thead><tr><th scope="col">甲</th><th scope="col">外</th></tr></thead>` +
				`<tr><td><p>一</p><p>二</p></td><td>x</td></tr>`,
		},
		{
			name: "a list in a cell",
			rows: []string{
				row1("<w:tblHeader/>", cell("", "甲"), cell("", "外")),
				row1("", "<w:tc>"+numbered("1", "0", "一")+numbered("1", "0", "二")+"</w:tc>", cell("", "x")),
			},
			want: `<thead><tr><th scope="col">甲</th><th scope="col">外</th></tr></thead>` +
				`<tr><td><ol><li>一</li><li>二</li></ol></td><td>x</td></tr>`,
		},
		{
			name: "no heading in a cell",
			rows: []string{
				row1("<w:tblHeader/>", cell("", "甲"), cell("", "外")),
				row1("", "<w:tc>"+styled("1", "一、总则")+"</w:tc>", cell("", "x")),
			},
			want: `<thead><tr><th scope="col">甲</th><th scope="col">外</th></tr></thead>` +
				`<tr><td>一、总则</td><td>x</td></tr>`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := imported(t, word(t, table1(c.rows...), "word/styles.xml", styles, "word/numbering.xml", numberings))
			got := strings.NewReplacer("<table>", "", "</table>", "", "<tbody>", "", "</tbody>", "",
				"\n", "").Replace(d.HTML)
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			for _, kind := range []Kind{TableHead, Deleted} {
				if d.Report.count(kind) != c.kinds[kind] {
					t.Errorf("%s: %d, want %d", kind, d.Report.count(kind), c.kinds[kind])
				}
			}
		})
	}
}

// TestInline: parts of paragraphs that documents of real offices have.
func TestInline(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		body string
		want string
		kind Kind // that the report tells of once, "" for nothing
	}{
		{
			name: "a line break and a tab",
			body: `<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:tab/><w:t>丙</w:t></w:r></w:p>`,
			want: `<p>甲<br>乙 丙</p>`,
		},
		{
			name: "a page break is nothing",
			body: `<w:p><w:r><w:t>甲</w:t><w:br w:type="page"/><w:t>乙</w:t></w:r></w:p>`,
			want: `<p>甲乙</p>`,
		},
		{
			name: "hyphens",
			body: `<w:p><w:r><w:t>A</w:t><w:noBreakHyphen/><w:t>B</w:t><w:softHyphen/><w:t>C</w:t></w:r></w:p>`,
			want: `<p>A-BC</p>`,
		},
		{
			name: "pronunciation",
			body: `<w:p><w:r><w:ruby><w:rt><w:r><w:t>xī</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>溪</w:t></w:r>` +
				`</w:rubyBase></w:ruby></w:r></w:p>`,
			want: `<p>溪</p>`,
			kind: Ruby,
		},
		{
			name: "a simple field",
			body: `<w:p><w:fldSimple w:instr=" DATE "><w:r><w:t>2026年</w:t></w:r></w:fldSimple></w:p>`,
			want: `<p>2026年</p>`,
		},
		{
			name: "a field of a form",
			body: `<w:p><w:r><w:fldChar w:fldCharType="begin"><w:ffData/></w:fldChar></w:r><w:r><w:instrText>FORMTEXT` +
				`</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>姓名</w:t></w:r><w:r>` +
				`<w:fldChar w:fldCharType="end"/></w:r></w:p>`,
			want: `<p>姓名</p>`,
			kind: FormField,
		},
		{
			name: "a field that leads to a script",
			body: `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "javascript:x()"` +
				`</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>点</w:t></w:r><w:r>` +
				`<w:fldChar w:fldCharType="end"/></w:r></w:p>`,
			want: `<p>点</p>`,
			kind: Unlinked,
		},
		{
			name: "a field that ends nowhere",
			body: `<w:p><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>甲</w:t></w:r></w:p>`,
			want: `<p>甲</p>`,
		},
		{
			name: "a picture of the old kind",
			body: `<w:p><w:r><w:pict><v:shape alt="地图"><v:imagedata r:id="pic"/></v:shape></w:pict></w:r></w:p>`,
			want: `<p><img src="picture-1.png" alt="地图"></p>`,
		},
		{
			name: "a symbol that nobody knows",
			body: `<w:p><w:r><w:t>甲</w:t></w:r><w:r><w:sym w:font="Wingdings" w:char="F023"/></w:r></w:p>`,
			want: `<p>甲</p>`,
			kind: Symbol,
		},
		{
			name: "text in a font of symbols",
			body: `<w:p>` + look1(`<w:rFonts w:ascii="Wingdings 2"/>`, "R") + `<w:r><w:t>是</w:t></w:r></w:p>`,
			want: `<p>☑是</p>`,
			kind: Formatting,
		},
		{
			name: "marks of direction are dropped",
			body: para1("附件\u202egpj.exe"),
			want: `<p>附件gpj.exe</p>`,
		},
		{
			name: "a note that is not there",
			body: `<w:p><w:r><w:t>甲</w:t><w:footnoteReference w:id="99"/></w:r></w:p>`,
			want: `<p>甲</p>`,
		},
		{
			name: "a run style",
			body: `<w:p>` + look1(`<w:rStyle w:val="em"/>`, "重") + `</w:p>`,
			want: `<p><strong>重</strong></p>`,
		},
		{
			name: "inserted paragraphs",
			body: `<w:ins>` + para1("甲") + `</w:ins>`,
			want: `<p>甲</p>`,
			kind: Inserted,
		},
		{
			name: "a sub document",
			body: para1("甲") + `<w:subDoc r:id="x"/>`,
			want: `<p>甲</p>`,
			kind: Part,
		},
		{
			name: "an alternative around a paragraph",
			body: `<mc:AlternateContent><mc:Choice>` + para1("甲") + `</mc:Choice><mc:Fallback>` + para1("乙") +
				`</mc:Fallback></mc:AlternateContent>`,
			want: `<p>甲</p>`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := imported(t, word(t, c.body, "word/styles.xml", `<w:styles xmlns:w="http://w"><w:style w:styleId="em">`+
				`<w:name w:val="Strong"/><w:rPr><w:b/></w:rPr></w:style></w:styles>`,
				"word/_rels/document.xml.rels", rels, "word/media/image1.png", "x"))
			if got := flatHTML(d.HTML); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			switch {
			case c.kind == "" && len(d.Report) > 0:
				t.Errorf("told of %v", d.Report)
			case c.kind != "" && (len(d.Report) != 1 || d.Report.count(c.kind) != 1):
				t.Errorf("told of %v, want %s", d.Report, c.kind)
			}
		})
	}
}

// TestPlaces: a note counts all and names the first places, in words that a writer finds.
func TestPlaces(t *testing.T) {
	t.Parallel()
	d := imported(t, word(t, strings.Repeat(`<w:p>`+look1("<w:strike/>", "这一句话应当删去因为已经废止")+`</w:p>`, 20)))
	if len(d.Report) != 1 || d.Report[0].Count != 20 || len(d.Report[0].Places) != maxPlaces {
		t.Fatalf("%+v", d.Report)
	}
	if got, want := d.Report[0].Places[1], "第 2 段“这一句话应当删去因为已经…”"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestMargins: headers with text are told of, numbers of pages are not.
func TestMargins(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"清河市人民政府办公室文件": 1, "- 1 -": 0, "": 0} {
		d := imported(t, word(t, para1("甲"), "word/_rels/document.xml.rels",
			`<R><r Id="1" Type="x/header" Target="header1.xml"/></R>`, "word/header1.xml", "<w>"+para2(text)+"</w>"))
		if d.Report.count(Margin) != want || strings.Contains(d.HTML, "文件") {
			t.Errorf("%q: %v %s", text, d.Report, d.HTML)
		}
	}
}

// para2 is a paragraph without prefixes, as some programs write it.
func para2(text string) string { return "<p><r><t>" + text + "</t></r></p>" }

// TestOtherPackages: parts may have other names, prefixes and folders.
func TestOtherPackages(t *testing.T) {
	t.Parallel()
	d := imported(t, packed(t,
		"_rels/.rels", `<R><r Id="1" Type="http://x/officeDocument" Target="/Word2/document7.xml"/></R>`,
		"word2/document7.xml", "<document><body>"+para2("甲")+"</body></document>"))
	if flatHTML(d.HTML) != "<p>甲</p>" {
		t.Error(d.HTML)
	}
	book := packed(t, "_rels/.rels", `<R><r Id="1" Type="http://x/officeDocument" Target="xl/workbook.xml"/></R>`,
		"xl/workbook.xml", "<workbook/>")
	_, err := Import(context.Background(), bytes.NewReader(book), int64(len(book)))
	if fault.KindOf(err) != fault.Unsupported {
		t.Errorf("a workbook was taken for a document: %v", err)
	}
}

// TestPictures: a picture that is shown twice is stored once; those above the limit are told of.
func TestPictures(t *testing.T) {
	t.Parallel()
	links, parts, body := "", []string{}, drawn(`r:embed="p0"`, "同一幅")
	for i := range maxPictures + 3 {
		n := strings.Repeat("i", i+1)
		links += `<r Id="p` + countAs(i, "") + `" Type="x/image" Target="media/` + n + `.png"/>`
		parts = append(parts, "word/media/"+n+".png", "\x89PNG"+n)
		body += drawn(`r:embed="p`+countAs(i, "")+`"`, "图")
	}
	d := imported(t, word(t, body, append(parts, "word/_rels/document.xml.rels", "<R>"+links+"</R>")...))
	if len(d.Pictures) != maxPictures || d.Report.count(PicturesTooMany) != 3 {
		t.Errorf("%d pictures, %v", len(d.Pictures), d.Report)
	}
	if n := strings.Count(d.HTML, `src="picture-1.png"`); n != 2 {
		t.Errorf("the first picture is shown %d times, want 2", n)
	}
	if p := d.Pictures[0]; p.Name != "图1.png" || p.Alt != "同一幅" || string(p.Body) != "\x89PNGi" {
		t.Errorf("%+v", p)
	}
}

// TestPartName: names lead nowhere outside of the archive.
func TestPartName(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ folder, name, want string }{
		{"word", "media/a.PNG", "word/media/a.png"},
		{"word", "/media/a.png", "media/a.png"},
		{"word", "../media/a.png", "media/a.png"},
		{"word", "../../../../etc/passwd", "etc/passwd"},
		{"word", `..\..\windows\a`, "windows/a"},
		{"", "./word//document.xml", "word/document.xml"},
		{"", "", ""},
	} {
		if got := partName(c.folder, c.name); got != c.want {
			t.Errorf("%s + %s: %q, want %q", c.folder, c.name, got, c.want)
		}
	}
}

// TestSharedCounters: lists of one abstract numbering go on counting; one that overrides it counts anew.
func TestSharedCounters(t *testing.T) {
	t.Parallel()
	shared := strings.Replace(numberings, "</w:numbering>", `<w:num w:numId="8"><w:abstractNumId w:val="1"/></w:num>`+
		`<w:num w:numId="9"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"/></w:num></w:numbering>`, 1)
	d := imported(t, word(t, numbered("2", "0", "甲。")+numbered("8", "0", "乙。")+numbered("9", "0", "丙。")+
		numbered("2", "0", "丁。"), "word/numbering.xml", shared))
	if got, want := flatHTML(d.HTML), "<p>第一条 甲。</p><p>第二条 乙。</p><p>第一条 丙。</p><p>第三条 丁。</p>"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
