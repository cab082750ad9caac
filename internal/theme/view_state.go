package theme

import (
	"html/template"
	"time"
)

func stateViews() []View { return []View{NotFound{}, Gone{}, Problem{}, Closed{}, FormPage{}} }

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

// FormPage 表单页: what is said around a form.
type FormPage struct {
	Page   Page
	Crumbs []Link
	Title  string
	Lead   string        // what the form is for and what becomes of it
	Done   string        // what was just done; "" nothing
	Form   template.HTML // of kernel/form
	Links  []Link        // other things to do
	Notes  []Note
}

func (FormPage) file() string { return "form.html" }

// Note is a section of plain text.
type Note struct{ Title, Text string }
