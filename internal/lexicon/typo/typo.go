package typo

import (
	"cmp"
	"slices"
	"strings"

	"guiyi/internal/lexicon/words"
)

// Model finds likely mistakes. It is immutable.
type Model struct{ list *words.List }

// New returns a model over a word list.
func New(list *words.List) *Model { return &Model{list: list} }

// Suggestion is a likely mistake: the word from From to To (runes) should be With.
type Suggestion struct {
	From, To int
	With     string
	Gain     float64 // how much more usual the replaced text is, as a natural logarithm
	Reason   string  // Chinese
}

const (
	maxText  = 200_000 // characters of a text that are looked at
	maxRun   = 400     // Han characters that are looked at together; longer runs are cut
	maxFound = 200
)

// How unlikely it is, as a natural logarithm, that a writer takes one character for another.
const (
	sameSound  = 3.0
	nearSound  = 4.5
	otherShape = 7.0
)

// margin returns how much more usual the replaced text must be. Short words need more, because they arise by chance:
// the values are those at which four of five reports were right on sighan2015-train, see docs/lexicon.md.
func margin(length int, cost float64) float64 {
	switch {
	case length >= 4 && cost < otherShape:
		return 2
	case length >= 4:
		return 15
	case length == 3 && cost < otherShape:
		return 4
	case length == 2 && cost == sameSound:
		return 7
	}
	return 1000 // never
}

// rival is how much more usual the best word must be than the next one at the same place.
const rival = 1.5

// Find returns the likely mistakes of a text, in its order, at most 200.
func (m *Model) Find(text []rune) []Suggestion {
	var out []Suggestion
	text = text[:min(len(text), maxText)]
	for i := 0; i < len(text) && len(out) < maxFound; {
		if !han(text[i]) {
			i++
			continue
		}
		j := i
		for j < len(text) && han(text[j]) && j-i < maxRun {
			j++
		}
		for _, s := range m.run(text[i:j]) {
			s.From, s.To = s.From+i, s.To+i
			out = append(out, s)
		}
		i = j
	}
	return out[:min(len(out), maxFound)]
}

func han(r rune) bool { return r >= 0x4e00 && r <= 0x9fff }

// candidate is a word that the text may mean; above is its gain above the margin.
type candidate struct {
	Suggestion
	above float64
}

// run looks at a run of Han characters.
func (m *Model) run(text []rune) []Suggestion {
	if len(text) < 2 {
		return nil
	}
	before, after := m.list.Scores(text)
	alone := m.alone(text)
	var all []candidate
	for from := range text {
		m.list.Near(text[from:], alone[from:], func(word []rune, at int, logP float64) {
			to, place := from+len(word), from+at
			if proper(word, logP) || strings.ContainsRune(formal, text[place]) {
				return
			}
			cost := m.cost(text[place], word[at])
			gain := before[from] + logP + after[to] - after[0] - cost
			if gain > 0 {
				all = append(all, candidate{Suggestion{From: from, To: to, With: string(word), Gain: gain},
					gain - margin(len(word), cost)})
			}
		})
	}
	return m.choose(text, all)
}

// formal are numerals of amounts, which are right where the common ones are too.
const formal = "壹贰叁肆伍陆柒捌玖拾佰仟萬"

// proper reports whether a word is a name of a place, or a rare word of three characters that begins like a name of a
// person. The list has few of the names that there are, so a name that it does not have is no mistake.
func proper(word []rune, logP float64) bool {
	if len(word) > 3 {
		return false
	}
	return strings.ContainsRune("省市县区镇乡村屯路街巷山河湖江岛港站桥寺庙州沟岭庄店", word[len(word)-1]) ||
		len(word) == 3 && logP < rareName && strings.ContainsRune(surnames, word[0])
}

// rareName is below one word in two millions.
const rareName = -14.5

const surnames = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤国"

// alone tells which characters belong to no word of two or more characters in the best way to cut the text. A character
// within a word is taken to be right.
func (m *Model) alone(text []rune) []bool {
	out := make([]bool, len(text))
	from := 0
	for _, to := range m.list.Segment(text) {
		out[from] = to == from+1
		from = to
	}
	return out
}

// cost is how unlikely the slip is.
func (m *Model) cost(is, want rune) float64 {
	near := otherShape
	for _, a := range m.list.Readings(is) {
		for _, b := range m.list.Readings(want) {
			switch {
			case a == b:
				near = min(near, sameSound)
			case blurred(a) == blurred(b):
				near = min(near, nearSound)
			}
		}
	}
	return near
}

// blurred is a syllable without the differences that many speakers do not make: zh z, n l, in ing.
func blurred(s string) string {
	b := []byte(s)
	if len(b) > 1 && b[1] == 'h' {
		b = append(b[:1:1], b[2:]...)
	}
	if n := len(b); n > 1 && b[n-1] == 'g' && b[n-2] == 'n' {
		b = b[:n-1]
	}
	if len(b) > 0 && b[0] == 'n' {
		b = append([]byte{'l'}, b[1:]...)
	}
	return string(b)
}

// choose keeps the best of those that overlap, if it is above its margin and has no rival that is nearly as good.
func (m *Model) choose(text []rune, all []candidate) []Suggestion {
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(-cmp.Compare(a.Gain, b.Gain), cmp.Compare(a.From, b.From), cmp.Compare(b.To, a.To))
	})
	var taken, out []Suggestion
	for i, s := range all {
		over := func(o Suggestion) bool { return s.From < o.To && o.From < s.To }
		if s.above < 0 || slices.ContainsFunc(taken, over) {
			continue
		}
		taken = append(taken, s.Suggestion)
		if slices.ContainsFunc(all[i+1:min(len(all), i+20)], func(o candidate) bool {
			return over(o.Suggestion) && o.Gain > s.Gain-rival && o.To-o.From <= s.To-s.From
		}) {
			continue
		}
		is := string(text[s.From:s.To])
		s.Reason = "词表里没有“" + is + "”，有读音相同或相近的“" + s.With + "”，可能写错了一个字，请核对。"
		if out = append(out, s.Suggestion); len(out) == maxFound {
			break
		}
	}
	slices.SortFunc(out, func(a, b Suggestion) int { return a.From - b.From })
	return out
}
