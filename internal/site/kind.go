package site

import (
	"slices"
	"strings"
)

// Kind says what a column's own page is.
type Kind string

// The kinds of column. How their pages are made is a row in internal/publish/render/kinds.go.
const (
	KindList       Kind = "list"       // a paged list of items
	KindPage       Kind = "page"       // its newest item, shown as the page itself
	KindChannel    Kind = "channel"    // its own items, and lists of its child columns
	KindDisclosure Kind = "disclosure" // part of the 政府信息公开 frame
	KindLink       Kind = "link"       // an address elsewhere
)

// KindTraits is a row of the table of kinds: all properties of a kind of column except how
// its page is made.
type KindTraits struct {
	Kind Kind
	Name string // for people

	// Link: an address elsewhere, with neither page nor items.
	Link bool
	// Single: the page shows one item itself, so the items have no pages of their own.
	Single bool
	// List: the page is a paged list, with older pages and feeds.
	List bool
	// Block: the newest items stand as a block on the channel above and on a home page that declares
	// no blocks; an import that knows no column puts items into the first such column.
	Block bool
	// ByName: an import finds the column by its name.
	ByName bool
}

var kinds = []KindTraits{
	{Kind: KindList, Name: "列表", List: true, Block: true, ByName: true},
	{Kind: KindPage, Name: "单页", Single: true},
	{Kind: KindChannel, Name: "频道", List: true},
	{Kind: KindDisclosure, Name: "信息公开", List: true, ByName: true},
	{Kind: KindLink, Name: "链接", Link: true},
}

// Kinds are all kinds of column; a column without one is of the first.
func Kinds() []KindTraits { return slices.Clone(kinds) }

// Traits returns the row of a kind; that of an unknown kind is empty.
func (k Kind) Traits() KindTraits {
	for _, row := range kinds {
		if row.Kind == k {
			return row
		}
	}
	return KindTraits{}
}

// Choices are the values that a caller may give.
func (Kind) Choices() (out []string) {
	for _, row := range kinds {
		out = append(out, string(row.Kind))
	}
	return out
}

// Meaning says for people what each value means.
func (Kind) Meaning() string {
	var parts []string
	for _, row := range kinds {
		parts = append(parts, string(row.Kind)+" "+row.Name)
	}
	return strings.Join(parts, "、") + "；默认 " + string(kinds[0].Kind)
}
