package search

import (
	"html"
	"strings"
	"unicode"
	"unicode/utf8"

	"guiyi/internal/search/analysis"
)

// Span is a piece of a text. Hit is true when the piece matches the query.
type Span struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit,omitempty"`
}

// HTML returns spans as safe HTML with <mark> around the hits.
func HTML(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		if s.Hit {
			b.WriteString("<mark>" + html.EscapeString(s.Text) + "</mark>")
		} else {
			b.WriteString(html.EscapeString(s.Text))
		}
	}
	return b.String()
}

const (
	snippetRunes = 110      // length of the passage
	leadRunes    = 24       // maximum number of characters before the first match
	snippetScan  = 96 << 10 // bytes of the body that are scanned for the passage
)

// match is one term of the query found in a text.
type match struct {
	start, end int
	term       string
	weight     float64
}

func matches(text string, marks map[string]bool) []match {
	var out []match
	for _, t := range analysis.Tokens(text) {
		term := t.Term()
		if !marks[term] {
			continue
		}
		w := 1.0
		switch t.Kind {
		case analysis.Uni:
			w = 0.3
		case analysis.Number:
			w = 5
		case analysis.Bi, analysis.Word:
		}
		out = append(out, match{t.Start, t.End, term, w})
	}
	return out
}

// mark returns the whole text with the matches marked.
func mark(text string, marks map[string]bool) []Span {
	return spans(text, matches(text, marks))
}

// snippet returns the passage of the body with the best matches. When the body has no match, it tries the summary.
// When neither has one, it returns the beginning of the summary or of the body.
func snippet(d *Document, marks map[string]bool) []Span {
	for _, text := range []string{head(d.Body, snippetScan), d.Summary} {
		if found := matches(text, marks); len(found) > 0 {
			return passage(text, found)
		}
	}
	text := d.Summary
	if text == "" {
		text = head(d.Body, snippetScan)
	}
	return passage(text, nil)
}

func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// passage returns the best window of text, with an ellipsis at a cut end.
func passage(text string, found []match) []Span {
	from := 0
	if len(found) > 0 {
		from = lead(text, best(text, found))
	}
	to := forward(text, from, snippetRunes)
	var inside []match
	for _, m := range found {
		if m.start >= from && m.end <= to {
			inside = append(inside, match{m.start - from, m.end - from, m.term, m.weight})
		}
	}
	out := spans(text[from:to], inside)
	if strings.TrimSpace(text[:from]) != "" {
		out = append([]Span{{Text: "…"}}, out...)
	}
	if strings.TrimSpace(text[to:]) != "" {
		out = append(out, Span{Text: "…"})
	}
	return out
}

// best returns the start of the window with the greatest total weight. Repeated terms count less. The first of equal
// windows wins.
func best(text string, found []match) int {
	const window = snippetRunes - leadRunes
	at, top := found[0].start, 0.0
	for i := range found {
		to := forward(text, found[i].start, window)
		seen, sum := map[string]bool{}, 0.0
		for _, m := range found[i:min(len(found), i+4*window)] {
			if m.end > to {
				continue
			}
			if seen[m.term] {
				sum += m.weight / 20
			} else {
				sum += m.weight
			}
			seen[m.term] = true
		}
		if sum > top {
			at, top = found[i].start, sum
		}
		if i > 2000 {
			break // limit the work for long texts
		}
	}
	return at
}

// lead moves the start from a match back to the beginning of its sentence, by at most leadRunes characters.
func lead(text string, at int) int {
	from := at
	for range leadRunes {
		r, n := utf8.DecodeLastRuneInString(text[:from])
		if n == 0 || strings.ContainsRune("。！？；\n", r) {
			break
		}
		from -= n
	}
	return from
}

func forward(text string, from, runes int) int {
	for ; runes > 0 && from < len(text); runes-- {
		_, n := utf8.DecodeRuneInString(text[from:])
		from += n
	}
	return from
}

// spans splits text at the matches, which may overlap. It replaces each run of white space by one space.
func spans(text string, found []match) []Span {
	hit := make([]bool, len(text))
	for _, m := range found {
		for i := m.start; i < m.end; i++ {
			hit[i] = true
		}
	}
	var out []Span
	var b strings.Builder
	started := false // true after the first character that is not white space
	for i := 0; i < len(text); {
		b.Reset()
		gap, state := false, hit[i]
		for i < len(text) && hit[i] == state {
			r, n := utf8.DecodeRuneInString(text[i:])
			i += n
			if unicode.IsSpace(r) {
				gap = started
				continue
			}
			if gap {
				b.WriteByte(' ')
			}
			gap, started = false, true
			b.WriteRune(r)
		}
		if gap && i < len(text) {
			b.WriteByte(' ')
		}
		if b.Len() > 0 {
			out = append(out, Span{Text: b.String(), Hit: state})
		}
	}
	return out
}
