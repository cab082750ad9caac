package bleveindex

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"unicode/utf8"

	"guiyi/internal/search"
)

// charsField stores the counts of a document's characters next to its postings. Characters are
// so frequent that to find the candidates in their postings is to go through most of the index;
// two hundred documents are read in a millisecond.
const charsField = "chars"

// packChars writes the number of characters, then each different one, as the distance from the
// one before, with its count: about 2 bytes a different character.
func packChars(counts map[string]int) []byte {
	total := 0
	for _, n := range counts {
		total += n
	}
	out := binary.AppendUvarint(make([]byte, 0, 3*len(counts)+4), uint64(total))
	last := rune(0)
	for _, term := range slices.Sorted(maps.Keys(counts)) { // the order of UTF-8 is that of the characters
		r, _ := utf8.DecodeRuneInString(term)
		out = binary.AppendUvarint(binary.AppendUvarint(out, uint64(r-last)), uint64(counts[term]))
		last = r
	}
	return out
}

// wantedChar is a feature that is a character.
type wantedChar struct {
	char    rune
	feature int
}

// wantedChars returns the features that are characters, in their order.
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

// readChars fills in the wanted counts from what packChars wrote.
func readChars(packed []byte, wanted []wantedChar, into []search.Freq) {
	next := func() uint64 {
		v, n := binary.Uvarint(packed)
		if n <= 0 { // cut off
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
			into[wanted[0].feature] = search.Freq{N: float64(n), Len: float64(total)}
		}
	}
}

// chars fills in the features that are characters.
func (q *finding) chars(hits []hit, found []search.Found) error {
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
