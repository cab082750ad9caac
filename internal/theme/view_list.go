package theme

import "time"

func listViews() []View { return []View{List{}, Disclosure{}, SiteMap{}} }

// List 栏目列表页: one page of a column. Older pages keep their address and members.
type List struct {
	Page        Page
	Crumbs      []Link // home first, this column last
	Name        string // name of the column, h1
	Description string
	Side        Side
	Children    []Link // child columns of a channel column, shown as entries
	Sections    []ListBlock
	Documents   []DocumentRow // shown as a table when the column holds documents; else Items
	Pictures    []PictureItem // shown as a grid when the column holds picture news; else Items
	Items       []ListItem
	Filter      *Filter // nil: no filter form
	Pager       Pager
	Feeds       []Feed
	UpdatedAt   time.Time // newest item of the column; zero: not shown
}

func (List) file() string { return "list.html" }

// Side is the column tree shown next to a list.
type Side struct {
	Title string // name of the top column
	URL   string
	Nodes []TreeNode
}

// Filter is the year and keyword form of a list; it leads to the search page, so that static lists stay static.
type Filter struct {
	Action string // usually "/search"
	Site   string // site code
	Column string // column path
	Years  []int  // newest first
}

// Pager has the links between the pages of a list. It shows no total, so that older pages never change. The oldest page
// is number 1. Empty addresses are not shown as links.
type Pager struct {
	Newest string
	Newer  string
	Older  string
	Oldest string
	Pages  []PagerPage // nearby pages, newest first
	Number int         // number of this page; 0: newest page, whose number is still open
}

// PagerPage is one numbered page near the current one.
type PagerPage struct {
	Number  int
	URL     string
	Current bool
}

// Disclosure 政府信息公开: the frame with its fixed navigation, the same for every organ.
type Disclosure struct {
	Page   Page
	Crumbs []Link
	Organ  string           // the organ whose information this is
	Nodes  []DisclosureNode // 指南, 制度, 法定主动公开内容, 年报: always these four in this order
	Apply  Link             // 依申请公开
	Unit   UnitInfo
	Title  string // the current node: h1, unless Content brings its own title

	Intro     string // shown under the title
	Content   *Content
	Sections  []ListBlock
	Documents []DocumentRow
	Items     []ListItem
	Filter    *Filter
	Pager     Pager
}

func (Disclosure) file() string { return "disclosure.html" }

// DisclosureNode is one of the four fixed nodes with its branches.
type DisclosureNode struct {
	Text     string
	URL      string
	Current  bool
	Open     bool
	Children []TreeNode
}

// UnitInfo 公开机构信息.
type UnitInfo struct {
	Name    string // 政府信息公开工作机构
	Address string
	Hours   string
	Phone   string
	Fax     string
	Email   string
}

// SiteMap 网站地图.
type SiteMap struct {
	Page    Page
	Crumbs  []Link
	Columns []TreeNode
	Sites   []LinkGroup // other sites of the city
	Feeds   []Feed
}

func (SiteMap) file() string { return "sitemap.html" }
