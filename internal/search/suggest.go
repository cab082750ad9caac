package search

import (
	"context"
	"slices"
	"strings"
	"unicode"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search/analysis"
)

// Understanding describes how the index reads the text of a query.
type Understanding struct {
	Text    string   // the text that is searched for: simplified, lower case, without question words
	Numbers []string // document numbers and index numbers in the text
	Changed bool     // Text differs from the typed text in letters or digits, not only in case or signs
	Empty   bool     // the text contains nothing to search for
}

// Understand returns how the index reads text.
func Understand(text string) Understanding {
	text = cut(text, MaxText)
	p := parse(text)
	rest, phrases := splitPhrases(text)
	query := strings.Join(strings.Fields(analysis.Fold(strings.Join(append(phrases, stripStops(rest)), " "))), " ")
	u := Understanding{Text: query, Numbers: p.numbers, Empty: len(p.clauses) == 0}
	u.Changed = lettersOf(query) != lettersOf(strings.ToLower(text))
	return u
}

// lettersOf returns only the letters and digits of s.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}

// Suggestion is another spelling of a query, with the number of documents that it finds.
type Suggestion struct {
	Text  string
	Total int64
}

const (
	suggestLength = 16 // length of the longest query that gets suggestions, in characters
	suggestTries  = 12 // maximum number of spellings that are tried
	suggestMost   = 3  // maximum number of suggestions
)

// Suggest returns other spellings of a query that find documents, the best one first. A spelling has one
// character replaced or left out, or two exchanged. New characters come from the terms of the index.
func (x *Index) Suggest(ctx context.Context, q Query) (out []Suggestion, err error) {
	defer fault.Annotate(&err, "search.Suggest(%q)", cut(q.Text, 40))
	text := []rune(Understand(q.Text).Text)
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

// spelling is a way to write a query. Its score is the document count of its rarest new pair, 0 without a new
// character.
type spelling struct {
	text  string
	score int64
}

// respell returns spellings that change a pair which no document contains, the highest score first.
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

// replace returns the spellings with another character at position at. It forms known pairs with both neighbours.
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
	slices.SortFunc(out, func(a, b spelling) int { // fits is a map: sort to get a stable order
		if a.score != b.score {
			return int(b.score - a.score)
		}
		return strings.Compare(a.text, b.text)
	})
	return out[:min(len(out), suggestTries)], nil
}
