package analysis

import "strings"

const (
	maxPrefix  = 10 // maximum number of characters of an office code (机关代字)
	maxOrdinal = 6  // maximum number of digits of a running number
)

// numbers finds document numbers. In running text (根据清政发〔2026〕18号) the start of the office code is unknown. So it
// returns one term for every possible start.
func numbers(chars []char) []Token {
	var out []Token
	for i, c := range chars {
		if c.r != '号' {
			continue
		}
		n, ok := numberBefore(chars, i)
		if !ok {
			continue
		}
		for from := n.prefixEnd - 1; from >= n.prefixStart; from-- {
			if chars[from].kind == blank {
				continue
			}
			out = append(out, Token{
				Kind: Number, Text: visible(chars[from:n.prefixEnd]) + n.year + "#" + n.ordinal,
				Start: chars[from].start, End: c.end,
			})
		}
	}
	return out
}

// number is a document number found in chars.
type number struct {
	prefixStart, prefixEnd int // range of the office code
	year, ordinal          string
}

// numberBefore reads a document number backwards from chars[i], the character after the running number. It expects the
// running number, an optional 第, the year in brackets or with 年, and the office code. After 第 the year is optional.
func numberBefore(chars []char, i int) (number, bool) {
	r := backward{chars: chars, i: i}
	ordinal := strings.TrimLeft(r.digits(), "0")
	if ordinal == "" || len(ordinal) > maxOrdinal {
		return number{}, false
	}
	n := number{ordinal: ordinal}
	numbered := r.skip("第")
	closed := r.skip(")]〕】〗〉》>}]﹞-年")
	if closed {
		n.year = r.digits()
		if len(n.year) != 4 || n.year[0] != '1' && n.year[0] != '2' {
			return number{}, false
		}
		r.skip("([〔【〖〈《<{﹝")
	} else if !numbered {
		return number{}, false
	}
	n.prefixStart, n.prefixEnd = r.office()
	return n, n.prefixStart < n.prefixEnd
}

// backward reads characters from right to left and skips white space.
type backward struct {
	chars []char
	i     int // characters before i are unread
}

func (r *backward) blanks() {
	for r.i > 0 && r.chars[r.i-1].kind == blank {
		r.i--
	}
}

func (r *backward) digits() string {
	r.blanks()
	end := r.i
	for r.i > 0 && end-r.i < 8 && r.chars[r.i-1].r >= '0' && r.chars[r.i-1].r <= '9' {
		r.i--
	}
	return visible(r.chars[r.i:end])
}

func (r *backward) skip(set string) bool {
	r.blanks()
	if r.i > 0 && strings.ContainsRune(set, r.chars[r.i-1].r) {
		r.i--
		return true
	}
	return false
}

// office returns the range of the office code: up to maxPrefix Han characters before the position.
func (r *backward) office() (start, end int) {
	r.blanks()
	end = r.i
	for n := 0; r.i > 0 && n < maxPrefix; {
		if r.chars[r.i-1].r == '号' {
			break // this ends another document number
		}
		switch r.chars[r.i-1].kind {
		case han:
			n++
		case blank:
		default:
			return r.trim(), end
		}
		r.i--
	}
	return r.trim(), end
}

func (r *backward) trim() int {
	for r.i < len(r.chars) && r.chars[r.i].kind == blank {
		r.i++
	}
	return r.i
}

func visible(run []char) string {
	rs := make([]rune, 0, len(run))
	for _, c := range run {
		if c.kind != blank {
			rs = append(rs, c.r)
		}
	}
	return string(rs)
}

// Ref is a document number found in a query.
type Ref struct {
	Terms      []string // one term per possible start of the office code, longest first
	Start, End int      // byte range in the query
}

// minOffice is the least length of an office code in Ref.Terms, except for the first term.
const minOffice = 3

// Numbers returns the document numbers in a query. It accepts any brackets, a missing 号 or 第, and white space or a
// hyphen between year and running number.
func Numbers(query string) []Ref {
	chars := fold(query)
	var out []Ref
	for i := 0; i < len(chars); i++ {
		if c := chars[i].r; c < '0' || c > '9' || i+1 < len(chars) && chars[i+1].r >= '0' && chars[i+1].r <= '9' {
			continue // not the last digit of a number
		}
		if ref, ok := typedNumber(chars, i+1); ok {
			out = append(out, ref)
		}
	}
	return out
}

func typedNumber(chars []char, i int) (Ref, bool) {
	n, ok := numberBefore(chars, i)
	if ok && n.year == "" && !follows(chars, i, '号') {
		ok = false // 第3 alone is not a document number
	}
	if !ok {
		n, ok = looseNumber(chars, i)
	}
	if !ok {
		return Ref{}, false
	}
	ref := Ref{Start: chars[n.prefixStart].start, End: chars[i-1].end}
	if follows(chars, i, '号') {
		ref.End = chars[skipBlanks(chars, i)].end
	}
	office := []rune(visible(chars[n.prefixStart:n.prefixEnd]))
	for from := 0; from == 0 || len(office)-from >= minOffice; from++ {
		ref.Terms = append(ref.Terms, string(office[from:])+n.year+"#"+n.ordinal)
	}
	return ref, true
}

// looseNumber reads a number such as 国办发2020 45, with only white space between year and running number.
func looseNumber(chars []char, i int) (number, bool) {
	r := backward{chars: chars, i: i}
	n := number{ordinal: strings.TrimLeft(r.digits(), "0")}
	n.year = r.digits()
	if n.ordinal == "" || len(n.year) != 4 || !strings.HasPrefix(n.year, "19") && !strings.HasPrefix(n.year, "20") {
		return number{}, false
	}
	r.skip("([〔【〖〈《<{﹝")
	n.prefixStart, n.prefixEnd = r.office()
	return n, n.prefixStart < n.prefixEnd
}

func skipBlanks(chars []char, i int) int {
	for i < len(chars) && chars[i].kind == blank {
		i++
	}
	return i
}

func follows(chars []char, i int, r rune) bool {
	i = skipBlanks(chars, i)
	return i < len(chars) && chars[i].r == r
}

// NormalNumber returns the normal form of a field that contains one document number or index number:
// 国办发〔2020〕45号 → 国办发2020#45, 000014349/2020-00123 → 000014349202000123. It returns "" when s has no letter,
// digit or Han character.
func NormalNumber(s string) string {
	chars := fold(s)
	for i := len(chars) - 1; i >= 0; i-- {
		if chars[i].r != '号' {
			continue
		}
		if n, ok := numberBefore(chars, i); ok {
			return visible(chars[n.prefixStart:n.prefixEnd]) + n.year + "#" + n.ordinal
		}
	}
	if refs := Numbers(s); len(refs) > 0 {
		return refs[len(refs)-1].Terms[0]
	}
	var b strings.Builder
	for _, c := range chars {
		if c.kind == word || c.kind == han {
			b.WriteRune(c.r)
		}
	}
	return b.String()
}
