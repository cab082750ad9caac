package analysis

// Kind is the kind of a term.
type Kind uint8

// The kinds of terms.
const (
	Uni    Kind = iota // one Han character
	Bi                 // two adjacent Han characters
	Word               // a run of letters and digits, or an index number without its signs
	Number             // a document number in normal form, e.g. 国办发2020#45
)

// Token is one term and its byte range in the original text.
type Token struct {
	Kind       Kind
	A, B       rune   // the characters of Uni and Bi; B is 0 for Uni
	Text       string // the term of Word and Number
	Start, End int
}

// Term returns the term in the form that is indexed.
func (t Token) Term() string {
	switch t.Kind {
	case Uni:
		return string(t.A)
	case Bi:
		return string([]rune{t.A, t.B})
	}
	return t.Text
}

// maxWord is the greatest length of a word in characters. The rest of a longer run is ignored.
const maxWord = 64

// Tokens returns the terms of text: first all others in the order of their start, then the document numbers.
func Tokens(text string) []Token {
	chars := fold(text)
	out := make([]Token, 0, 2*len(chars))
	each(chars, func(t Token) { out = append(out, t) })
	return append(out, numbers(chars)...)
}

// each calls fn with all terms of chars except document numbers, in the order of their start.
func each(chars []char, fn func(Token)) {
	for i := 0; i < len(chars); {
		switch chars[i].kind {
		case han:
			j := nextHan(chars, i+1)
			fn(Token{Kind: Uni, A: chars[i].r, Start: chars[i].start, End: chars[i].end})
			if j > 0 {
				fn(Token{
					Kind:  Bi,
					A:     chars[i].r,
					B:     chars[j].r,
					Start: chars[i].start,
					End:   chars[j].end,
				})
			}
			i++
		case word:
			end := runEnd(chars, i)
			fn(wordToken(chars[i:end]))
			if t, ok := joined(chars, i, end); ok {
				fn(t)
			}
			i = end
		default:
			i++
		}
	}
}

// nextHan returns the index of the next Han character after white space. It returns 0 when another character comes
// first.
func nextHan(chars []char, i int) int {
	for ; i < len(chars); i++ {
		switch chars[i].kind {
		case han:
			return i
		case blank:
			continue
		}
		return 0
	}
	return 0
}

func runEnd(chars []char, i int) int {
	for i < len(chars) && chars[i].kind == word {
		i++
	}
	return i
}

func wordToken(run []char) Token {
	return Token{Kind: Word, Text: text(run, maxWord), Start: run[0].start, End: run[len(run)-1].end}
}

func text(run []char, limit int) string {
	rs := make([]rune, 0, min(len(run), limit))
	for _, c := range run {
		if c.kind == word && len(rs) < limit {
			rs = append(rs, c.r)
		}
	}
	return string(rs)
}

// minJoined is the least number of letters and digits in a code that is written with signs, such as an index number.
const minJoined = 9

// joined returns the term of a code whose parts are joined by signs, such as 11230100MB0001/2026-00018. The range
// chars[start:end] must be its first part.
func joined(chars []char, start, end int) (Token, bool) {
	if start > 1 && joint(chars[start-1].r) && chars[start-2].kind == word {
		return Token{}, false // not the first part
	}
	digits, letters := 0, 0
	last := end
	for i := start; i < len(chars); i++ {
		c := chars[i]
		if c.kind == word {
			if c.r >= '0' && c.r <= '9' {
				digits++
			}
			letters++
			last = i + 1
		} else if !joint(c.r) || i+1 == len(chars) || chars[i+1].kind != word {
			break
		}
	}
	if last == end || letters < minJoined || letters > maxWord || digits < 4 {
		return Token{}, false
	}
	return Token{Kind: Word, Text: text(chars[start:last], maxWord), Start: chars[start].start, End: chars[last-1].end},
		true
}

func joint(r rune) bool {
	return r == '-' || r == '/' || r == '.' || r == '_' || r == '–' || r == '—'
}
