package extract

import (
	"time"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/kernel/htmlclean"
)

// Version is the version of the extractor, stored in the provenance of each item. Increase it when results change.
const Version = "2"

// Kind is the kind of a page.
type Kind string

// The kinds of page.
const (
	Article Kind = "article" // an article with title and body
	List    Kind = "list"    // a column or list page
	Home    Kind = "home"    // the home page of a site or channel
	Empty   Kind = "empty"   // a template without content, or a page whose content a script loads
	Error   Kind = "error"   // an error page such as "not found"
)

// Precision is the precision of a time.
type Precision = notation.Precision

// The precisions.
const (
	Minute = notation.Minute
	Day    = notation.Day
)

// ParseTime calls notation.Time.
func ParseTime(s string) (at time.Time, p Precision, ok bool) { return notation.Time(s) }

// DocNumber calls notation.DocNumber.
func DocNumber(s string) (canonical, raw string, ok bool) { return notation.DocNumber(s) }

// Options configure one call of Extract.
type Options struct {
	// URL is the address of the page, which relative addresses are resolved against. With "" they stay relative.
	URL string
	// Name is the name of the saved file, "" when there is none.
	Name string
	Now  time.Time // current time, for detecting dates in the future; zero: no check
}

// Result is the result of Extract. Fields that the page does not have are zero.
type Result struct {
	Version  string
	Kind     Kind
	Title    string
	Subtitle string
	Time     time.Time // Asia/Shanghai; zero when the page shows none
	Precise  Precision
	TimeText string    // the time as written, when it cannot be read; else ""
	Closing  time.Time // 落款日期: the line with only a date at the end of the text; zero when there is none
	Source   string    // 来源
	Author   string    // 作者
	Editor   string    // 责任编辑
	Keywords []string
	Summary  string
	Image    string // address of the cover in a meta tag, as written

	Body  htmlclean.Result // cleaned body
	Files []htmlclean.Ref  // attachments in and below the body

	Document DocumentInfo // head table of an official document; zero for others

	SiteName, SiteDomain, SiteIDCode, ColumnName string

	// Base is the base that relative addresses were resolved against, "" when they stay relative.
	Base string

	URL  string   // address of the page in its own tags (canonical, og:url, Url, "saved from")
	Next []string // addresses of following pages of the same article

	Evidence   map[string]string // field → rule that found it
	Confidence float64           // 0 to 1
	Warnings   []string          // contradictions in the page, in Chinese
}

// DocumentInfo contains the metadata of a document (公文, standards 3.5) as found on a page. resource.DocumentInfo is the
// same in the library.
type DocumentInfo struct {
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

// Zero reports whether the page has no metadata of an official document.
func (d DocumentInfo) Zero() bool {
	return d.Number == "" && d.Index == "" && d.Issuer == "" && d.Signed.IsZero() && len(d.Fields) == 0
}
