package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"guiyi/internal/search/analysis"
)

// maxScanned is the number of documents that are read to check phrases. Engines store no positions. So all pairs of a
// phrase select the candidates, and the stored text decides.
const maxScanned = 1000

// phrases answers a query with quoted texts. done is false when no document contains all terms and phrases.
func (s *queryRun) phrases(ctx context.Context, page *Page) (done bool, err error) {
	s.base = s.request(s.p.clauses)
	s.weights = s.features()
	r := s.base
	r.ByTime, r.Limit, r.Values = s.q.ByTime, maxScanned, facetFields()
	for _, w := range s.weights {
		r.Features = append(r.Features, w.term)
	}
	res, err := s.g.driver.Find(ctx, r)
	if err != nil {
		return false, err
	}
	recs, err := s.x.load(ctx, s.g, res.Hits)
	if err != nil {
		return false, err
	}
	recs = slices.DeleteFunc(recs, func(r *record) bool { return !s.hasPhrases(r) })
	if len(recs) == 0 {
		return false, nil
	}
	page.Capped = res.Total > maxScanned
	hits := withRecords(res.Hits, recs)
	if !s.q.ByTime {
		tiers, err := s.numberTiers(ctx)
		if err != nil {
			return false, err
		}
		rank(hits, res, s.weights, s.g.stats(), tiers)
	}
	return true, s.fromMemory(ctx, page, hits)
}

// relaxed answers a query for which few or no documents have all terms. It returns the best candidates, counted and
// sorted in memory. Documents below minScoreShare are not relevant.
func (s *queryRun) relaxed(ctx context.Context, page *Page) error {
	s.base = s.request(s.p.loose)
	s.base.Min = 1
	hits, err := s.best(ctx)
	if err != nil || len(hits) == 0 {
		page.measure(0)
		return err
	}
	hits = slices.DeleteFunc(hits, func(f Found) bool { return f.Score < minScoreShare*hits[0].Score })
	if s.q.ByTime {
		slices.SortStableFunc(hits, func(a, b Found) int { return cmp.Compare(b.At, a.At) })
	}
	return s.fromMemory(ctx, page, hits)
}

// fromMemory fills the page from hits, which are all results. It loads only the records on the page.
func (s *queryRun) fromMemory(ctx context.Context, page *Page, hits []Found) error {
	page.measure(int64(len(hits)))
	shown := page.cut(hits)
	recs, err := s.x.load(ctx, s.g, shown)
	if err != nil {
		return err
	}
	page.Hits = s.hits(recs, shown)
	if s.q.Facets {
		page.Facets = tally(hits, s.q.Site)
	}
	return nil
}

// withRecords returns the hits whose record is in recs.
func withRecords(hits []Found, recs []*record) []Found {
	there := map[string]bool{}
	for _, r := range recs {
		there[r.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(hits), func(f Found) bool { return !there[f.ID] })
}

// hasPhrases reports whether the document contains every phrase. White space and the Chinese script do not matter.
func (s *queryRun) hasPhrases(r *record) bool {
	folded := ""
	for i, p := range s.p.phrases {
		if strings.Contains(r.Body, s.p.typed[i]) || strings.Contains(r.Title, s.p.typed[i]) {
			continue // the phrase as it was typed: the usual case needs no folding
		}
		if folded == "" {
			folded = squeezeLines(analysis.Fold(r.text()))
		}
		if !strings.Contains(folded, p) {
			return false
		}
	}
	return true
}

// squeezeLines removes white space within lines but keeps the line breaks.
func squeezeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = squeeze(l)
	}
	return strings.Join(lines, "\n")
}

// facetFields returns the keyword fields that have facets, in the order that tally reads.
func facetFields() []string { return []string{FieldType, FieldSite, FieldColumn, FieldYear} }

// tally counts the facets of hits, which were requested with the values of facetFields.
func tally(hits []Found, site string) Facets {
	types, sites, columns, years := map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, h := range hits {
		add(types, h.Values[0])
		add(sites, h.Values[1])
		for _, v := range h.Values[2] {
			if site != "" && strings.HasPrefix(v, site+":") {
				columns[v]++
			}
		}
		add(years, h.Values[3])
	}
	return Facets{Types: ordered(types), Sites: ordered(sites), Columns: ordered(columns), Years: ordered(years)}
}

func add(counts map[string]int64, values []string) {
	for _, v := range values {
		counts[v]++
	}
}

func ordered(counts map[string]int64) []Count {
	out := make([]Count, 0, len(counts))
	for v, n := range counts {
		out = append(out, Count{v, n})
	}
	slices.SortFunc(out, func(a, b Count) int {
		return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Value, b.Value))
	})
	return out
}
