package check

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"guiyi/internal/lexicon/typo"
	"guiyi/internal/lexicon/words"
)

// sample are dictionaries for tests.
func sample() *Words {
	return Compile(words.Default(),
		Dictionary{Code: "wrong", Kind: "word.wrong", Entries: []Entry{
			{Word: "按排", Suggest: "安排"}, {Word: "截止#", Suggest: "截至#"}, {Word: "书计", Suggest: "书记"},
			{Word: "成份", Suggest: "成分", Except: []string{"民族成份"}}, {Word: "布署", Suggest: "部署|安排", Level: Block},
		}},
		Dictionary{Code: "drugs", Kind: "word.sensitive", Level: Block, Entries: []Entry{
			{Word: "大麻"}, {Word: "冰毒", Reason: "毒品名称"}, {Word: "AK47", Level: Hint}, {Word: "代开发票"}}})
}

// in returns "code text>fix" of what is found in a text.
func in(d Document, o Options) string {
	var out []string
	for _, f := range Check(d, o).Findings {
		s := f.Code + " " + f.Text
		if len(f.Suggest) > 0 {
			s += ">" + f.Suggest[0]
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

func text(s string) Document { return Document{Blocks: []TextBlock{{Text: []rune(s)}}} }

func TestWords(t *testing.T) {
	o := Options{Words: []*Words{sample()}}
	for s, want := range map[string]string{
		"这是一个大麻烦":       "",
		"大麻烦":           "",
		"大麻袋装满了":        "",
		"吸食大麻的人":        "word.sensitive 大麻",
		"种植大麻、冰毒交易":     "word.sensitive 大麻; word.sensitive 冰毒",
		"吸食大 麻":         "word.sensitive 大 麻",
		"吸食大\u200b麻":    "word.sensitive 大\u200b麻",
		"会议按排如下":        "word.wrong 按排>安排",
		"按排名录取":         "",
		"截止2026年底":      "word.wrong 截止2>截至2",
		"截止日期":          "",
		"民族成份登记":        "",
		"化学成份":          "word.wrong 成份>成分",
		"党委书计":          "word.wrong 书计>书记",
		"持有ＡＫ４７步枪":      "word.sensitive ＡＫ４７",
		"型号AK4711":      "",
		"型号XAK47":       "",
		"提供代开发票服务，布署工作": "word.sensitive 代开发票; word.wrong 布署>部署",
	} {
		if got := in(text(s), o); got != want {
			t.Errorf("%s: got %q, want %q", s, got, want)
		}
	}
}

// TestLevels: what an entry asks for counts before the dictionary and the kind, the site before all of them.
func TestLevels(t *testing.T) {
	for _, c := range []struct {
		text   string
		levels map[string]Level
		want   Level
	}{
		{"会议按排", nil, Warn},
		{"会议布署", nil, Block},
		{"吸食大麻的人", nil, Block},
		{"持有AK47步枪", nil, Hint},
		{"会议按排", map[string]Level{"word.wrong": Block}, Block},
		{"会议布署", map[string]Level{"word.wrong": Hint}, Block}, // the entry knows better than the kind
		{"会议布署", map[string]Level{"wrong": Hint}, Hint},
		{"会议布署", map[string]Level{"word.wrong": Off}, Off},
		{"会议按排", map[string]Level{"wrong": Off}, Off},
		{"乘坐模托车", map[string]Level{"word.likely": Block}, Warn}, // statistics never block
		{"乘坐模托车", map[string]Level{"word.likely": Off}, Off},
		{"（二0二六年）", map[string]Level{"mark.numeral": Block}, Warn},
	} {
		o := Options{Words: []*Words{sample()}, Levels: c.levels}
		if strings.Contains(c.text, "模托车") {
			o.Likely = typo.New(words.Default())
		}
		r := Check(text(c.text), o)
		got := Off
		if len(r.Findings) > 0 {
			got = r.Findings[0].Level
		}
		if got != c.want || r.Blocks() != (c.want == Block) {
			t.Errorf("%s with %v: %s, want %s", c.text, c.levels, got, c.want)
		}
	}
}

func TestIgnored(t *testing.T) {
	o := Options{Words: []*Words{sample()}, Ignored: func(f Finding) bool {
		return f.Code == "word.wrong" && f.Text == "按排" && f.Level == Warn
	}}
	r := Check(text("按排会议，书计讲话"), o)
	if r.Ignored != 1 || len(r.Findings) != 1 || r.Findings[0].Text != "书计" {
		t.Errorf("%+v", r)
	}
}

// TestPlaces: every place is in the text that it says, counted in runes, also beyond the BMP and in full width.
func TestPlaces(t *testing.T) {
	d, err := ParseHTML("<p>𠀀𠀀按排</p><p></p><ul><li>甲<br>书计<img src=a.png alt=图表一>按排</li><li></li></ul>")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range Check(d, Options{Words: []*Words{sample()}}).Findings {
		if is := string(d.Blocks[f.Index].Text[f.From:f.To]); is != f.Text {
			t.Errorf("%+v, but there is %q", f, is)
		}
		got = append(got, fmt.Sprint(f.Index, f.From, f.To))
	}
	if want := []string{"0 2 4", "2 2 4", "2 5 7"}; !slices.Equal(got, want) || len(d.Blocks) != 4 {
		t.Errorf("got %v of %d blocks, want %v", got, len(d.Blocks), want)
	}
}

func TestTypoAfterDictionary(t *testing.T) {
	o := Options{Words: []*Words{Compile(words.Default(), Dictionary{
		Kind: "word.wrong", Entries: []Entry{{Word: "模托车", Suggest: "摩托车"}}})},
		Likely: typo.New(words.Default())}
	if got := in(text("乘坐模托车，加强监督捡查"), o); got != "word.wrong 模托车>摩托车; word.likely 捡查>检查" {
		t.Error(got)
	}
}

// TestHostile: no text gives more than the bounds. The time limit of the tests ends a check that does not end.
func TestHostile(t *testing.T) {
	leaders := NewLeaders([]Leader{{"赵一民", []string{"市长"}}, {"钱二", []string{"副市长"}}})
	entries := []Entry{}
	for n := 2; n <= MaxWord; n++ {
		entries = append(entries, Entry{Word: strings.Repeat("啊", n)})
	}
	all := Compile(words.Default(), Dictionary{Code: "a", Kind: "word.sensitive", Entries: entries},
		Dictionary{Code: "b", Kind: "word.wrong", Entries: []Entry{{Word: "按排", Suggest: "安排"}}})
	const size = 350_000
	for _, s := range []string{strings.Repeat("啊", size), strings.Repeat("1", size), strings.Repeat("1 ", size/2),
		strings.Repeat("《", size), strings.Repeat("》", size), strings.Repeat("，按排", size/3),
		strings.Repeat("市长赵一", size/4),
		strings.Repeat("a", size), strings.Repeat("〔2026〕", size/6), strings.Repeat("（", size),
		strings.Repeat("http://", size/7),
		strings.Repeat("钱二、赵一民、", size/7), strings.Repeat(" ", size), strings.Repeat("\u200b", size),
		strings.Repeat("中 ", size/2),
		strings.Repeat("...", size/3), strings.Repeat("护照E1234567", size/10), strings.Repeat("\U00020000", size)} {
		r := Check(text(s), Options{Words: []*Words{all}, Leaders: leaders})
		if len(r.Findings) > MaxFindings {
			t.Errorf("%.10q: %d findings", s, len(r.Findings))
		}
	}
	r := Check(text(strings.Repeat("，按排", 1000)), Options{Words: []*Words{all}})
	if !r.Truncated || len(r.Findings) != MaxOfKind {
		t.Errorf("%d findings, truncated %v", len(r.Findings), r.Truncated)
	}
	if r := Check(Document{Blocks: []TextBlock{{Text: make([]rune, MaxText+1)}}}, Options{}); !r.Truncated {
		t.Error("a text beyond the limit is said to be checked")
	}
	if r := Check(Document{}, Options{}); len(r.Findings) != 0 || r.Truncated {
		t.Errorf("nothing gives %+v", r)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"<p>按排</p>", "国办发[2026]3号", "23010219900307803X",
		"<table><tr><td>a<td>b<tr><td>c</table>",
		"<a href='javascript:x'>点击这里</a><img>", "\xff\xfe<p>《《》</p>", "市长赵一平、钱二", "<h2>a</h2><h4>b</h4>",
		"护照E12345678"} {
		f.Add(s)
	}
	o := Options{Words: []*Words{sample()}, Likely: typo.New(words.Default()),
		Leaders: NewLeaders([]Leader{{"赵一民", []string{"市长"}}, {"钱二", []string{"副市长"}}})}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseHTML(s)
		if err != nil {
			return
		}
		d.Title, d.Files = s, []File{{Name: s, Text: s}}
		for _, x := range Check(d, o).Findings {
			var in []rune
			switch x.Part {
			case InTitle, InFile:
				in = []rune(s)
			case InText:
				in = d.Blocks[x.Index].Text
			default:
				continue
			}
			linked := strings.HasPrefix(x.Code, "link.") || x.Code == "heading.order" || x.Code == "file.name"
			if x.From < 0 || x.To < x.From || x.To > len(in) || !linked && string(in[x.From:x.To]) != x.Text {
				t.Fatalf("%+v in %q", x, string(in))
			}
			if x.Reason == "" || !utf8.ValidString(x.Reason) || !x.Level.Valid() || x.Level == Off {
				t.Fatalf("%+v", x)
			}
		}
	})
}
