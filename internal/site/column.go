package site

import (
	"guiyi/internal/kernel/actor"
	"slices"
	"strings"
)

// Column (栏目) is a node of a site's column tree.
type Column struct {
	ID          int64
	SiteID      int64
	ParentID    int64
	Slug        string
	Path        string // slugs from the root joined by "/", no slash at the ends
	Name        string
	Description string
	Keywords    []string
	Types       []string // 栏目类别, see columnTypes
	Update      string   // update class, see updateClasses
	Kind        Kind
	URL         string // address of a link column
	Nav         bool   // show in the main navigation
	Fixed       bool   // cannot be removed or renamed
	Rank        int    // order among siblings
	Retired     bool   // not declared any more; its addresses still work
	Version     int64  // from 1; increased by a change of the column, but not when only its siblings change its rank
}

// columnTypes are the standard types of columns (网页标签规范, annex of 国办发〔2017〕47号). Another type is a warning.
var columnTypes = []string{
	"首页", "概况信息", "机构职能", "负责人信息", "工作动态", "政策文件", "信息公开指南", "信息公开目录", "信息公开年报",
	"依申请公开", "数据发布", "数据开放", "政策解读", "回应关切", "办事服务", "咨询投诉", "征集调查", "在线访谈",
}

// updateClasses say how often a column must be updated (检查指标, 国办秘函〔2019〕19号). The days of each class are rule
// rows.
var updateClasses = []string{"news", "notice", "policy", "personnel", "plan", "static", "archived"}

// Slugs of the disclosure frame, which every site has (国办公开办函〔2019〕61号): a top column and its fixed children.
const (
	DisclosureRoot    = "xxgk"
	DisclosureGuide   = "xxgkzn"
	DisclosureRules   = "xxgkzd"
	DisclosureContent = "fdzdgknr"
	DisclosureReports = "xxgknb"
	DisclosureRequest = "ysqgk"
)

const disclosureName = "政府信息公开"

type fixedNode struct{ slug, name, columnType, update string }

var disclosureNodes = []fixedNode{
	{DisclosureGuide, "政府信息公开指南", "信息公开指南", "static"},
	{DisclosureRules, "政府信息公开制度", "信息公开目录", "static"},
	{DisclosureContent, "法定主动公开内容", "信息公开目录", "policy"},
	{DisclosureReports, "政府信息公开年报", "信息公开年报", "plan"},
	{DisclosureRequest, "依申请公开", "依申请公开", "static"},
}

// Tree is the column tree of one site.
type Tree struct {
	all    []*Column
	byID   map[int64]*Column
	byPath map[string]*Column
	kids   map[int64][]*Column
}

// NewTree makes a tree of columns in any order. Siblings are ordered by rank. ID and Path find retired columns too;
// Children omits them.
func NewTree(columns []*Column) *Tree {
	t := &Tree{byID: map[int64]*Column{}, byPath: map[string]*Column{}, kids: map[int64][]*Column{}}
	t.all = slices.Clone(columns)
	slices.SortStableFunc(t.all, func(a, b *Column) int { return a.Rank - b.Rank })
	for _, c := range t.all {
		t.byID[c.ID] = c
		t.byPath[c.Path] = c
		if !c.Retired {
			t.kids[c.ParentID] = append(t.kids[c.ParentID], c)
		}
	}
	return t
}

// ID returns the column with this ID, or nil.
func (t *Tree) ID(id int64) *Column { return t.byID[id] }

// Path returns the column with this path, or nil.
func (t *Tree) Path(path string) *Column { return t.byPath[strings.Trim(path, "/")] }

// Children returns the children of a column in order, without retired ones. 0 returns the top columns.
func (t *Tree) Children(id int64) []*Column { return t.kids[id] }

// Trail returns the columns from the top column to the column id, inclusive.
func (t *Tree) Trail(id int64) []*Column {
	var trail []*Column
	for c := t.byID[id]; c != nil; c = t.byID[c.ParentID] {
		trail = append(trail, c)
	}
	slices.Reverse(trail)
	return trail
}

// Subtree returns the IDs of a column and of all columns below it, without retired ones.
func (t *Tree) Subtree(id int64) []int64 {
	ids := []int64{id}
	for _, c := range t.kids[id] {
		ids = append(ids, t.Subtree(c.ID)...)
	}
	return ids
}

// place returns the position of the column at a path for permission checks. For a new column it returns the position
// of its parent.
func (t *Tree) place(site int64, at string) actor.Place {
	for ; at != ""; at = parentOf(at) {
		if c := t.byPath[at]; c != nil {
			p := actor.Place{Owner: site}
			for _, above := range t.Trail(c.ID) {
				p.Path = append(p.Path, above.ID)
			}
			return p
		}
	}
	return actor.At(site)
}

// All returns all columns including retired ones, ordered by rank. A child may come before its parent.
func (t *Tree) All() []*Column { return t.all }
