package theme

import (
	"html/template"
	"time"
)

// View is one kind of page. The method returns the template file that renders it. It is unexported, so that no other
// package adds a kind that Load does not check.
type View interface{ file() string }

// Page is the part that all pages share: the head of the document and the site's frame.
type Page struct {
	Title     string      // text of <title>, e.g. "标题_栏目_站点"
	Meta      Meta        // national page tags 网页标签规范
	Canonical string      // absolute address of this page; empty: no canonical link
	OG        OG          // share card
	JSONLD    template.JS // from OrganizationLD or ArticleLD; empty: none
	Feeds     []Feed      // feeds announced in the head
	NoIndex   bool        // search results and error pages
	Chrome    Chrome      // from Set.Chrome
}

// Meta holds the national tags (standards 1.5). The template writes them in the required order: site, column, content.
// Nil groups and empty optional values are not written.
type Meta struct {
	Site        SiteMeta
	Column      *ColumnMeta
	Content     *ContentMeta
	Description string // standard description of a page without Content; ignored when Content is set
}

// SiteMeta 网站标签: on every page.
type SiteMeta struct {
	Name   string // SiteName 网站名称
	Domain string // SiteDomain 网站域名, no scheme
	IDCode string // SiteIDCode 政府网站标识码
}

// ColumnMeta 栏目标签: on the home page (Types = 首页), column pages and content pages.
type ColumnMeta struct {
	Name        string
	Description string
	Keywords    []string
	Types       []string // 栏目类别, values of the national list
}

// ContentMeta 内容页面标签: on content pages.
type ContentMeta struct {
	Title       string // equals the visible title
	PubDate     time.Time
	Source      string
	Keywords    []string
	Author      string
	Description string
	Images      []string // addresses of pictures in the text
	URL         string   // absolute
}

// OG is the share card (Open Graph). Empty values are not written.
type OG struct {
	Title       string
	Type        string // "website" or "article"
	Image       string // absolute
	Description string
}

// Feed is an RSS or Atom address announced in the head and on list pages.
type Feed struct {
	Title string
	URL   string
	Type  string // "application/rss+xml" or "application/atom+xml"
}

// Link is an address with its text.
type Link struct {
	Text    string
	URL     string
	Note    string // second line of a tile, or a count
	Current bool   // the page being shown, or the branch it belongs to
}

// LinkGroup is a titled list of links, e.g. 国家部委网站.
type LinkGroup struct {
	Title string
	Items []Link
}

// TreeNode is one column in a column tree.
type TreeNode struct {
	Text     string
	URL      string
	Current  bool // this very page
	Open     bool // on the way to the current page
	Children []TreeNode
}

// Image is a picture with its alternative text. Width and Height in px; 0 when unknown.
type Image struct {
	URL           string
	Alt           string
	Width, Height int
}

// ListItem is one line of a list of items.
type ListItem struct {
	Title  string
	URL    string
	Source string
	Tag    string // short word in front of the title, e.g. 图解, 征集中
	Tone   string // colour of Tag: "", "ok", "warn", "red"
	At     time.Time
	Pinned bool
}
