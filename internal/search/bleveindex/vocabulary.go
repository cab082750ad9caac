package bleveindex

import (
	"context"
	"errors"
	"unicode/utf8"

	segment "github.com/blevesearch/scorch_segment_api/v2"

	"guiyi/internal/search"
)

// Terms returns the terms of a field that are like the pattern. Each segment's dictionary is walked along the pattern,
// not from end to end.
func (d *Driver) Terms(ctx context.Context, field string, pattern []rune) (_ []search.Count, err error) {
	defer damaged(&err)
	r, snapshot, err := d.snapshot()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	counts, like := map[string]int64{}, newLike(pattern)
	for _, s := range snapshot.Segments() {
		dict, err := s.Segment().Dictionary(field)
		if err != nil {
			return nil, err
		}
		for it := dict.AutomatonIterator(like, nil, nil); ; {
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
	return most(counts, len(counts)), nil
}

// like accepts the terms of a pattern, byte by byte: the state is how many bytes fit, -1 when one did not.
type like struct{ bytes []int } // -1: any byte

var _ segment.Automaton = like{}

// hanBytes is the length of the Han characters of the basic plane in UTF-8.
const hanBytes = 3

func newLike(pattern []rune) (out like) {
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
func (like) Start() int { return 0 }

// IsMatch implements segment.Automaton.
func (l like) IsMatch(state int) bool { return state == len(l.bytes) }

// CanMatch implements segment.Automaton.
func (like) CanMatch(state int) bool { return state >= 0 }

// WillAlwaysMatch implements segment.Automaton.
func (like) WillAlwaysMatch(int) bool { return false }

// Accept implements segment.Automaton.
func (l like) Accept(state int, b byte) int {
	switch {
	case state < 0 || state >= len(l.bytes):
		return -1
	case l.bytes[state] == int(b):
		return state + 1
	case l.bytes[state] < 0 && wild(l.bytes, state, b):
		return state + 1
	}
	return -1
}

// wild reports whether a byte may stand where any Han character of three bytes may.
func wild(pattern []int, state int, b byte) bool {
	start := state
	for start > 0 && pattern[start-1] < 0 {
		start--
	}
	if (state-start)%hanBytes == 0 {
		return b >= 0xE3 && b <= 0xE9 // U+3000 to U+9FFF
	}
	return !utf8.RuneStart(b)
}
