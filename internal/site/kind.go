package site

import (
	"slices"
	"strings"
)

// Kind is the kind of a column. It decides what the page of the column shows.
type Kind string

// The kinds of columns. The table in internal/publish/render/kinds.go says how their pages are made.
const (
	KindList       Kind = "list"       // a paged list of items
	KindPage       Kind = "page"       // the newest item of the column
	KindChannel    Kind = "channel"    // its own items and a list for each child column
	KindDisclosure Kind = "disclosure" // a part of the disclosure frame 政府信息公开
	KindLink       Kind = "link"       // a link to another address
)

// KindTraits has the properties of a kind of column.
type KindTraits struct {
	Kind Kind
	Name string // shown to users

	// Link: the column is a link; it has no page and no items.
	Link bool
	// Single: the page of the column shows one item. The items have no pages of their own.
	Single bool
	// List: the page of the column is a paged list, with feeds.
	List bool
	// Block: the newest items are shown as a block on the channel above, and on a home page that declares no blocks.
	// An import puts items without a column into the first column of such a kind.
	Block bool
	// ByName: an import may find the column by its name.
	ByName bool
}

var kinds = []KindTraits{
	{Kind: KindList, Name: "列表", List: true, Block: true, ByName: true},
	{Kind: KindPage, Name: "单页", Single: true},
	{Kind: KindChannel, Name: "频道", List: true},
	{Kind: KindDisclosure, Name: "信息公开", List: true, ByName: true},
	{Kind: KindLink, Name: "链接", Link: true},
}

// Kinds returns all kinds of columns. The first is the default.
func Kinds() []KindTraits { return slices.Clone(kinds) }

// Traits returns the properties of a kind. They are all zero for an unknown kind.
func (k Kind) Traits() KindTraits {
	for _, row := range kinds {
		if row.Kind == k {
			return row
		}
	}
	return KindTraits{}
}

// Choices returns the values that a caller may use.
func (Kind) Choices() (out []string) {
	for _, row := range kinds {
		out = append(out, string(row.Kind))
	}
	return out
}

// Meaning explains the values in Chinese.
func (Kind) Meaning() string {
	var parts []string
	for _, row := range kinds {
		parts = append(parts, string(row.Kind)+" "+row.Name)
	}
	return strings.Join(parts, "、") + "；默认 " + string(kinds[0].Kind)
}
