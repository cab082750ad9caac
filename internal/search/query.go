package search

import (
	"strings"
	"unicode/utf8"

	"guiyi/internal/search/analysis"
)

// Query is what a reader asks.
type Query struct {
	Text     string
	Site     string // site code; empty: all sites
	Column   string // column path, with everything below it; of Site when that is set
	Type     string
	Validity string
	Year     int    // 0: any
	Since    int64  // unix milliseconds, inclusive; 0: open
	Until    int64  // unix milliseconds, exclusive; 0: open
	ByTime   bool   // newest first instead of best first
	Page     int    // from 1
	Size     int    // results a page; 0: DefaultSize
	Home     string // site of the reader: its address of a document is preferred
	Facets   bool   // count by type, site, column and year
}

// Limits of a query. Longer or deeper ones are cut, never refused.
const (
	MaxText     = 200  // characters of the text that count
	MaxDepth    = 1000 // results that can be paged to
	MaxSize     = 50   // results a page
	DefaultSize = 10
	maxTerms    = 64 // terms that count
	minNumber   = 8  // letters and digits of an index number
)

// parsed is the text of a query as terms.
type parsed struct {
	clauses [][]Term        // what a document must hold
	loose   [][]Term        // the same with numbers taken apart, for when nothing is found
	split   bool            // loose differs from clauses
	phrases []string        // folded texts in quotation marks that must occur as they are
	typed   []string        // the phrases as they were typed
	numbers []string        // own numbers that rank first, best first
	marks   map[string]bool // terms to highlight
}

func parse(text string) parsed {
	text = cut(text, MaxText)
	p := parsed{marks: map[string]bool{}}
	rest, phrases := splitPhrases(text)
	for _, ph := range phrases {
		if clauses := p.terms(ph); len(clauses) > 0 {
			p.clauses = append(p.clauses, clauses...)
			p.loose = append(p.loose, clauses...)
			p.phrases = append(p.phrases, squeeze(analysis.Fold(ph)))
			p.typed = append(p.typed, ph)
		}
	}
	for _, ref := range analysis.Numbers(rest) {
		clause := []Term{}
		for _, n := range ref.Terms {
			clause = append(clause, Term{FieldPairs, n}, Term{FieldNumber, n})
			p.numbers = append(p.numbers, n)
			p.marks[n] = true
		}
		p.clauses = append(p.clauses, clause)
		p.split = true
	}
	words := p.terms(strings.Join(strings.Fields(stripStops(rest)), "\n"))
	p.loose = distinct(append(p.loose, words...))
	if !p.split { // a document number is enough; the other words are not required
		p.clauses = append(p.clauses, words...)
	}
	p.clauses = distinct(p.clauses)
	return p
}

// terms returns one clause per pair, word and lone character of text.
func (p *parsed) terms(text string) [][]Term {
	var out [][]Term
	pairedTo := -1
	tokens := analysis.Tokens(text)
	for i, t := range tokens {
		switch t.Kind {
		case analysis.Bi:
			pairedTo = t.End
			out = append(out, []Term{{FieldPairs, t.Term()}})
		case analysis.Word:
			out = append(out, []Term{{FieldPairs, t.Text}})
			if len(t.Text) >= minNumber {
				p.numbers = append(p.numbers, t.Text)
			}
		case analysis.Uni:
			paired := t.End <= pairedTo || i+1 < len(tokens) && tokens[i+1].Kind == analysis.Bi &&
				tokens[i+1].Start == t.Start
			if paired {
				continue
			}
			out = append(out, []Term{{FieldChars, t.Term()}})
		case analysis.Number:
			continue
		}
		p.marks[t.Term()] = true
	}
	return out
}

func distinct(clauses [][]Term) [][]Term {
	seen := map[Term]bool{}
	var out [][]Term
	for _, c := range clauses {
		if !seen[c[0]] && len(out) < maxTerms {
			seen[c[0]] = true
			out = append(out, c)
		}
	}
	return out
}

func cut(s string, runes int) string {
	s = strings.ToValidUTF8(s, " ")
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes])
}

// quotes that hold a phrase, opening and closing.
var quotes = [...][2]string{{"“", "”"}, {"\"", "\""}, {"「", "」"}, {"＂", "＂"}, {"『", "』"}}

// splitPhrases takes the texts in quotation marks out. An unpaired quotation mark is ignored.
func splitPhrases(text string) (rest string, phrases []string) {
	for _, q := range quotes {
		for {
			before, after, ok := strings.Cut(text, q[0])
			if !ok {
				break
			}
			phrase, behind, ok := strings.Cut(after, q[1])
			if !ok {
				text = before + "\n" + after
				continue
			}
			phrases = append(phrases, phrase)
			text = before + "\n" + behind
		}
	}
	return text, phrases
}

// squeeze removes white space, which does not separate words in Chinese.
func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }

// stops are the words of asking, longest first: they say nothing about what is asked for.
func stops() []string {
	return []string{
		"想咨询一下", "咨询一下", "请问一下", "是怎么回事", "有什么规定", "有哪些规定", "应该怎么办", "我想知道", "我想咨询", "我想了解", "麻烦问下",
		"该怎么办", "怎么办理", "如何办理", "怎么样", "怎么办", "是什么", "有哪些", "什么是", "为什么", "多少钱", "在哪里", "你好", "您好",
		"请问", "咨询", "查询", "如何", "怎样", "怎么", "哪里", "是否", "吗", "呢", "吧",
	}
}

// stripStops takes the words of asking and the frame 关于…的问题 off. When nothing else is
// left the text stays as it is: somebody may look for those very words.
func stripStops(text string) string {
	s := strings.TrimSpace(text)
	s = strings.TrimSuffix(strings.TrimSuffix(s, "？"), "?")
	if inner, ok := strings.CutPrefix(s, "关于"); ok {
		for _, tail := range []string{"的问题", "的咨询", "的投诉", "的建议", "问题"} {
			if short, ok := strings.CutSuffix(inner, tail); ok {
				s = short
				break
			}
		}
	}
	for _, stop := range stops() {
		s = strings.ReplaceAll(s, stop, "\n")
	}
	for _, c := range analysis.Tokens(s) {
		if c.Kind != analysis.Uni || len(analysis.Tokens(text)) == 1 {
			return s
		}
	}
	return text
}
