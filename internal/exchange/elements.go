package exchange

import "guiyi/internal/resource"

// element is one value that an import can find for an item. Mappings and content files use its name.
type element struct {
	name string
	// columns are the usual names of table columns for this element. They need no mapping.
	columns []string
	// text returns the field of the edition for an element that is copied as one line; nil for other elements.
	text func(*resource.Edition) *string
}

// elements is the table of all elements, in the order in which messages list them.
var elements = []element{
	{name: "id", columns: []string{"id", "_id", "ID", "编号", "guid"}},
	{name: "title", columns: []string{"title", "标题", "名称", "文件名称", "subject", "题目", "ArticleTitle"},
		text: func(e *resource.Edition) *string { return &e.Title }},
	{name: "subtitle", columns: []string{"subtitle", "副标题"},
		text: func(e *resource.Edition) *string { return &e.Subtitle }},
	{name: "body", columns: []string{"content_html", "body", "content", "内容", "正文", "全文", "text", "html"}},
	{name: "page", columns: []string{"page_html", "page"}},
	{name: "time", columns: []string{"time", "pub_time", "PubDate", "pubDate", "publishDate", "publishTime",
		"publish_time", "publish_date", "pub_date", "date", "时间", "日期", "发布日期", "发布时间", "发文日期"}},
	{name: "source", columns: []string{"source", "sourceName", "来源", "信息来源", "来源网站", "ContentSource"},
		text: func(e *resource.Edition) *string { return &e.Source }},
	{name: "author", columns: []string{"author", "作者"},
		text: func(e *resource.Edition) *string { return &e.Author }},
	{name: "editor", columns: []string{"editor", "责任编辑"},
		text: func(e *resource.Edition) *string { return &e.Editor }},
	{name: "summary", columns: []string{"summary", "摘要", "内容概述", "description"},
		text: func(e *resource.Edition) *string { return &e.Summary }},
	{name: "keywords", columns: []string{"keywords", "关键词", "主题词"}},
	{name: "url", columns: []string{"url", "link", "sourceUrl", "访问地址", "链接", "网址"}},
	{name: "files", columns: []string{"附件链接", "附件", "files"}},
	{name: "index_no", columns: []string{"index_no", "索引号"}},
	{name: "doc_no", columns: []string{"doc_no", "发文字号", "文号"}},
	{name: "issuer", columns: []string{"issuer", "发文机关", "发布机构", "制定机关"}},
	{name: "theme", columns: []string{"主题分类"}},
	{name: "genre", columns: []string{"体裁", "文种"}},
	{name: "signed", columns: []string{"signed", "成文日期"}},
	{name: "effective", columns: []string{"施行日期"}},
	{name: "expires", columns: []string{"失效日期"}},
	{name: "validity", columns: []string{"validity", "有效性", "效力状态", "时效性"}},
	{name: "disclosure", columns: []string{"公开方式"}},
	{name: "region"},
	{name: "form"},
	{name: "interprets"},
}

func elementNames() []string {
	out := make([]string, len(elements))
	for i, el := range elements {
		out[i] = el.name
	}
	return out
}

// usualColumns returns the usual names of the columns of an element.
func usualColumns(name string) []string {
	for _, el := range elements {
		if el.name == name {
			return el.columns
		}
	}
	return nil
}

// fillTexts sets the fields of the one-line elements that found returns. An empty value does not change its field.
func fillTexts(e *resource.Edition, found func(element string) string) {
	for _, el := range elements {
		if el.text == nil {
			continue
		}
		if v := oneLine(found(el.name)); v != "" {
			*el.text(e) = v
		}
	}
}
