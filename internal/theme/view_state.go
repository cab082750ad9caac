package theme

import (
	"html/template"
	"time"
)

func stateViews() []View { return []View{NotFound{}, Gone{}, Problem{}, Closed{}, FormPage{}} }

// NotFound 404.
type NotFound struct {
	Page  Page
	Links []Link // links to home, site map and main columns
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

// Problem is the error page of a page made per request.
type Problem struct {
	Page   Page
	Title  string
	Detail string // advice for the reader
	ID     string // request id to quote; "" for none
	Links  []Link
	Phone  string
}

func (Problem) file() string { return "problem.html" }

// Closed 网站关停页: a page without any other file, which still shows name and phone.
type Closed struct {
	SiteName  string
	IDCode    string
	Sponsor   string
	Heading   string // e.g. 网站临时下线公告
	Reason    string
	Since     time.Time
	Until     time.Time // zero: open end
	Phone     string
	Elsewhere Link // where the content is available meanwhile; empty URL: none
}

func (Closed) file() string { return "closed.html" }

// FormPage 表单页: a form with its explanation.
type FormPage struct {
	Page   Page
	Crumbs []Link
	Title  string
	Lead   string        // purpose of the form, and what happens with the data
	Done   string        // confirmation of the last action; "" for none
	Form   template.HTML // of kernel/form
	Links  []Link        // other things to do
	Notes  []Note
}

func (FormPage) file() string { return "form.html" }

// Note is a section of plain text.
type Note struct{ Title, Text string }
