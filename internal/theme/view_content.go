package theme

import (
	"html/template"
	"time"
)

func contentViews() []View { return []View{Article{}, Document{}, Interpretation{}, PageView{}} }

// Content is the body of a content page, shared by articles, documents, interpretations and pages.
type Content struct {
	Title       string
	Subtitle    string
	Source      string
	Author      string
	Editor      string // 责任编辑
	PublishedAt time.Time
	UpdatedAt   time.Time // zero: never changed after publishing
	Summary     string
	Body        template.HTML // sanitised by the library
	Pictures    []Image       // picture news: shown above the body
	Attachments []Attachment
	OriginURL   string // address of the original when reposted
	Withdrawn   *Withdrawn
}

// Attachment is a file of an item.
type Attachment struct {
	Name   string
	URL    string
	SaveAs string // name of the saved file, with extension
	Ext    string // upper case, e.g. "PDF"
	Size   int64  // bytes
}

// Withdrawn is the banner of an item that stays readable but is no longer in force (撤下).
type Withdrawn struct {
	At          time.Time
	Reason      string
	Replacement Link // empty URL: none
}

// Tail is shown below the body: QR code, error report, neighbours, related items.
type Tail struct {
	Address  string        // absolute address, printed with the page
	QR       template.HTML // inline SVG of Address
	ErrorURL string        // 纠错
	Prev     Link          // empty URL: none
	Next     Link
	Related  []ListItem
}

// Article 普通文章页.
type Article struct {
	Page   Page
	Crumbs []Link
	Content
	Tail
}

func (Article) file() string { return "article.html" }

// Document 公文页: metadata table, red title, number, validity, attachments, interpretations, relations.
type Document struct {
	Page   Page
	Crumbs []Link
	Content
	Doc             DocumentInfo
	Interpretations []ListItem // Tag = form
	Relations       []Relation
	Tail
}

func (Document) file() string { return "document.html" }

// DocumentInfo is the 公文 head table (standards 3.5). Empty values and zero dates are shown as “—”.
type DocumentInfo struct {
	Index      string // 索引号
	Theme      string // 主题分类, e.g. 工业、交通\其他
	Issuer     string // 发文机关
	Genre      string // 体裁
	Number     string // 发文字号
	Signed     time.Time
	Effective  time.Time
	Expires    time.Time
	Validity   string // 有效 | 失效 | 废止 | 修改
	Disclosure string // 公开方式
	Keywords   []string
}

// Relation is one link between documents, e.g. 修改, 废止, 被修改, 被废止, 依据.
type Relation struct {
	Kind   string
	Title  string
	URL    string // empty: text only
	Number string
	At     time.Time
}

// Interpretation 解读页: the source document first, then the interpretation.
type Interpretation struct {
	Page   Page
	Crumbs []Link
	Content
	Form        string // 文字 图解 视频 音频 动漫 访谈 发布会
	Interpreter string // 解读主体
	Documents   []DocumentCard
	Others      []ListItem // other interpretations of the same document
	Tail
}

func (Interpretation) file() string { return "interpretation.html" }

// DocumentCard shows the document that is interpreted.
type DocumentCard struct {
	Title    string
	URL      string
	Number   string
	Issuer   string
	Signed   time.Time
	Validity string
}

// PageView 单页栏目: about, privacy, contact.
type PageView struct {
	Page   Page
	Crumbs []Link
	Side   Side
	Content
}

func (PageView) file() string { return "page.html" }
