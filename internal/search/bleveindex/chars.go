package bleveindex

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"unicode/utf8"

	"guiyi/internal/search"
)

// charsField is a stored field with the character counts of a document. Characters are so frequent that reading their
// postings means reading most of the index. Reading this field of 200 documents takes about a millisecond.
const charsField = "chars"

// packChars writes the total number of characters. Then it writes each different character, as the distance from the
// previous one, with its count. That is about 2 bytes per different character.
func packChars(counts map[string]int) []byte {
	total := 0
	for _, n := range counts {
		total += n
	}
	out := binary.AppendUvarint(make([]byte, 0, 3*len(counts)+4), uint64(total))
	last := rune(0)
	for _, term := range slices.Sorted(maps.Keys(counts)) { // UTF-8 strings sort in the order of code points
		r, _ := utf8.DecodeRuneInString(term)
		out = binary.AppendUvarint(binary.AppendUvarint(out, uint64(r-last)), uint64(counts[term]))
		last = r
	}
	return out
}

// wantedChar is a single character in the requested features.
type wantedChar struct {
	char    rune
	feature int // index in Request.Features
}

// wantedChars returns the features that are single characters, sorted by character.
func wantedChars(features []search.Term) []wantedChar {
	var out []wantedChar
	for i, f := range features {
		if r, size := utf8.DecodeRuneInString(f.Text); f.Field == search.FieldChars && size == len(f.Text) {
			out = append(out, wantedChar{r, i})
		}
	}
	slices.SortFunc(out, func(a, b wantedChar) int { return cmp.Compare(a.char, b.char) })
	return out
}

// readChars reads the output of packChars. It writes the counts of the wanted characters to freqs, which has one
// element per feature of the request.
func readChars(packed []byte, wanted []wantedChar, freqs []search.Freq) {
	next := func() uint64 {
		v, n := binary.Uvarint(packed)
		if n <= 0 { // the data are cut off
			n = len(packed)
		}
		packed = packed[n:]
		return v
	}
	total, r := next(), rune(0)
	for len(packed) > 0 {
		r += rune(next())
		n := next()
		for len(wanted) > 0 && wanted[0].char < r {
			wanted = wanted[1:]
		}
		if len(wanted) == 0 {
			return
		}
		if wanted[0].char == r {
			freqs[wanted[0].feature] = search.Freq{N: float64(n), Len: float64(total)}
		}
	}
}

// chars sets the frequencies of the features that are single characters.
func (q *findRun) chars(hits []hit, found []search.Found) error {
	wanted := wantedChars(q.req.Features)
	if len(wanted) == 0 {
		return nil
	}
	for i, h := range hits {
		err := q.parts[h.part].segment.VisitDocument(uint64(h.doc),
			func(field string, _ byte, value []byte, _ []uint64) bool {
				if field == charsField {
					readChars(value, wanted, found[i].Freq)
				}
				return field != charsField
			})
		if err != nil {
			return err
		}
	}
	return nil
}
