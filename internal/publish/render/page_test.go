package render

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/quick"

	"guiyi/internal/publish/page"
	"guiyi/internal/site"
)

// tree has a list with a list below it, a channel, a page, a link and a retired column.
func tree() *site.Tree {
	return site.NewTree([]*site.Column{
		{ID: 1, Slug: "xwdt", Path: "xwdt", Name: "新闻动态", Kind: site.KindList, Nav: true},
		{ID: 2, ParentID: 1, Slug: "szyw", Path: "xwdt/szyw", Name: "时政要闻", Kind: site.KindList},
		{ID: 3, Slug: "hdjl", Path: "hdjl", Name: "互动交流", Kind: site.KindChannel, Nav: true},
		{ID: 4, Slug: "gywz", Path: "gywz", Name: "关于本站", Kind: site.KindPage},
		{ID: 5, Slug: "wb", Path: "wb", Name: "微博", Kind: site.KindLink, URL: "https://weibo.com/qinghe", Nav: true},
		{ID: 6, Slug: "alt", Path: "alt", Name: "旧栏目", Kind: site.KindList, Retired: true},
	})
}

func frame() *Frame {
	own := &site.Site{ID: 1, Code: "qinghe", Name: "清河市人民政府", Title: "清河市人民政府门户网站", State: site.Running,
		Domains: []string{"www.qinghe.gov.cn"}}
	county := &site.Site{ID: 2, Code: "dongshan", Name: "东山县人民政府", ParentID: 1, State: site.Running,
		Domains: []string{"dongshan.gov.cn"}}
	dark := &site.Site{ID: 3, Code: "new", Name: "新站", ParentID: 1, State: site.Registered}
	return &Frame{Site: own, Tree: tree(), Relatives: &site.Relatives{Near: []*site.Card{county.Card(), dark.Card()}},
		others: &others{cards: map[int64]*site.Card{2: county.Card(), 3: dark.Card()}}}
}

// Every kind of page is in the table of kinds and in the table of makers.
func TestEveryKindIsMade(t *testing.T) {
	kinds := page.Kinds()
	if made := slices.Sorted(maps.Keys(makers())); !slices.Equal(kinds, made) {
		t.Errorf("kinds %v, made %v", kinds, made)
	}
}

// Every kind of column but a link has a row that says what its page shows.
func TestEveryKindOfColumnIsShown(t *testing.T) {
	views := columnViews()
	for _, row := range site.Kinds() {
		if (views[row.Kind] == nil) != row.Link {
			t.Errorf("%s: link %v, view %v", row.Kind, row.Link, views[row.Kind] != nil)
		}
		delete(views, row.Kind)
	}
	if len(views) != 0 {
		t.Errorf("views of no kind: %d", len(views))
	}
}

// TestExcerpt: the beginning of the folded text, by characters.
func TestExcerpt(t *testing.T) {
	plain := func(text string, n int) string {
		text = oneLine(text)
		if r := []rune(text); len(r) > n {
			return string(r[:n]) + "…"
		}
		return text
	}
	for _, text := range []string{"", "  ", "短", "一二三四五六", " a\n\tb  c ", "一二三 四五六", "一二三四五 六"} {
		for n := range 9 {
			if got, want := Excerpt(text, n), plain(text, n); got != want {
				t.Errorf("Excerpt(%q, %d) = %q, want %q", text, n, got, want)
			}
		}
	}
	same := func(words []string, n uint8) bool {
		text := strings.ToValidUTF8(strings.Join(words, " \n"), "?")
		return Excerpt(text, int(n)) == plain(text, int(n))
	}
	if err := quick.Check(same, nil); err != nil {
		t.Error(err)
	}
}

func TestWithoutMarkup(t *testing.T) {
	for in, want := range map[string]string{"a <b>c</b> d": "a  c  d", "<script>x": "x", "a<b": "a", "5 > 3": "5 > 3",
		"": ""} {
		if got := withoutMarkup(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}
