package theme

import "time"

// Search 搜索结果.
type Search struct {
	Page      Page
	Action    string // usually "/search"
	Query     string
	Hidden    []Field // filters that the form keeps
	Corrected Link    // 您要找的是不是…; empty URL: none
	Total     int     // results found
	Capped    bool    // Total is a lower bound
	Types     []Facet // tabs
	Groups    []FacetGroup
	Sorts     []Facet
	Results   []Result
	Pager     SearchPager
	Notes     []string    // how the query was interpreted, and which parts of it had no effect
	Ways      []Facet     // when there is no result: links to queries that may have some
	Elsewhere []LinkGroup // other places to search; shown with Ways, and when the query is empty
	Hot       []Link      // shown when there is no query or no result
	Phone     string      // help line, shown when there is no result
	Problem   string      // the query failed: advice for the reader
}

func (Search) file() string { return "search.html" }

// Field is a hidden form field.
type Field struct{ Name, Value string }

// Facet is one choice of a filter as a link.
type Facet struct {
	Text    string
	URL     string
	Count   int // -1: unknown
	Current bool
}

// FacetGroup is one filter: 站点, 栏目, 时间.
type FacetGroup struct {
	Title string
	Items []Facet
}

// Result is one item found.
type Result struct {
	Title   []Span
	URL     string
	Address string // shown address
	Snippet []Span
	Type    string
	Site    string
	Column  string
	Number  string // 发文字号
	Source  string
	At      time.Time
}

// Span is a piece of text; Hit pieces are marked.
type Span struct {
	Text string
	Hit  bool
}

// SearchPager pages through results; here numbers count from the best result.
type SearchPager struct {
	Prev, Next string
	Pages      []PagerPage
}
