package check

import (
	"unicode"
)

// folded is a text in the form in which words are looked for, with the place of each rune in the original.
type folded struct {
	text []rune
	at   []int // at[i] is where text[i] stands in the original
}

// fold makes full-width letters and digits half-width, letters lower-case, leaves out what cannot be seen, and leaves
// out white space between two Han characters, because titles are often spaced out (公　告).
func fold(text []rune) folded {
	f := folded{make([]rune, 0, len(text)), make([]int, 0, len(text))}
	for i, r := range text {
		if unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r) {
			continue
		}
		f.text, f.at = append(f.text, narrow(r)), append(f.at, i)
	}
	return f.squeeze()
}

// squeeze removes blanks between Han characters.
func (f folded) squeeze() folded {
	out := folded{f.text[:0:len(f.text)], f.at[:0:len(f.at)]}
	for i := 0; i < len(f.text); i++ {
		if f.text[i] == ' ' && len(out.text) > 0 && isHan(out.text[len(out.text)-1]) {
			j := i
			for j < len(f.text) && f.text[j] == ' ' {
				j++
			}
			if j < len(f.text) && isHan(f.text[j]) {
				i = j
			}
		}
		out.text, out.at = append(out.text, f.text[i]), append(out.at, f.at[i])
	}
	return out
}

// original returns the range of the original text that a range of the folded text stands for.
func (f folded) original(from, to int) (int, int) {
	if from >= to {
		return 0, 0
	}
	return f.at[from], f.at[to-1] + 1
}

// narrow folds one rune: full-width forms, letters, blanks.
func narrow(r rune) rune {
	switch {
	case r >= '０' && r <= '９' || r >= 'Ａ' && r <= 'Ｚ' || r >= 'ａ' && r <= 'ｚ':
		r -= 0xfee0
	case r == '\t' || r != '\n' && unicode.Is(unicode.Zs, r):
		return ' '
	}
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func isHan(r rune) bool   { return r >= 0x4e00 && r <= 0x9fff || r >= 0x3400 && r <= 0x4dbf }
func isDigit(r rune) bool { return r >= '0' && r <= '9' }

// isWord reports whether r is a letter or digit of a script that puts blanks between words.
func isWord(r rune) bool { return isDigit(r) || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
