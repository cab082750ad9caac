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

// Diff returns the changes from before to after, in order.
func Diff(before, after string) []Change {
	a, b := Sentences(before), Sentences(after)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	if len(a) == 0 && len(b) == 0 {
		return nil
	}
	if len(a)*len(b) > maxCells {
		return []Change{{Removed: a, Added: b}}
	}
	return walk(a, b, common(a, b))
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

func walk(a, b []string, t [][]int) (out []Change) {
	var open Change
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			if len(open.Removed)+len(open.Added) > 0 {
				out, open = append(out, open), Change{}
			}
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && t[i+1][j] >= t[i][j+1]:
			open.Removed = append(open.Removed, a[i])
			i++
		default:
			open.Added = append(open.Added, b[j])
			j++
		}
	}
	if len(open.Removed)+len(open.Added) > 0 {
		out = append(out, open)
	}
	return out
}
