package theme

import "time"

// NotFound 404.
type NotFound struct {
	Page  Page
	Links []Link // ways on: home, site map, main columns
	Phone string
}

func (NotFound) file() string { return "notfound.html" }

// Gone 410: an item that was published in error and withdrawn.
type Gone struct {
	Page   Page
	At     time.Time
	Reason string
	Links  []Link
	Phone  string
}

func (Gone) file() string { return "gone.html" }

// Problem is why a page made per request cannot be shown.
type Problem struct {
	Page   Page
	Title  string
	Detail string // what to do
	ID     string // of the request, to quote; "" none
	Links  []Link
	Phone  string
}

func (Problem) file() string { return "problem.html" }

// Closed 网站关停页: stands alone, uses no other file, still shows name and phone.
type Closed struct {
	SiteName  string
	IDCode    string
	Sponsor   string
	Heading   string // e.g. 网站临时下线公告
	Reason    string
	Since     time.Time
	Until     time.Time // zero: open end
	Phone     string
	Elsewhere Link // where the content is meanwhile; empty URL: none
}

func (Closed) file() string { return "closed.html" }

// Access 无障碍设置: the accessibility settings as a plain form.
type Access struct {
	Page   Page
	Crumbs []Link
	Action string // usually "/_mode"
	Back   string // path to return to
	Saved  bool   // settings were just stored
	State  AccessState
}

func (Access) file() string { return "access.html" }

// AccessState is the content of the cookie a11y.
type AccessState struct {
	Zoom    int    // percent: 100, 125, 150, 175, 200
	Theme   string // "", "yb", "by", "wb"
	Article string // text size of articles: "0.9", "1", "1.25"
	Elder   bool
	Text    bool // text only
	Cursor  bool // big pointer
}
