package analysis

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// char is one folded character and its byte range in the original text.
type char struct {
	r          rune
	kind       class
	start, end int
}

// class is the class of a folded character.
type class uint8

const (
	other class = iota // punctuation, symbols and line ends; they separate runs
	blank              // white space within a line
	han
	word // letters, digits and marks of every other script
)

// Fold returns text in the form for comparison: NFKC, lower case, simplified characters, without invisible characters.
func Fold(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, c := range fold(text) {
		b.WriteRune(c.r)
	}
	return b.String()
}

func fold(text string) []char {
	out := make([]char, 0, len(text)/2+1)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		if stable(r) && nextStable(text, i+size) {
			if c, ok := foldRune(r); ok {
				c.start, c.end = i, i+size
				out = append(out, c)
			}
			i += size
			continue
		}
		n := max(norm.NFKC.NextBoundaryInString(text[i:], true), size)
		for _, r := range norm.NFKC.String(text[i : i+n]) {
			if c, ok := foldRune(r); ok {
				c.start, c.end = i, i+n
				out = append(out, c)
			}
		}
		i += n
	}
	return out
}

// stable reports whether NFKC does not change r when no mark follows. It is the fast path for ASCII and the common Han
// characters.
func stable(r rune) bool { return r < 0x80 || r >= 0x4e00 && r <= 0x9fff }

func nextStable(text string, i int) bool {
	if i >= len(text) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	return stable(r) || r >= 0x3001 && r <= 0x3020 || r >= 0xff01 && r <= 0xff5e
}

// foldRune folds one rune of NFKC text. ok is false for invisible characters.
func foldRune(r rune) (c char, ok bool) {
	switch {
	case r < 0x80:
		return char{r: asciiLower(r), kind: asciiClass(r)}, true
	case r >= 0x4e00 && r <= 0x9fff:
		return char{r: simplify(r), kind: han}, true
	case r == utf8.RuneError:
		return char{r: ' ', kind: other}, true
	case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
		return char{}, false
	case unicode.Is(unicode.Han, r):
		return char{r: simplify(r), kind: han}, true
	case unicode.Is(unicode.Zs, r):
		return char{r: ' ', kind: blank}, true
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || unicode.IsNumber(r):
		return char{r: unicode.ToLower(r), kind: word}, true
	}
	return char{r: r, kind: other}, true
}

func asciiLower(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func asciiClass(r rune) class {
	switch {
	case r == ' ' || r == '\t':
		return blank
	case r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return word
	}
	return other
}

// simplify returns the simplified form of a traditional character. It returns any other character unchanged.
func simplify(r rune) rune {
	t := t2s()
	if i := int(r) - t2sLow; i >= 0 && i < len(t.dense) {
		if s := t.dense[i]; s != 0 {
			return s
		}
		return r
	}
	if s, ok := t.rest[r]; ok {
		return s
	}
	return r
}

const t2sLow, t2sHigh = 0x3400, 0x9fff

type t2sTable struct {
	dense []rune // index: code point minus t2sLow
	rest  map[rune]rune
}

var t2s = sync.OnceValue(func() *t2sTable {
	t := &t2sTable{dense: make([]rune, t2sHigh-t2sLow+1), rest: map[rune]rune{}}
	var from rune
	for _, r := range t2sPairs {
		if from == 0 {
			from = r
			continue
		}
		if from >= t2sLow && from <= t2sHigh {
			t.dense[from-t2sLow] = r
		} else {
			t.rest[from] = r
		}
		from = 0
	}
	return t
})
