package exchange

import "guiyi/internal/resource"

// element is what an import may find for an item, by the name that mappings and content files give it.
type element struct {
	name string
	// usual are the names of table columns that are understood without a mapping.
	usual []string
	// text is the field of one line that the element fills as it is found; nil: it is read by its own rule.
	text func(*resource.Edition) *string
}

// elements is the table of all elements, in the order in which messages list them.
var elements = []element{
	{name: "id", usual: []string{"id", "_id", "ID", "编号", "guid"}},
	{name: "title", usual: []string{"title", "标题", "名称", "文件名称", "subject", "题目", "ArticleTitle"},
		text: func(e *resource.Edition) *string { return &e.Title }},
	{name: "subtitle", usual: []string{"subtitle", "副标题"},
		text: func(e *resource.Edition) *string { return &e.Subtitle }},
	{name: "body", usual: []string{"content_html", "body", "content", "内容", "正文", "全文", "text", "html"}},
	{name: "page", usual: []string{"page_html", "page"}},
	{name: "time", usual: []string{"time", "pub_time", "PubDate", "pubDate", "publishDate", "publishTime",
		"publish_time", "publish_date", "pub_date", "date", "时间", "日期", "发布日期", "发布时间", "发文日期"}},
	{name: "source", usual: []string{"source", "sourceName", "来源", "信息来源", "来源网站", "ContentSource"},
		text: func(e *resource.Edition) *string { return &e.Source }},
	{name: "author", usual: []string{"author", "作者"},
		text: func(e *resource.Edition) *string { return &e.Author }},
	{name: "editor", usual: []string{"editor", "责任编辑"},
		text: func(e *resource.Edition) *string { return &e.Editor }},
	{name: "summary", usual: []string{"summary", "摘要", "内容概述", "description"},
		text: func(e *resource.Edition) *string { return &e.Summary }},
	{name: "keywords", usual: []string{"keywords", "关键词", "主题词"}},
	{name: "url", usual: []string{"url", "link", "sourceUrl", "访问地址", "链接", "网址"}},
	{name: "files", usual: []string{"附件链接", "附件", "files"}},
	{name: "index_no", usual: []string{"index_no", "索引号"}},
	{name: "doc_no", usual: []string{"doc_no", "发文字号", "文号"}},
	{name: "issuer", usual: []string{"issuer", "发文机关", "发布机构", "制定机关"}},
	{name: "theme", usual: []string{"主题分类"}},
	{name: "genre", usual: []string{"体裁", "文种"}},
	{name: "signed", usual: []string{"signed", "成文日期"}},
	{name: "effective", usual: []string{"施行日期"}},
	{name: "expires", usual: []string{"失效日期"}},
	{name: "validity", usual: []string{"validity", "有效性", "效力状态", "时效性"}},
	{name: "disclosure", usual: []string{"公开方式"}},
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

// usual are the usual names of the columns of an element.
func usual(name string) []string {
	for _, el := range elements {
		if el.name == name {
			return el.usual
		}
	}
	return nil
}

// fillTexts sets the one-line texts of an edition that were found; the others keep their value.
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
