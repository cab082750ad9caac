package words

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// cut returns the words of a text.
func cut(text string) (out []string) {
	r, from := []rune(text), 0
	for _, to := range Default().Segment(r) {
		out, from = append(out, string(r[from:to])), to
	}
	return out
}

func TestDefault(t *testing.T) {
	l := Default()
	if len(l.nodes) < 300_000 || len(l.pinyin) < 15_000 {
		t.Fatalf("%d nodes, %d readings: a file was not read", len(l.nodes), len(l.pinyin))
	}
	for i, n := range l.nodes {
		if n.word && (n.logP >= 0 || math.IsInf(float64(n.logP), 0)) {
			t.Fatalf("node %d has the value %v", i, n.logP)
		}
	}
}

func TestSegment(t *testing.T) {
	for text, want := range map[string]string{
		"这是一个大麻烦":   "这|是|一个|大|麻烦",
		"吸食大麻的人":    "吸食|大麻|的|人",
		"路口交通":      "路口|交通",
		"按排名录取":     "按|排名|录取",
		"abc，中国":    "a|b|c|，|中国",
		"𠀀人民":       "𠀀|人民",
		"":          "",
		"全心全意为人民服务": "全心全意|为|人民|服务",
	} {
		got := strings.Join(cut(text), "|")
		if got != want && got != strings.ReplaceAll(want, "为|人民|服务", "为人民服务") {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestLogP(t *testing.T) {
	l := Default()
	often, ok := l.LogP([]rune("工作"))
	rare, ok2 := l.LogP([]rune("砥砺"))
	if !ok || !ok2 || often <= rare {
		t.Errorf("工作 %v %v, 砥砺 %v %v", often, ok, rare, ok2)
	}
	for _, w := range []string{"全心全", "工作工", "x"} { // the first begins a word of the list or none
		if p, ok := l.LogP([]rune(w)); ok || p > rare {
			t.Errorf("%s: %v, %v", w, p, ok)
		}
	}
}

// TestScores: at every place, what is before and after are together at most the value of the whole, and equal to it at
// the ends of words.
func TestScores(t *testing.T) {
	l, text := Default(), []rune("各级人民政府要按排名公布结果，abc𠀀")
	before, after := l.Scores(text)
	whole := l.Best(text)
	if before[len(text)] != whole || math.Abs(after[0]-whole) > 1e-6 {
		t.Fatalf("before %v, after %v, best %v", before[len(text)], after[0], whole)
	}
	ends := l.Segment(text)
	for i := range text {
		sum := before[i] + after[i]
		if sum > whole+1e-6 {
			t.Errorf("at %d %v is better than the best %v", i, sum, whole)
		}
		if slices.Contains(ends, i) && math.Abs(sum-whole) > 1e-6 {
			t.Errorf("a word ends at %d, but %v is not %v", i, sum, whole)
		}
	}
}

func TestReadings(t *testing.T) {
	l := Default()
	if got := l.Readings('行'); !slices.Contains(got, "xing") || !slices.Contains(got, "hang") {
		t.Errorf("行 is read %v", got)
	}
	if l.Readings('a') != nil || l.Readings('女')[0] != "nv" {
		t.Errorf("a %v, 女 %v", l.Readings('a'), l.Readings('女'))
	}
}

func TestNear(t *testing.T) {
	l := Default()
	near := func(text string, open ...bool) (out []string) {
		l.Near([]rune(text), open, func(word []rune, at int, _ float64) {
			if []rune(text)[at] == word[at] || !open[at] {
				t.Errorf("%s: %s does not differ at %d, or must not", text, string(word), at)
			}
			out = append(out, string(word))
		})
		return out
	}
	if got := near("正档原则", true, true, true, true); !slices.Contains(got, "正当") {
		t.Errorf("正档: %v", got)
	}
	if got := near("记律严明", true, true, true, true); !slices.Contains(got, "纪律") {
		t.Errorf("记律严明: %v", got)
	}
	if got := near("记律", false, true); slices.Contains(got, "纪律") {
		t.Error("a place was replaced that is not open")
	}
	if got := near("正当", false, false); got != nil {
		t.Errorf("nothing may differ, but %v", got)
	}
}

func TestReadBroken(t *testing.T) {
	l := read("", "")
	if got := l.Segment([]rune("中国")); len(got) != 2 {
		t.Errorf("an empty list cuts %v", got)
	}
	if unpack([]byte("no gzip")) != "" {
		t.Error("a broken file was read")
	}
}

func FuzzScores(f *testing.F) {
	for _, s := range []string{"中国人民", "\xff", "大麻烦", "　１２３", strings.Repeat("中", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := []rune(s)
		before, after := Default().Scores(text)
		if len(before) != len(text)+1 || len(after) != len(before) || math.IsNaN(after[0]) {
			t.Fatalf("%d runes: %d, %d", len(text), len(before), len(after))
		}
	})
}
