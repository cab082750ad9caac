package analysis

import "strings"

// chunkSize is the length of text in bytes that is analysed at once.
const chunkSize = 32 << 10

// Count counts the terms of text. pairs counts pairs, words and numbers; chars counts single Han characters.
func Count(text string) (pairs, chars map[string]int) {
	bi, uni := map[uint64]int{}, map[rune]int{} // integer keys are faster than strings: two characters fit into one
	words := map[string]int{}
	for len(text) > 0 {
		n := chunkEnd(text)
		folded := fold(text[:n])
		each(folded, func(t Token) {
			switch t.Kind {
			case Uni:
				uni[t.A]++
			case Bi:
				bi[uint64(t.A)<<32|uint64(t.B)]++
			case Word, Number:
				words[t.Text]++
			}
		})
		for _, t := range numbers(folded) {
			words[t.Text]++
		}
		text = text[n:]
	}
	pairs = make(map[string]int, len(bi)+len(words))
	for k, n := range bi {
		pairs[string([]rune{rune(k >> 32), rune(k & 0xffffffff)})] = n
	}
	for k, n := range words {
		pairs[k] += n
	}
	chars = make(map[string]int, len(uni))
	for r, n := range uni {
		chars[string(r)] = n
	}
	return pairs, chars
}

// chunkEnd returns where to cut text: after a line end or punctuation, so that no term is cut.
func chunkEnd(text string) int {
	if len(text) <= chunkSize {
		return len(text)
	}
	for _, sign := range []string{"\n", "。", "，"} {
		if i := strings.LastIndex(text[:chunkSize], sign); i >= 0 {
			return i + len(sign)
		}
	}
	if i := strings.IndexByte(text[chunkSize:], '\n'); i >= 0 {
		return chunkSize + i + 1
	}
	return len(text)
}
