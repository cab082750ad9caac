package office

import (
	"strings"
	"testing"
)

const styles = `<w:styles xmlns:w="http://w">
<w:style w:styleId="1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="1"/></w:style>
<w:style w:styleId="sub"><w:name w:val="own"/><w:basedOn w:val="2"/><w:pPr><w:jc w:val="center"/></w:pPr></w:style>
<w:style w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:styleId="a"><w:name w:val="a"/><w:basedOn w:val="b"/></w:style>
<w:style w:styleId="b"><w:name w:val="b"/><w:basedOn w:val="a"/></w:style>
</w:styles>`

const numberings = `<w:numbering xmlns:w="http://w">
<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
<w:lvlText w:val="%1."/></w:lvl><w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="第%1条"/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
</w:abstractNum>
<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num>
</w:numbering>`

const rels = `<Relationships xmlns="http://r">
<Relationship Id="web" Type="x/hyperlink" Target="https://example.gov.cn/a?b=1&amp;c=2" TargetMode="External"/>
<Relationship Id="js" Type="x/hyperlink" Target="javascript:alert(1)" TargetMode="External"/>
<Relationship Id="file" Type="x/hyperlink" Target="file:///c:/a.doc" TargetMode="External"/>
<Relationship Id="pic" Type="x/image" Target="media/image1.png"/>
<Relationship Id="emf" Type="x/image" Target="media/image2.emf"/>
<Relationship Id="far" Type="x/image" Target="http://198.51.100.1/track.png" TargetMode="External"/>
<Relationship Id="head" Type="x/header" Target="header1.xml"/>
</Relationships>`

const notes = `<w:footnotes xmlns:w="http://w"><w:footnote w:type="separator" w:id="0"><w:p/></w:footnote>
<w:footnote w:id="2"><w:p><w:r><w:t>见《统计法》。</w:t></w:r></w:p></w:footnote></w:footnotes>`

// numbered is a paragraph of a list.
func numbered(id, level, text string) string {
	return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="` + id + `"/></w:numPr></w:pPr>` +
		`<w:r><w:t>` + text + `</w:t></w:r></w:p>`
}

func styled(style, text string) string {
	return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
}

func look1(look, text string) string {
	return `<w:r><w:rPr>` + look + `</w:rPr><w:t xml:space="preserve">` + text + `</w:t></w:r>`
}

func cell(properties, text string) string {
	return `<w:tc><w:tcPr>` + properties + `</w:tcPr>` + para1(text) + `</w:tc>`
}

// drawn is a drawing with a picture.
func drawn(id, alt string) string {
	return `<w:p><w:r><w:drawing><wp:inline><wp:docPr id="1" descr="` + alt + `"/><a:graphic><a:blip ` + id +
		`/></a:graphic></wp:inline></w:drawing></w:r></w:p>`
}

// imports are bodies with the HTML that they become and the kinds of the report.
var imports = []struct {
	name, body, want string
	tells            map[Kind]int
}{
	{"paragraphs", para1("甲&lt;b&gt;") + `<w:p><w:pPr><w:jc w:val="right"/></w:pPr><w:r><w:t>乙</w:t></w:r></w:p><w:p/>`,
		`<p>甲&lt;b&gt;</p><p class="align-right">乙</p>`, nil},
	{"headings by style", styled("1", "总则") + styled("2", "目的") + styled("sub", "范围") + styled("a", "圈"),
		`<h2>总则</h2><h3>目的</h3><h3 class="align-center">范围</h3><p>圈</p>`, nil},
	{"headings by number", para1("一、总体要求") + para1("（一）指导思想") + para1("（二）要求。以为民为先，办好实事。") +
		para1("1. 申请表"),
		`<h2>一、总体要求</h2><h3>（一）指导思想</h3><p>（二）要求。以为民为先，办好实事。</p><p>1. 申请表</p>`,
		map[Kind]int{ByNumber: 2}},
	{"a bold third level", para1("一、甲") + para1("（一）乙") + `<w:p>` + look1("<w:b/>", "1. 丙") + `</w:p>`,
		`<h2>一、甲</h2><h3>（一）乙</h3><h4>1. 丙</h4>`, map[Kind]int{ByNumber: 3}},
	{"title", styled("T", "关于印发办法的") + styled("T", "通知") + para1("各区县："), `<p>各区县：</p>`,
		map[Kind]int{TitleTaken: 1}},
	{"marks", `<w:p>` + look1("<w:b/>", "粗") + look1(`<w:b w:val="0"/>`, "细") + look1("<w:i/>", "斜") + look1(
		`<w:vertAlign w:val="superscript"/>`, "2") + look1(`<w:color w:val="FF0000"/>`, "红") + `</w:p>`,
		`<p><strong>粗</strong>细<em>斜</em><sup>2</sup>红</p>`, map[Kind]int{Formatting: 1}},
	{"blanks and lines", `<w:p>` + look1(`<w:u w:val="single"/>`, "     ") + look1(`<w:u w:val="single"/>`, "线") +
		look1("<w:strike/>", "删") + `</w:p>`, `<p>_____线删</p>`, map[Kind]int{Blank: 1, Underline: 1, Struck: 1}},
	{"hidden and tracked", `<w:p>` + look1("<w:vanish/>", "密") + `<w:del><w:r><w:delText>旧</w:delText></w:r></w:del>` +
		`<w:ins><w:r><w:t>新</w:t></w:r></w:ins><w:moveFrom><w:r><w:t>走</w:t></w:r></w:moveFrom></w:p>`, `<p>新</p>`,
		map[Kind]int{Hidden: 1, Deleted: 2, Inserted: 1}},
	{"lists", numbered("1", "0", "甲") + numbered("1", "1", "子") + numbered("1", "0", "乙") + para1("中") +
		numbered("1", "0", "丙"),
		`<ol><li>甲<ul><li>子</li></ul></li><li>乙</li></ol><p>中</p><ol start="3"><li>丙</li></ol>`, nil},
	{"numbers as text", numbered("2", "0", "为了规范。") + numbered("2", "0", "本办法。") + numbered("3", "0", "总则"),
		`<p>第一条 为了规范。</p><p>第二条 本办法。</p><h2>一、总则</h2>`, map[Kind]int{NumberWritten: 3, ByNumber: 1}},
	{"links", `<w:p><w:hyperlink r:id="web"><w:r><w:t>网</w:t></w:r></w:hyperlink><w:hyperlink r:id="js"><w:r>` +
		`<w:t>脚本</w:t></w:r></w:hyperlink><w:hyperlink r:id="file"><w:r><w:t>盘</w:t></w:r></w:hyperlink></w:p>`,
		`<p><a href="https://example.gov.cn/a?b=1&amp;c=2">网</a>脚本盘</p>`, map[Kind]int{Unlinked: 2}},
	{"fields", `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "https://a.cn/"` +
		`</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>链</w:t></w:r><w:r>` +
		`<w:fldChar w:fldCharType="end"/></w:r><w:r><w:t>后</w:t></w:r></w:p>`,
		`<p><a href="https://a.cn/">链</a>后</p>`, nil},
	{"contents", `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>TOC \o</w:instrText></w:r><w:r>` +
		`<w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>总则 1</w:t></w:r></w:p><w:p><w:r><w:t>附则 9</w:t></w:r>` +
		`<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>` + para1("正文"), `<p>正文</p>`, map[Kind]int{Contents: 1}},
	{"footnote", `<w:p><w:r><w:t>据统计</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>`,
		`<p>据统计<a href="#zw-note1"><sup>[1]</sup></a></p><p><span id="zw-note1"></span>[1] 见《统计法》。</p>`, nil},
	{"table", `<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr>` + cell(`<w:gridSpan w:val="2"/>`, "项目") + cell("", "备注") +
		`</w:tr><w:tr>` + cell(`<w:vMerge w:val="restart"/>`, "甲") + cell("", "1") + cell("", "2") + `</w:tr><w:tr>` +
		cell(`<w:vMerge/>`, "") + cell("", "3") + cell("", "4") + `</w:tr></w:tbl>`,
		`<table><thead><tr><th scope="col" colspan="2">项目</th><th scope="col">备注</th></tr></thead><tbody><tr>` +
			`<td rowspan="2">甲</td><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></tbody></table>`, nil},
	{"table without a head", `<w:tbl><w:tr>` + cell("", "1") + cell("", "2") + `</w:tr><w:tr>` + cell("", "3") +
		cell("", "4") + `</w:tr></w:tbl>`,
		`<table><tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></tbody></table>`,
		map[Kind]int{TableHead: 1}},
	{"pictures", drawn(`r:embed="pic"`, "办事大厅") + drawn(`r:embed="emf"`, "图") + drawn(`r:link="far"`, "图"),
		`<p><img src="picture-1.png" alt="办事大厅"></p>`, map[Kind]int{PictureDropped: 1, PictureOutside: 1}},
	{"picture without alt", drawn(`r:embed="pic"`, "IMG_1.png"), `<p><img src="picture-1.png" alt=""></p>`,
		map[Kind]int{WithoutAlt: 1}},
	{"text box once", `<w:p><w:r><w:t>前</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:drawing><wps:txbx>` +
		`<w:txbxContent>` + para1("框内") + `</w:txbxContent></wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>` +
		`<v:textbox><w:txbxContent>` + para1("框内") + `</w:txbxContent></v:textbox></w:pict></mc:Fallback>` +
		`</mc:AlternateContent></w:r></w:p>` + para1("后"), `<p>前</p><p>框内</p><p>后</p>`, map[Kind]int{TextBox: 1}},
	{"content control and symbol", `<w:sdt><w:sdtContent><w:p><w:sdt><w:sdtContent><w:r><w:t>控</w:t></w:r>` +
		`</w:sdtContent></w:sdt><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p></w:sdtContent></w:sdt>`, `<p>控☑</p>`, nil},
	{"what has no place", `<w:p><w:r><w:t>文</w:t></w:r><w:r><w:object><v:imagedata r:id="pic"/></w:object></w:r><w:r>` +
		`<w:drawing><wp:inline/></w:drawing></w:r><w:r><w:commentReference/></w:r><m:oMath><m:r><m:t>x+y</m:t></m:r>` +
		`</m:oMath></w:p><w:altChunk r:id="x"/>`, `<p>文x+y</p>`,
		map[Kind]int{Embedded: 1, Diagram: 1, Comment: 1, Formula: 1, Part: 1}},
}

func TestImport(t *testing.T) {
	t.Parallel()
	for _, c := range imports {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d := imported(t, word(t, c.body, "word/styles.xml", styles, "word/numbering.xml", numberings,
				"word/_rels/document.xml.rels", rels, "word/footnotes.xml", notes,
				"word/media/image1.png", "\x89PNG\r\n\x1a\n",
				"word/media/image2.emf", "x"))
			if got := flatHTML(d.HTML); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			for _, n := range d.Report {
				if n.Count != c.tells[n.Kind] || n.Text == "" {
					t.Errorf("told of %s %d times, want %d: %q", n.Kind, n.Count, c.tells[n.Kind], n.Text)
				}
			}
			if len(d.Report) != len(c.tells) {
				t.Errorf("report %v, want %v", d.Report, c.tells)
			}
		})
	}
}

// TestTitle: lines of the title are joined; the head of an organ above the number is none.
func TestTitle(t *testing.T) {
	t.Parallel()
	big := func(text string) string {
		return `<w:p><w:pPr><w:jc w:val="center"/></w:pPr>` + look1(`<w:sz w:val="44"/>`, text) + `</w:p>`
	}
	for body, want := range map[string]string{
		big("清河市人民政府") + big("关于做好工作的通知") + para1("正文"):          "清河市人民政府关于做好工作的通知",
		big("清河市人民政府文件") + para1("清政发〔2026〕3号") + big("关于工作的通知"): "关于工作的通知",
		para1("正文") + big("不是标题"):                                "",
		"":                                                       "",
	} {
		d := imported(t, word(t, body))
		if d.Title != want {
			t.Errorf("%q, want %q", d.Title, want)
		}
		if want != "" && strings.Contains(d.HTML, "通知") {
			t.Errorf("the title is in the text: %s", d.HTML)
		}
		if strings.Contains(body, "文件") && !strings.Contains(d.HTML, "清河市人民政府文件") {
			t.Errorf("the head is lost: %s", d.HTML)
		}
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"chineseCounting": "一 十 十一 二十 一百零五 一百一十 1000",
		"upperRoman": "I X XI XX CV CX M", "lowerLetter": "a j k t 105 110 1000", "decimal": "1 10 11 20 105 110 1000",
		"chineseLegalSimplified": "壹 拾 拾壹 贰拾 壹佰零伍 壹佰壹拾 1000"} {
		var got []string
		for _, n := range []int{1, 10, 11, 20, 105, 110, 1000} {
			got = append(got, countAs(n, format))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %s, want %s", format, got, want)
		}
	}
}
