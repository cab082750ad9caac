package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"guiyi/internal/search/analysis"
)

// scanned bounds the documents that are read to check phrases. Engines keep no positions:
// all pairs of a phrase select the candidates, the stored text decides.
const scanned = 1000

// runPhrases answers a query that has texts in quotation marks.
func (s *asking) runPhrases(ctx context.Context, page *Page) error {
	s.base = Request{Clauses: s.p.clauses, Filters: s.q.filters(""), Since: s.q.Since, Until: s.q.Until}
	weights := s.features()
	r := s.base
	r.ByTime, r.Limit = s.q.ByTime, scanned
	for _, w := range weights {
		r.Features = append(r.Features, w.term)
	}
	res, err := s.g.driver.Find(ctx, r)
	if err != nil {
		return err
	}
	recs, err := s.x.load(ctx, s.g, res.Hits)
	if err != nil {
		return err
	}
	byID := map[string]*record{}
	for _, rec := range recs {
		if s.holds(rec) {
			byID[rec.ID] = rec
		}
	}
	hits := slices.DeleteFunc(res.Hits, func(f Found) bool { return byID[f.ID] == nil })
	if !s.q.ByTime {
		own, err := s.own(ctx)
		if err != nil {
			return err
		}
		rank(hits, res, weights, s.g.stats(), own)
	}
	page.measure(int64(len(hits)))
	page.Capped = res.Total > scanned
	from := (page.Page - 1) * page.Size
	shown := hits[from:min(from+page.Size, len(hits))]
	var out []*record
	for _, f := range shown {
		out = append(out, byID[f.ID])
	}
	page.Hits = s.hits(out, shown)
	if s.q.Facets {
		page.Facets = tally(hits, byID, s.q.Site)
	}
	return nil
}

// holds reports whether a document has every phrase, white space and script aside.
func (s *asking) holds(r *record) bool {
	text := squeezeLines(analysis.Fold(r.text()))
	for _, p := range s.p.phrases {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}

// squeezeLines removes blanks but keeps lines apart.
func squeezeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = squeeze(l)
	}
	return strings.Join(lines, "\n")
}

// tally counts facets of documents at hand.
func tally(hits []Found, byID map[string]*record, site string) Facets {
	types, sites, columns, years := map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, f := range hits {
		k := byID[f.ID].keywords()
		for counts, field := range map[*map[string]int64]string{&types: FieldType, &sites: FieldSite, &years: FieldYear} {
			for _, v := range k[field] {
				(*counts)[v]++
			}
		}
		for _, v := range k[FieldColumn] {
			if site != "" && strings.HasPrefix(v, site+":") {
				columns[v]++
			}
		}
	}
	return Facets{Types: ordered(types), Sites: ordered(sites), Columns: ordered(columns), Years: ordered(years)}
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
