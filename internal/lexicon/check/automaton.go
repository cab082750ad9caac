package check

import "slices"

// automaton finds all of many words in one pass over a text (Aho and Corasick).
type automaton struct {
	states []state
}

type state struct {
	edges []edge // sorted by rune
	fail  int32
	word  int32 // number of the word that ends here, -1 for none
	next  int32 // the next shorter word that ends here is found from this state; 0 for none
	depth int32
}

type edge struct {
	r  rune
	to int32
}

// newAutomaton builds an automaton. Empty words are left out; of equal words the first one counts.
func newAutomaton(words [][]rune) *automaton {
	a := &automaton{states: []state{{word: -1}}}
	for i, w := range words {
		at := int32(0)
		for _, r := range w {
			at = a.grow(at, r)
		}
		if at != 0 && a.states[at].word < 0 {
			a.states[at].word = int32(i)
		}
	}
	queue := []int32{}
	for _, e := range a.states[0].edges {
		queue = append(queue, e.to)
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range a.states[at].edges {
			queue = append(queue, e.to)
			f := a.step(a.states[at].fail, e.r)
			a.states[e.to].fail = f
			if a.states[e.to].next = f; a.states[f].word < 0 {
				a.states[e.to].next = a.states[f].next
			}
		}
	}
	return a
}

func (a *automaton) grow(at int32, r rune) int32 {
	edges := a.states[at].edges
	i, found := slices.BinarySearchFunc(edges, r, func(e edge, r rune) int { return int(e.r - r) })
	if found {
		return edges[i].to
	}
	to := int32(len(a.states))
	a.states = append(a.states, state{word: -1, depth: a.states[at].depth + 1})
	a.states[at].edges = slices.Insert(edges, i, edge{r, to})
	return to
}

// step follows one rune from a state.
func (a *automaton) step(at int32, r rune) int32 {
	for {
		edges := a.states[at].edges
		if i, ok := slices.BinarySearchFunc(edges, r, func(e edge, r rune) int { return int(e.r - r) }); ok {
			return edges[i].to
		}
		if at == 0 {
			return 0
		}
		at = a.states[at].fail
	}
}

// each calls visit for every word in the text, by its end, the longest first. visit returns false to stop.
func (a *automaton) each(text []rune, visit func(from, to, word int) bool) {
	at := int32(0)
	for i, r := range text {
		at = a.step(at, r)
		for s := at; s != 0; s = a.states[s].next {
			if w := a.states[s].word; w >= 0 && !visit(i+1-int(a.states[s].depth), i+1, int(w)) {
				return
			}
		}
	}
}
