package search

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search/analysis"
)

// Understanding is what a query was taken for.
type Understanding struct {
	Words   string   // what is looked for: simplified, lower case, without the words of asking
	Numbers []string // document and index numbers in it
	Changed bool     // Words are other words than were typed, not only other signs
	Empty   bool     // nothing in the text can be looked for
}

// Understand returns what a text is taken for.
func Understand(text string) Understanding {
	text = cut(text, MaxText)
	p := parse(text)
	rest, phrases := splitPhrases(text)
	words := strings.Join(strings.Fields(analysis.Fold(strings.Join(append(phrases, stripStops(rest)), " "))), " ")
	u := Understanding{Words: words, Numbers: p.numbers, Empty: len(p.clauses) == 0}
	u.Changed = lettersOf(words) != lettersOf(strings.ToLower(text))
	return u
}

// lettersOf leaves out everything but letters and digits.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// Suggestion is a query with another spelling, and how many documents it finds.
type Suggestion struct {
	Text  string
	Total int64
}

const (
	suggestLength = 16 // characters of the longest query that is spelt again
	suggestTries  = 12 // spellings that are tried
	suggestMost   = 3  // of those that find something
)

// Suggest returns other spellings of a query with one character changed, left out or moved, all of whose terms
// documents hold together; the one that finds most comes first. The vocabulary is that of the index.
func (x *Index) Suggest(ctx context.Context, q Query) (out []Suggestion, err error) {
	defer fault.Annotate(&err, "search.Suggest(%q)", cut(q.Text, 40))
	text := []rune(Understand(q.Text).Words)
	if len(text) < 2 || len(text) > suggestLength {
		return nil, nil
	}
	err = x.reading(func(g *generation) error {
		out = nil
		spellings, err := respell(ctx, g.driver, text)
		if err != nil {
			return err
		}
		for _, s := range spellings {
			p := parse(s)
			if len(p.clauses) == 0 {
				continue
			}
			r := Request{Clauses: p.clauses, Filters: q.filters(""), Since: q.Since, Until: q.Until}
			res, err := g.driver.Find(ctx, r)
			if err != nil {
				return err
			}
			if res.Total > 0 {
				out = append(out, Suggestion{s, res.Total})
			}
		}
		return nil
	})
	slices.SortStableFunc(out, func(a, b Suggestion) int { return int(b.Total - a.Total) })
	return out[:min(len(out), suggestMost)], err
}

// spelling is a way to write a query, with how common its rarest new pair is.
type spelling struct {
	text  string
	score int64
}

// respell returns spellings around the pairs that no document has, the most promising first.
func respell(ctx context.Context, d Driver, text []rune) ([]string, error) {
	var found []spelling
	for i := 0; i+1 < len(text); i++ {
		if !unicode.Is(unicode.Han, text[i]) || !unicode.Is(unicode.Han, text[i+1]) {
			continue
		}
		known, err := d.Terms(ctx, FieldPairs, text[i:i+2])
		if err != nil {
			return nil, err
		}
		if len(known) > 0 {
			continue
		}
		found = append(found, spelling{string(slices.Concat(text[:i], text[i+1:])), 0},
			spelling{string(slices.Concat(text[:i+1], text[i+2:])), 0},
			spelling{string(slices.Concat(text[:i], []rune{text[i+1], text[i]}, text[i+2:])), 0})
		for _, at := range []int{i, i + 1} {
			more, err := replace(ctx, d, text, at)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
	}
	slices.SortStableFunc(found, func(a, b spelling) int { return int(b.score - a.score) })
	var out []string
	for _, s := range found {
		if s.text != string(text) && !slices.Contains(out, s.text) && len(out) < suggestTries {
			out = append(out, s.text)
		}
	}
	return out, nil
}

// replace returns the spellings with another character at a place, which makes known pairs with its neighbours.
func replace(ctx context.Context, d Driver, text []rune, at int) ([]spelling, error) {
	var fits map[rune]int64
	for _, side := range []struct{ neighbour, new int }{{at - 1, 1}, {at + 1, 0}} {
		if side.neighbour < 0 || side.neighbour >= len(text) || !unicode.Is(unicode.Han, text[side.neighbour]) {
			continue
		}
		pattern := []rune{text[side.neighbour], text[side.neighbour]}
		pattern[side.new] = 0
		terms, err := d.Terms(ctx, FieldPairs, pattern)
		if err != nil {
			return nil, err
		}
		here := map[rune]int64{}
		for _, t := range terms {
			r := []rune(t.Value)[side.new]
			if fits == nil {
				here[r] = t.N
			} else if n, ok := fits[r]; ok {
				here[r] = min(n, t.N)
			}
		}
		fits = here
	}
	var out []spelling
	for r, n := range fits {
		other := slices.Clone(text)
		other[at] = r
		out = append(out, spelling{string(other), n})
	}
	slices.SortFunc(out, func(a, b spelling) int { // the order of a map is none
		if a.score != b.score {
			return int(b.score - a.score)
		}
		return strings.Compare(a.text, b.text)
	})
	return out[:min(len(out), suggestTries)], nil
}
