package office

import (
	"fmt"
	"slices"
)

// Kind is a kind of thing that an import did not take as it stands.
type Kind string

// The kinds of differences.
const (
	TitleTaken      Kind = "title"        // the title of the document is not in the HTML
	ByNumber        Kind = "heading"      // paragraphs that became headings by their numbers
	NumberWritten   Kind = "number"       // automatic numbers that became text
	Inserted        Kind = "insertion"    // insertions of tracked changes, taken
	Deleted         Kind = "deletion"     // deletions of tracked changes, dropped
	Hidden          Kind = "hidden"       // hidden text, dropped
	TextBox         Kind = "text-box"     // text boxes, put behind their paragraph
	Formatting      Kind = "formatting"   // fonts, sizes and colours
	Underline       Kind = "underline"    // underlined text
	Blank           Kind = "blank"        // underlined blanks, now underscores
	Struck          Kind = "struck"       // struck text
	Unlinked        Kind = "link"         // links that lead to no web page, now text
	WithoutAlt      Kind = "alt"          // pictures without a text alternative
	PictureDropped  Kind = "picture"      // pictures that browsers do not show
	PictureOutside  Kind = "outside"      // pictures outside of the file
	TableHead       Kind = "table-head"   // tables without a header row
	Contents        Kind = "contents"     // tables of contents
	Comment         Kind = "comment"      // comments
	Margin          Kind = "margin"       // headers and footers
	Formula         Kind = "formula"      // formulas, now text
	Symbol          Kind = "symbol"       // symbols of fonts that browsers do not have
	Ruby            Kind = "ruby"         // pronunciation above characters
	Diagram         Kind = "diagram"      // charts, SmartArt, drawn shapes
	Embedded        Kind = "embedded"     // embedded objects
	Part            Kind = "part"         // inserted documents
	Macro           Kind = "macro"        // macros
	FormField       Kind = "form-field"   // fields of forms, now text
	Simplified      Kind = "simplified"   // what the library's HTML does not have
	PictureRefused  Kind = "picture-type" // pictures whose bytes are of another type than their name says
	PicturesTooMany Kind = "pictures"     // pictures above the limit
)

// texts are the sentences of a report. Each says what happened, and what to do if something is to be done.
func texts() map[Kind]string {
	return map[Kind]string{
		TitleTaken:      "文首的标题已取作信息标题，正文里不再重复",
		ByNumber:        "按“一、（一）1.”编号识别为小标题，请核对",
		NumberWritten:   "自动编号已写成文字",
		Inserted:        "修订中插入的文字已采用",
		Deleted:         "修订中删除的文字已去掉",
		Hidden:          "隐藏文字没有导入",
		TextBox:         "文本框里的内容已移到所在段落之后，请核对位置",
		Formatting:      "字体、字号和颜色没有导入，按网站的样式显示",
		Underline:       "文字的下划线没有导入（网页上下划线表示链接）",
		Blank:           "填空的下划线已换成“____”",
		Struck:          "删除线没有导入，文字保留，请核对是否应删去",
		Unlinked:        "不是网页或邮件地址的链接已去掉，文字保留",
		WithoutAlt:      "图片没有说明文字，请补上",
		PictureDropped:  "图片是浏览器不能显示的格式（如 EMF、WMF、TIFF），没有导入，请另存为 PNG 后插入",
		PictureOutside:  "图片不在文件里而在外部地址，没有下载，请自行插入",
		TableHead:       "表格没有标题行，请在编辑器里指定",
		Contents:        "目录没有导入，网站按小标题自动生成",
		Comment:         "批注没有导入",
		Margin:          "页眉、页脚没有导入",
		Formula:         "公式已变成文字，请核对，必要时改为图片",
		Symbol:          "特殊字体的符号无法识别，没有导入，请核对",
		Ruby:            "拼音标注没有导入，文字保留",
		Diagram:         "图表、SmartArt 或绘制的图形没有导入，请截成图片插入",
		Embedded:        "嵌入的对象没有导入，需要时请作为附件上传",
		Part:            "插入的子文档没有导入",
		Macro:           "文件含宏，宏没有导入，也没有运行",
		FormField:       "表单域已变成文字",
		Simplified:      "网页正文没有的格式已简化",
		PictureRefused:  "图片的内容与扩展名不符或不能发布，没有导入",
		PicturesTooMany: "图片太多，后面的没有导入",
	}
}

// Note is one line of the report: a kind of thing that was not taken as it stands.
type Note struct {
	Kind   Kind
	Text   string   // what happened to it, in Chinese
	Count  int      // how many there are, at least 1
	Places []string // where the first of them are, in Chinese, such as 第 3 段“为贯彻落实…”
}

// maxPlaces is the maximum number of places of a note.
const maxPlaces = 5

// Report lists what is different between a document and its HTML.
type Report []Note

// Add counts a thing at a place; "" is no place in particular.
func (r *Report) Add(kind Kind, place string) {
	i := slices.IndexFunc(*r, func(n Note) bool { return n.Kind == kind })
	if i < 0 {
		i = len(*r)
		*r = append(*r, Note{Kind: kind, Text: texts()[kind]})
	}
	n := &(*r)[i]
	n.Count++
	if place != "" && len(n.Places) < maxPlaces && !slices.Contains(n.Places, place) {
		n.Places = append(n.Places, place)
	}
}

// place names a paragraph by its number and its first characters.
func place(n int, text string) string {
	const shown = 12
	runes := []rune(text)
	switch {
	case len(runes) == 0:
		return fmt.Sprintf("第 %d 段", n)
	case len(runes) > shown:
		text = string(runes[:shown]) + "…"
	}
	return fmt.Sprintf("第 %d 段“%s”", n, text)
}
