package extract

import (
	"time"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/kernel/htmlclean"
)

// Version is the extractor's version, kept with each imported item as provenance. Raise it when results change.
const Version = "2"

// Kind says what a page is.
type Kind string

// The kinds of page.
const (
	Article Kind = "article" // a text of its own, with title and body
	List    Kind = "list"    // a column or list page
	Home    Kind = "home"    // the first page of a site or channel
	Empty   Kind = "empty"   // a template without content, or content that a script would have loaded
	Error   Kind = "error"   // "not found" and the like
)

// Precision of a time.
type Precision = notation.Precision

// The precisions.
const (
	Minute = notation.Minute
	Day    = notation.Day
)

// ParseTime reads one date or time in any usual Chinese shape; see notation.Time.
func ParseTime(s string) (at time.Time, p Precision, ok bool) { return notation.Time(s) }

// DocNumber finds the first document number in s; see notation.DocNumber.
func DocNumber(s string) (canonical, raw string, ok bool) { return notation.DocNumber(s) }

// Options of one call.
type Options struct {
	// address of the page; relative addresses are resolved against it. Empty: they stay as they are (a saved folder)
	URL string
	// Name is that of the file which the page was saved as, "" when it was not
	Name string
	Now  time.Time // "today", for telling future dates; zero = no check
}

// Result is what was found. Fields that the page does not show are zero.
type Result struct {
	Version  string
	Kind     Kind
	Title    string
	Subtitle string
	Time     time.Time // Asia/Shanghai; zero when the page shows none
	Precise  Precision
	TimeText string    // what stands for the time and cannot be read; "" when Time is known or nothing stands there
	Closing  time.Time // 落款日期: the date alone at the end of the text; zero when there is none
	Source   string    // 来源
	Author   string    // 作者
	Editor   string    // 责任编辑
	Keywords []string
	Summary  string
	Image    string // cover named by a meta tag, address as written there

	Body  htmlclean.Result // cleaned
	Files []htmlclean.Ref  // attachments in and below the body

	Document Document // head table of an official document; zero for others

	SiteName, SiteDomain, SiteIDCode, ColumnName string

	// Base is the address that relative ones were resolved against, "" when they stay as they are.
	Base string

	URL  string   // address that the page itself states (canonical, og:url, Url tag, "saved from")
	Next []string // addresses of following pages of the same article

	Evidence   map[string]string // field → rule that found it
	Confidence float64           // 0 to 1
	Warnings   []string          // contradictions, Chinese
}

// Document holds the metadata of 公文 (standards 3.5).
type Document struct {
	Number    string // 发文字号, canonical: 国办发〔2019〕6号
	NumberRaw string // as written on the page
	Index     string // 索引号
	Issuer    string // 发文机关
	Theme     string // 主题分类
	Genre     string // 体裁
	Validity  string // 有效性
	Openness  string // 公开方式
	Signed    time.Time
	Published time.Time
	Effective time.Time
	Expires   time.Time
	Fields    map[string]string // all rows of the head table, label without spaces → value
}

// Zero reports whether nothing of a head table was found.
func (d Document) Zero() bool {
	return d.Number == "" && d.Index == "" && d.Issuer == "" && d.Signed.IsZero() && len(d.Fields) == 0
}
