package search

import (
	"math"
	"slices"
	"strings"

	"guiyi/internal/search/analysis"
)

// Parameters of BM25 and the weight of title matches, tuned with labelled queries.
const (
	k1          = 1.2
	b           = 0.75
	titleWeight = 0.3
)

// weight is a term and its weight in the ranking.
type weight struct {
	term   Term
	field  int // index in textFields
	weight float64
}

// features returns the terms that rank uses. Pairs, words and numbers of the query are counted in the whole text
// and in the title, its single characters only in the whole text.
func (s *queryRun) features() []weight {
	var out []weight
	seen := map[string]bool{}
	add := func(field int, w float64, term string) {
		t := Term{textFields[field], term}
		if !seen[t.Field+term] && len(out) < 4*maxTerms {
			seen[t.Field+term] = true
			out = append(out, weight{t, field, w})
		}
	}
	for _, c := range s.base.Clauses {
		for _, t := range c {
			if t.Field == FieldPairs {
				add(0, 1, t.Text)
				add(2, titleWeight, t.Text)
			}
		}
	}
	for _, t := range analysis.Tokens(stripStops(strings.Join(append(s.p.phrases, cut(s.q.Text, MaxText)), "\n"))) {
		if t.Kind == analysis.Uni {
			add(1, 1, t.Term())
		}
	}
	return out
}

// rank sorts hits by their tier, then by their score.
func rank(hits []Found, res Result, weights []weight, m meta, tiers map[string]int) {
	idf := make([]float64, len(weights))
	for i, df := range res.DF {
		idf[i] = math.Log(1 + (float64(res.Docs)-float64(df)+0.5)/(float64(df)+0.5))
	}
	var average [len(textFields)]float64
	for i := range average {
		average[i] = m.average(i)
	}
	for i := range hits {
		score := 0.0
		for j, f := range hits[i].Freq {
			if f.N > 0 {
				w := weights[j]
				score += w.weight * idf[j] * f.N * (k1 + 1) / (f.N + k1*(1-b+b*f.Len/average[w.field]))
			}
		}
		hits[i].Score = score
	}
	slices.SortStableFunc(hits, func(x, y Found) int {
		switch tx, ty := tiers[x.ID], tiers[y.ID]; {
		case tx != ty:
			return ty - tx
		case x.Score > y.Score:
			return -1
		case x.Score < y.Score:
			return 1
		}
		return strings.Compare(x.ID, y.ID)
	})
}
