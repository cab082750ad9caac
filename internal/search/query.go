package search

import (
	"strings"
	"unicode/utf8"

	"guiyi/internal/search/analysis"
)

// Query is a search request of a reader.
type Query struct {
	Text     string
	Site     string // site code; empty means all sites
	Column   string // column path; includes the columns below it; on Site when Site is set
	Type     string
	Validity string
	Year     int    // 0: any
	Since    int64  // unix milliseconds, inclusive; 0: no limit
	Until    int64  // unix milliseconds, exclusive; 0: no limit
	ByTime   bool   // newest first instead of best first
	Page     int    // from 1
	Size     int    // results a page; 0: DefaultSize
	Home     string // site of the reader: its address of a document is preferred to others
	Facets   bool   // count by type, site, column and year
}

// Limits of a query. A longer text is cut; a larger page number or size is reduced. Neither is an error.
const (
	MaxText     = 200  // characters of the text that are used
	MaxDepth    = 1000 // results that can be reached by paging
	MaxSize     = 50   // results a page
	DefaultSize = 10
	maxTerms    = 64 // terms that are used
	minNumber   = 8  // least length of an index number in letters and digits
)

// parsed is the text of a query, split into terms.
type parsed struct {
	clauses [][]Term        // all that a document must satisfy
	loose   [][]Term        // the same with numbers split into terms, used when clauses find nothing
	split   bool            // loose differs from clauses
	phrases []string        // folded texts in quotation marks; a document must contain them unchanged
	typed   []string        // the phrases as they were typed
	numbers []string        // document and index numbers; documents with one of them rank first
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

// terms returns one clause per pair, per word and per character that is in no pair.
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

// quotes are the opening and closing marks around a phrase.
var quotes = [...][2]string{{"“", "”"}, {"\"", "\""}, {"「", "」"}, {"＂", "＂"}, {"『", "』"}}

// splitPhrases returns the texts in quotation marks, and the rest. It ignores an unpaired mark.
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

// stops returns question words and greetings, longer ones before the shorter ones that they contain. They do not
// describe what the reader searches for.
func stops() []string {
	return []string{
		"想咨询一下", "咨询一下", "请问一下", "是怎么回事", "有什么规定", "有哪些规定", "应该怎么办", "我想知道", "我想咨询", "我想了解", "麻烦问下",
		"该怎么办", "怎么办理", "如何办理", "怎么样", "怎么办", "是什么", "有哪些", "什么是", "为什么", "多少钱", "在哪里", "你好", "您好",
		"请问", "咨询", "查询", "如何", "怎样", "怎么", "哪里", "是否", "吗", "呢", "吧",
	}
}

// stripStops removes question words and the frame 关于…的问题. When only single characters would be left, it returns
// text unchanged: the reader may search for exactly these words.
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
