package bleveindex

import (
	"context"
	"errors"
	"unicode/utf8"

	segment "github.com/blevesearch/scorch_segment_api/v2"

	"guiyi/internal/search"
)

// Terms implements search.Driver. It follows the pattern through the dictionary of each segment, and does not read the
// whole dictionary.
func (d *Driver) Terms(ctx context.Context, field string, pattern []rune) (_ []search.Count, err error) {
	defer readFailed(&err)
	r, snapshot, err := d.snapshot()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	counts, automaton := map[string]int64{}, newAutomaton(pattern)
	for _, s := range snapshot.Segments() {
		dict, err := s.Segment().Dictionary(field)
		if err != nil {
			return nil, err
		}
		for it := dict.AutomatonIterator(automaton, nil, nil); ; {
			entry, err := it.Next()
			if err = errors.Join(err, ctx.Err()); err != nil {
				return nil, err
			}
			if entry == nil {
				break
			}
			counts[entry.Term] += int64(entry.Count)
		}
	}
	return mostFrequent(counts, len(counts)), nil
}

// automaton matches terms with a pattern byte by byte. The state is the number of matching bytes, -1 after a mismatch.
type automaton struct{ bytes []int } // -1: a byte of any Han character

var _ segment.Automaton = automaton{}

// hanBytes is the length in UTF-8 of a Han character of the basic plane.
const hanBytes = 3

func newAutomaton(pattern []rune) (out automaton) {
	for _, r := range pattern {
		if r == 0 {
			out.bytes = append(out.bytes, -1, -1, -1)
			continue
		}
		for _, b := range utf8.AppendRune(nil, r) {
			out.bytes = append(out.bytes, int(b))
		}
	}
	return out
}

// Start implements segment.Automaton.
func (automaton) Start() int { return 0 }

// IsMatch implements segment.Automaton.
func (l automaton) IsMatch(state int) bool { return state == len(l.bytes) }

// CanMatch implements segment.Automaton.
func (automaton) CanMatch(state int) bool { return state >= 0 }

// WillAlwaysMatch implements segment.Automaton.
func (automaton) WillAlwaysMatch(int) bool { return false }

// Accept implements segment.Automaton.
func (l automaton) Accept(state int, b byte) int {
	switch {
	case state < 0 || state >= len(l.bytes):
		return -1
	case l.bytes[state] == int(b):
		return state + 1
	case l.bytes[state] < 0 && isHanByte(l.bytes, state, b):
		return state + 1
	}
	return -1
}

// isHanByte reports whether b can be the byte at the index state of the pattern, where the pattern allows any character
// from U+3000 to U+9FFF.
func isHanByte(pattern []int, state int, b byte) bool {
	start := state
	for start > 0 && pattern[start-1] < 0 {
		start--
	}
	if (state-start)%hanBytes == 0 {
		return b >= 0xE3 && b <= 0xE9 // U+3000 to U+9FFF
	}
	return !utf8.RuneStart(b)
}
