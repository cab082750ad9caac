package words

import (
	"bytes"
	"compress/gzip"
	_ "embed" // the tables
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed words.txt.gz
var wordsFile []byte

//go:embed pinyin.txt.gz
var pinyinFile []byte

// MaxLength is the number of characters of the longest word.
const MaxLength = 7

// List is the word list. It is immutable.
type List struct {
	nodes    []node
	pinyin   map[rune][]string
	unknown  float32 // natural logarithm of the probability of a character that is no word
	homonyms map[string][]rune
}

// node is a node of a trie. The children of a node are adjacent and sorted.
type node struct {
	first, count uint32
	char         uint16
	word         bool
	logP         float32 // natural logarithm of the probability; only for words
}

// Default returns the list of this program. The first call reads it.
var Default = sync.OnceValue(func() *List { return read(unpack(wordsFile), unpack(pinyinFile)) })

func unpack(packed []byte) string {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "" // cannot happen: TestDefault reads the file
	}
	text, _ := io.ReadAll(z)
	return string(text)
}

// entry is a word and its frequency.
type entry struct {
	word []rune
	n    float64
}

// common are characters that are words of their own far more often than the corpus of the list says: it counted them
// within longer words only.
const common = "的了在是我有和就不人都一上也很到说要去你会着没看好这那给过出来把被从对向与及或其但才又再还将以为于之而所者等可能应得地让使用" +
	"每各另本该此他她它们们几两三二四五六七八九十个名次件项条款年月日时分元里中下内外前后间家打带走做作想吃叫请问跟比更最太只先已未无非非自他做开关写读买卖住坐站" +
	"拿放送找见听进回起多少大小长高新老市县区省乡镇村路街号吗呢吧啊哦呀嘛么"

// commonLogP is the least value of such a character: one in 700 words.
const commonLogP = -6.5

// read builds a list from sorted lines: word and frequency sign, character and readings.
func read(words, pinyin string) *List {
	var all []entry
	total := 0.0
	for line := range strings.SplitSeq(words, "\n") {
		if line == "" {
			continue
		}
		sign := line[len(line)-1]
		e := entry{[]rune(line[:len(line)-1]), math.Exp(float64(sign-'!') / 4)}
		total += e.n
		all = append(all, e)
	}
	l := &List{nodes: []node{{}}, pinyin: map[rune][]string{}, homonyms: map[string][]rune{},
		unknown: float32(-math.Log(max(total, 1)))}
	l.grow(0, all, 0, math.Log(max(total, 1)))
	l.raise(all, total)
	for _, r := range common {
		if n, _, ok := l.child(0, r); ok && n.word {
			n.logP = max(n.logP, commonLogP)
		}
	}
	for line := range strings.SplitSeq(pinyin, "\n") {
		if line == "" {
			continue
		}
		r, size := utf8.DecodeRuneInString(line)
		l.pinyin[r] = strings.Split(line[size:], ",")
		if _, _, ok := l.child(0, r); ok { // characters that occur in no word are no candidates
			for _, sound := range l.pinyin[r] {
				l.homonyms[sound] = append(l.homonyms[sound], r)
			}
		}
	}
	return l
}

// aloneShare is the share of the occurrences of a character in which it is taken to stand alone at least. The corpus of
// the list hardly counted single characters.
const aloneShare = 0.05

// raise gives every character at least its share.
func (l *List) raise(all []entry, total float64) {
	mass := map[rune]float64{}
	for _, e := range all {
		for _, r := range e.word {
			mass[r] += e.n
		}
	}
	root := l.nodes[0]
	for i := root.first; i < root.first+root.count; i++ {
		n := &l.nodes[i]
		share := float32(math.Log(aloneShare * mass[rune(n.char)] / total))
		if !n.word || n.logP < share {
			n.word, n.logP = true, share
		}
	}
}

// grow adds the children of a node: entries share the first depth characters and are sorted.
func (l *List) grow(parent uint32, entries []entry, depth int, logTotal float64) {
	if len(entries) > 0 && len(entries[0].word) == depth {
		l.nodes[parent].word, l.nodes[parent].logP = true, float32(math.Log(entries[0].n)-logTotal)
		entries = entries[1:]
	}
	first := uint32(len(l.nodes))
	var groups [][]entry
	for len(entries) > 0 {
		n, c := 1, entries[0].word[depth]
		for n < len(entries) && entries[n].word[depth] == c {
			n++
		}
		l.nodes = append(l.nodes, node{char: uint16(c)})
		groups, entries = append(groups, entries[:n]), entries[n:]
	}
	l.nodes[parent].first, l.nodes[parent].count = first, uint32(len(groups))
	for i, g := range groups {
		l.grow(first+uint32(i), g, depth+1, logTotal)
	}
}

// child returns the node of a character below a node, and its number.
func (l *List) child(at uint32, r rune) (*node, uint32, bool) {
	lo, hi := l.nodes[at].first, l.nodes[at].first+l.nodes[at].count
	end := hi
	for lo < hi {
		mid := (lo + hi) / 2
		if rune(l.nodes[mid].char) < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo < end && rune(l.nodes[lo].char) == r {
		return &l.nodes[lo], lo, true
	}
	return nil, 0, false
}

// LogP returns the natural logarithm of the probability of a word. ok is false when it is not in the list.
func (l *List) LogP(word []rune) (p float64, ok bool) {
	at := uint32(0)
	for _, r := range word {
		_, next, found := l.child(at, r)
		if !found {
			return float64(l.unknown), false
		}
		at = next
	}
	if !l.nodes[at].word {
		return float64(l.unknown), false
	}
	return float64(l.nodes[at].logP), true
}

// Readings returns how a character is read, without tones: 行 is xing, hang.
func (l *List) Readings(r rune) []string { return l.pinyin[r] }

// Sounding returns the characters of the list that may be read like this syllable.
func (l *List) Sounding(syllable string) []rune { return l.homonyms[syllable] }

// Segment cuts a text into words and returns the end of each, in runes. Of all ways to cut, it takes the most probable
// one. A character that begins no word stands alone.
func (l *List) Segment(text []rune) []int {
	_, from := l.forward(text)
	var ends []int
	for i := len(text); i > 0; i = from[i] {
		ends = append(ends, i)
	}
	slices.Reverse(ends)
	return ends
}

// Best returns the natural logarithm of the probability of the most probable way to cut a text.
func (l *List) Best(text []rune) float64 {
	score, _ := l.forward(text)
	return score[len(text)]
}

// Scores returns the best way to cut the text before each place and after each place, as natural logarithms:
// before[len(text)] is after[0]. A word from i to j stands as such in the text when before[i], its own value and
// after[j] are together not less than that.
func (l *List) Scores(text []rune) (before, after []float64) {
	before, _ = l.forward(text)
	n := len(text)
	after = make([]float64, n+1)
	for i := n - 1; i >= 0; i-- {
		after[i] = after[i+1] + float64(l.unknown)
		l.wordsAt(text, i, func(end int, logP float64) { after[i] = max(after[i], after[end]+logP) })
	}
	return before, after
}

// forward returns, for each place, the value of the best way to cut what is before it, and where its last word begins.
func (l *List) forward(text []rune) (score []float64, from []int) {
	n := len(text)
	score, from = make([]float64, n+1), make([]int, n+1)
	for i := 1; i <= n; i++ {
		score[i] = math.Inf(-1)
	}
	for i := range n {
		if p := score[i] + float64(l.unknown); p > score[i+1] {
			score[i+1], from[i+1] = p, i
		}
		l.wordsAt(text, i, func(end int, logP float64) {
			if p := score[i] + logP; p > score[end] {
				score[end], from[end] = p, i
			}
		})
	}
	return score, from
}

// wordsAt calls visit for each word that begins at a place, shortest first.
func (l *List) wordsAt(text []rune, i int, visit func(end int, logP float64)) {
	at := uint32(0)
	for j := i; j < len(text) && j-i < MaxLength; j++ {
		c, next, ok := l.child(at, text[j])
		if !ok {
			return
		}
		if at = next; c.word {
			visit(j+1, float64(c.logP))
		}
	}
}

// Near calls visit for each word of two or more characters that the text begins with, but for one character: word
// differs from the text at the index at, which is one of those that open allows (as long as the text). The first
// character is replaced by one that is read alike only.
func (l *List) Near(text []rune, open []bool, visit func(word []rune, at int, logP float64)) {
	last := -1 // the last place that may differ
	for i := 0; i < len(text) && i < MaxLength; i++ {
		if open[i] {
			last = i
		}
	}
	if last < 0 {
		return
	}
	word := make([]rune, 0, MaxLength)
	if open[0] {
		for _, sound := range l.Readings(text[0]) {
			for _, r := range l.homonyms[sound] {
				if _, next, ok := l.child(0, r); ok && r != text[0] {
					l.nearFrom(text, append(word, r), next, 0, visit)
				}
			}
		}
	}
	at := uint32(0)
	for i := range last {
		_, next, ok := l.child(at, text[i])
		if !ok {
			return
		}
		if at, word = next, append(word, text[i]); !open[i+1] {
			continue
		}
		n := l.nodes[at]
		for k := n.first; k < n.first+n.count; k++ {
			if r := rune(l.nodes[k].char); r != text[i+1] {
				l.nearFrom(text, append(word, r), k, i+1, visit)
			}
		}
	}
}

// nearFrom follows the text from the node of word, which differs from it at the index at.
func (l *List) nearFrom(text, word []rune, node uint32, at int, visit func([]rune, int, float64)) {
	for {
		if n := l.nodes[node]; n.word && len(word) > 1 {
			visit(word, at, float64(n.logP))
		}
		if len(word) >= len(text) || len(word) >= MaxLength {
			return
		}
		_, next, ok := l.child(node, text[len(word)])
		if !ok {
			return
		}
		node, word = next, append(word, text[len(word)])
	}
}
