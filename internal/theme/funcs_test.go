package theme

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestSmallFunctions(t *testing.T) {
	cases := []struct{ name, got, want string }{
		{"size 0", size(0), ""}, {"size B", size(999), "999 B"}, {"size KB", size(86_120), "86 KB"},
		{"size MB", size(1_246_000), "1.2 MB"},
		{"count", count(1286), "1,286"}, {"count small", count(999), "999"},
		{"count large", count(1234567), "1,234,567"}, {"count negative", count(-1234), "-1,234"},
		{"count negative short", count(-123), "-123"},
		{"initial", initial("社保查询"), "社"}, {"initial mark", initial("《条例》"), "条"},
		{"initial digits", initial("12345热线"), "12"}, {"initial empty", initial(""), ""},
		{"initial sign", initial("★"), "★"},
		{"tel", tel("0450-0000 0000（仅受理网站问题，拨12345）"), "045000000000"}, {"tel none", tel("见页面"), ""},
		{"tone", tone("有效") + tone("修改") + tone("废止") + tone("?"), "okwarnred"},
	}
	for _, c := range cases {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestDatesAreShanghai(t *testing.T) {
	f := funcs(nil)
	late := time.Date(2026, 11, 19, 16, 5, 0, 0, time.UTC)
	for name, want := range map[string]string{"date": "2026-11-20", "datetime": "2026-11-20 00:05", "monthday": "11-20",
		"longdate": "2026年11月20日", "year": "2026"} {
		format, ok := f[name].(func(time.Time) string)
		if !ok || format(late) != want || format(time.Time{}) != "" {
			t.Errorf("%s: not %s", name, want)
		}
	}
}

// Titles may break before the book title, never lose a character.
func TestPhrases(t *testing.T) {
	for _, c := range []struct {
		title string
		want  []string
	}{
		{"清河市人民政府关于印发《清河市若干措施》的通知", []string{"清河市人民政府关于印发", "《清河市若干措施》的通知"}},
		{"清河市人民政府办公室关于做好冬季能源保供工作的通知", []string{"清河市人民政府办公室关于", "做好冬季能源保供工作的通知"}},
		{"《清河市供热条例》解读", []string{"《清河市供热条例》解读"}},
		{"情况关于", []string{"情况关于"}},
		{"公告", []string{"公告"}},
		{"", []string{""}},
	} {
		got := phrases(c.title)
		if !slices.Equal(got, c.want) || strings.Join(got, "") != c.title {
			t.Errorf("%s: %q", c.title, got)
		}
	}
}

func TestHomeRows(t *testing.T) {
	var (
		headline = Block{Headline: &HeadlineBlock{}}
		focus    = Block{Focus: &FocusBlock{}}
		list     = Block{List: &ListBlock{}}
		docs     = Block{Documents: &DocumentsBlock{}}
		disc     = Block{Disclosure: &DisclosureBlock{}}
		tiles    = Block{Tiles: &TilesBlock{}}
	)
	for _, c := range []struct {
		name   string
		blocks []Block
		want   string
	}{
		{"none", nil, ""},
		{"usual", []Block{headline, focus, list, docs, disc, tiles}, "one1 half2 wide2* one1"},
		{"three lists", []Block{list, list, list, tiles}, "third3 one1*"},
		{"four lists", []Block{list, list, list, list}, "third3 one1*"},
		{"lone focus", []Block{focus, tiles}, "one1 one1*"},
		{"documents with list", []Block{docs, list, disc}, "wide2 one1*"},
		{"focus with disclosure", []Block{focus, disc}, "half2"},
	} {
		var got []string
		for _, r := range rowsOf(c.blocks) {
			s := r.Layout + string(rune('0'+len(r.Blocks)))
			if r.Alt {
				s += "*"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s: %s, want %s", c.name, s, c.want)
		}
	}
}
