package compare

import "strings"

// Change is a sequence of sentences that was removed, added or replaced.
type Change struct {
	Removed, Added []string
}

// maxCells limits the size of the comparison table. Larger texts are reported as one replacement.
const maxCells = 4_000_000

// Sentences splits a text after 。！？；!?; and at line ends. A sentence includes its mark and closing quotes and brackets.
func Sentences(text string) (out []string) {
	start := 0
	cut := func(end int) {
		if s := strings.TrimSpace(text[start:end]); s != "" {
			out = append(out, s)
		}
		start = end
	}
	for i, r := range text {
		if i < start {
			continue
		}
		if r == '\n' || strings.ContainsRune("。！？；!?;", r) {
			end := i + len(string(r))
			for _, closing := range []string{"”", "’", "」", "』", "）"} { // belongs to the sentence before it
				if strings.HasPrefix(text[end:], closing) {
					end += len(closing)
				}
			}
			cut(end)
		}
	}
	cut(len(text))
	return out
}

// Kind says which of two texts has a sentence.
type Kind string

// The kinds.
const (
	Same    Kind = "same"
	Added   Kind = "added"
	Removed Kind = "removed"
)

// Line is a sentence of one of two texts, or of both.
type Line struct {
	Kind Kind
	Text string
}

// Lines returns the sentences of both texts in order. Removed sentences stand before those that replace them.
func Lines(before, after string) (out []Line) {
	a, b := Sentences(before), Sentences(after)
	add := func(kind Kind, texts ...string) {
		for _, s := range texts {
			out = append(out, Line{kind, s})
		}
	}
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		add(Same, a[0])
		a, b = a[1:], b[1:]
	}
	end := 0
	for end < len(a) && end < len(b) && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	tail := b[len(b)-end:]
	a, b = a[:len(a)-end], b[:len(b)-end]
	if len(a)*len(b) > maxCells {
		add(Removed, a...)
		add(Added, b...)
		a, b = nil, nil
	}
	t := common(a, b)
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			add(Same, a[i])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && t[i+1][j] >= t[i][j+1]:
			add(Removed, a[i])
			i++
		default:
			add(Added, b[j])
			j++
		}
	}
	add(Same, tail...)
	return out
}

// Diff returns the changes from before to after, in order.
func Diff(before, after string) (out []Change) {
	var open Change
	closing := append(Lines(before, after), Line{Kind: Same})
	for _, l := range closing {
		switch {
		case l.Kind == Removed:
			open.Removed = append(open.Removed, l.Text)
		case l.Kind == Added:
			open.Added = append(open.Added, l.Text)
		case len(open.Removed)+len(open.Added) > 0:
			out, open = append(out, open), Change{}
		}
	}
	return out
}

// common returns the table t with t[i][j] = length of the longest common subsequence of a[i:] and b[j:].
func common(a, b []string) [][]int {
	t := make([][]int, len(a)+1)
	for i := range t {
		t[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	return t
}
