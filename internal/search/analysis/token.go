package analysis

// Kind of a term.
type Kind uint8

// The kinds of terms.
const (
	Uni    Kind = iota // one Han character
	Bi                 // two adjacent Han characters
	Word               // a run of letters and digits; an index number without its signs
	Number             // a document number in normal form: 国办发2020#45
)

// Token is one term with the byte range of the original text it stands for.
type Token struct {
	Kind       Kind
	A, B       rune   // the characters of Uni and Bi; B is 0 for Uni
	Text       string // Word and Number
	Start, End int
}

// Term returns the term as it is indexed.
func (t Token) Term() string {
	switch t.Kind {
	case Uni:
		return string(t.A)
	case Bi:
		return string([]rune{t.A, t.B})
	}
	return t.Text
}

// maxWord bounds the letters of one word: longer runs are no words but noise.
const maxWord = 64

// Tokens returns the terms of text in the order of their start.
func Tokens(text string) []Token {
	chars := fold(text)
	out := make([]Token, 0, 2*len(chars))
	each(chars, func(t Token) { out = append(out, t) })
	return append(out, numbers(chars)...)
}

// each calls fn with the terms of chars but numbers, in the order of their start.
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

// nextHan returns the index of the Han character that follows, blanks skipped; 0 when
// something else follows.
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

// minJoined is the least length of an index number, item code or telephone number written with signs.
const minJoined = 9

// joined returns the term of a code whose parts hang together by signs, such as
// 11230100MB0001/2026-00018, when chars[start:end] is its first part.
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
