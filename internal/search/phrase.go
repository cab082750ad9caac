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

// phrases answers a query with texts in quotation marks, when a document has all of it.
func (s *asking) phrases(ctx context.Context, page *Page) (done bool, err error) {
	s.base = s.request(s.p.clauses)
	s.weights = s.features()
	r := s.base
	r.ByTime, r.Limit = s.q.ByTime, scanned
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
	recs = slices.DeleteFunc(recs, func(r *record) bool { return !s.holds(r) })
	if len(recs) == 0 {
		return false, nil
	}
	page.Capped = res.Total > scanned
	hits := among(res.Hits, recs)
	if !s.q.ByTime {
		own, err := s.own(ctx)
		if err != nil {
			return false, err
		}
		rank(hits, res, s.weights, s.g.stats(), own)
	}
	s.fromMemory(page, hits, recs)
	return true, nil
}

// relaxed answers a query whose terms no document has all: the candidates with most of them,
// counted and sorted in memory, because what comes after them is noise.
func (s *asking) relaxed(ctx context.Context, page *Page) error {
	s.base = s.request(s.p.loose)
	s.base.Min = 1
	hits, err := s.best(ctx)
	if err != nil || len(hits) == 0 {
		page.measure(0)
		return err
	}
	hits = slices.DeleteFunc(hits, func(f Found) bool { return f.Score < tail*hits[0].Score })
	wanted := hits
	if !s.q.ByTime && !s.q.Facets { // only the page is needed
		page.measure(int64(len(hits)))
		wanted = hits[(page.Page-1)*page.Size : min(page.Page*page.Size, len(hits))]
	}
	recs, err := s.x.load(ctx, s.g, wanted)
	if err != nil {
		return err
	}
	if len(wanted) < len(hits) {
		page.Hits = s.hits(recs, wanted)
		return nil
	}
	hits = among(hits, recs)
	if s.q.ByTime {
		slices.SortStableFunc(recs, func(a, b *record) int { return cmp.Compare(b.PublishedAt, a.PublishedAt) })
		hits = sortedAs(hits, recs)
	}
	s.fromMemory(page, hits, recs)
	return nil
}

// fromMemory fills the page from all found documents.
func (s *asking) fromMemory(page *Page, hits []Found, recs []*record) {
	byID := map[string]*record{}
	for _, r := range recs {
		byID[r.ID] = r
	}
	page.measure(int64(len(hits)))
	from := (page.Page - 1) * page.Size
	shown := hits[min(from, len(hits)):min(from+page.Size, len(hits))]
	var out []*record
	for _, f := range shown {
		out = append(out, byID[f.ID])
	}
	page.Hits = s.hits(out, shown)
	if s.q.Facets {
		page.Facets = tally(recs, s.q.Site)
	}
}

// among returns the hits whose records are there.
func among(hits []Found, recs []*record) []Found {
	there := map[string]bool{}
	for _, r := range recs {
		there[r.ID] = true
	}
	return slices.DeleteFunc(slices.Clone(hits), func(f Found) bool { return !there[f.ID] })
}

// sortedAs returns the hits in the order of recs.
func sortedAs(hits []Found, recs []*record) []Found {
	at := map[string]int{}
	for i, r := range recs {
		at[r.ID] = i
	}
	slices.SortFunc(hits, func(a, b Found) int { return at[a.ID] - at[b.ID] })
	return hits
}

// holds reports whether a document has every phrase, white space and script aside.
func (s *asking) holds(r *record) bool {
	folded := ""
	for i, p := range s.p.phrases {
		if strings.Contains(r.Body, s.p.typed[i]) || strings.Contains(r.Title, s.p.typed[i]) {
			continue // as it was typed: the usual case, without folding the text
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

// squeezeLines removes blanks but keeps lines apart.
func squeezeLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		lines[i] = squeeze(l)
	}
	return strings.Join(lines, "\n")
}

// tally counts the facets of documents at hand.
func tally(recs []*record, site string) Facets {
	types, sites, columns, years := map[string]int64{}, map[string]int64{}, map[string]int64{}, map[string]int64{}
	for _, r := range recs {
		k := r.keywords()
		add(types, k[FieldType])
		add(sites, k[FieldSite])
		add(years, k[FieldYear])
		for _, v := range k[FieldColumn] {
			if site != "" && strings.HasPrefix(v, site+":") {
				columns[v]++
			}
		}
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
