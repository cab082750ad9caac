package search

import (
	"context"
	"strconv"

	"guiyi/internal/kernel/fault"
)

// Page is one page of results.
type Page struct {
	Total   int64 // documents found
	Capped  bool  // Total is a lower bound
	Relaxed bool  // few or no documents contain all terms; the hits contain most of them
	Page    int   // the page shown
	Size    int
	Pages   int // number of pages within the first MaxDepth results
	Hits    []Hit
	Facets  Facets
}

// Hit is one result.
type Hit struct {
	Document        // Body is empty
	Place    Place  // the place to link to
	TitleHit []Span // the title with the matches marked
	Snippet  []Span // the best passage, with the matches marked
	Score    float64
}

// Facets counts the results by value. The list of a field that is filtered is counted without that filter, so that a
// reader can choose another value.
type Facets struct {
	Types, Sites, Columns, Years []Count
}

// candidates is the number of documents, the best by the engine's score, that rank sorts again.
const candidates = 200

// questionTerms is the number of terms from which a query counts as a question in natural language. Few documents
// contain all terms of a question. So partial matches are shown when the full matches do not fill a page.
const questionTerms = 9

// minScoreShare is the share of the best score below which a document of a relaxed query is not shown.
const minScoreShare = 0.15

// Query answers q. No text of a reader makes it fail.
func (x *Index) Query(ctx context.Context, q Query) (_ Page, err error) {
	defer fault.Annotate(&err, "search.Query(%q)", cut(q.Text, 40))
	q = q.bounded()
	p := parse(q.Text)
	page := Page{Page: q.Page, Size: q.Size}
	if len(p.clauses) == 0 {
		page.Page = 1
		return page, nil
	}
	err = x.reading(func(g *generation) error {
		s := &queryRun{x: x, g: g, q: q, p: p}
		return s.run(ctx, &page)
	})
	return page, err
}

func (q Query) bounded() Query {
	if q.Size <= 0 {
		q.Size = DefaultSize
	}
	q.Size = min(q.Size, MaxSize)
	q.Page = min(max(q.Page, 1), (MaxDepth+q.Size-1)/q.Size)
	return q
}

// queryRun is the state of a query while it runs.
type queryRun struct {
	x       *Index
	g       *generation
	q       Query
	p       parsed
	base    Request // clauses and filters of the last request
	weights []weight
}

// run searches for documents with all terms: first with document numbers as whole keywords, then with the numbers
// split into terms. It relaxes the query when nothing is found, or when a question finds less than a page.
func (s *queryRun) run(ctx context.Context, page *Page) error {
	if len(s.p.phrases) > 0 {
		if done, err := s.phrases(ctx, page); done || err != nil {
			return err
		}
	}
	levels := [][][]Term{s.p.clauses}
	if s.p.split {
		levels = append(levels, s.p.loose)
	}
	page.Relaxed = true
	for _, clauses := range levels {
		res, err := s.attempt(ctx, clauses)
		if err != nil {
			return err
		}
		if res.Total == 0 {
			continue
		}
		page.Relaxed = false
		if len(clauses) < questionTerms || res.Total >= int64(s.q.Size) {
			return s.strict(ctx, page, res)
		}
	}
	return s.relaxed(ctx, page)
}

// attempt sends the engine one request for documents that satisfy all clauses.
func (s *queryRun) attempt(ctx context.Context, clauses [][]Term) (Result, error) {
	s.base = s.request(clauses)
	r := s.base
	r.ByTime = s.q.ByTime
	r.Offset, r.Limit = (s.q.Page-1)*s.q.Size, s.q.Size
	if s.staged() {
		r.Limit, r.Offset = max(candidates, r.Offset+r.Limit), 0
		s.weights = s.features()
		for _, w := range s.weights {
			r.Features = append(r.Features, w.term)
		}
	}
	if s.q.Facets {
		for _, f := range s.q.facetRequests(false) {
			r.Facets = append(r.Facets, f.request)
		}
	}
	return s.g.driver.Find(ctx, r)
}

// staged reports whether rank sorts the page. A page sorted by time, or one that starts after the
// candidates, keeps the order of the engine.
func (s *queryRun) staged() bool { return !s.q.ByTime && (s.q.Page-1)*s.q.Size < candidates }

// strict fills the page from the result of an attempt.
func (s *queryRun) strict(ctx context.Context, page *Page, res Result) (err error) {
	page.measure(res.Total)
	if page.Page != s.q.Page { // the results have fewer pages than requested
		s.q.Page = page.Page
		if res, err = s.attempt(ctx, s.base.Clauses); err != nil {
			return err
		}
	}
	hits := res.Hits
	if s.staged() {
		tiers, err := s.numberTiers(ctx)
		if err != nil {
			return err
		}
		rank(hits[:min(candidates, len(hits))], res, s.weights, s.g.stats(), tiers)
		hits = page.cut(hits)
	}
	recs, err := s.x.load(ctx, s.g, hits)
	if err != nil {
		return err
	}
	page.Hits = s.hits(recs, hits)
	if s.q.Facets {
		page.Facets, err = s.facets(ctx, res)
	}
	return err
}

func (s *queryRun) request(clauses [][]Term) Request {
	return Request{Clauses: clauses, Filters: s.q.filters(""), Since: s.q.Since, Until: s.q.Until}
}

// measure sets the paging figures for total results.
func (p *Page) measure(total int64) {
	p.Total = total
	reach := min(total, MaxDepth)
	p.Pages = int((reach + int64(p.Size) - 1) / int64(p.Size))
	p.Page = min(p.Page, max(1, p.Pages))
}

// cut returns the hits on this page.
func (p *Page) cut(hits []Found) []Found {
	from := (p.Page - 1) * p.Size
	return hits[min(from, len(hits)):min(from+p.Size, len(hits))]
}

// best returns the candidates of the base request, sorted by rank.
func (s *queryRun) best(ctx context.Context) ([]Found, error) {
	r := s.base
	r.Limit, r.Values = candidates, facetFields()
	s.weights = s.features()
	for _, w := range s.weights {
		r.Features = append(r.Features, w.term)
	}
	res, err := s.g.driver.Find(ctx, r)
	if err != nil {
		return nil, err
	}
	tiers, err := s.numberTiers(ctx)
	if err != nil {
		return nil, err
	}
	rank(res.Hits, res, s.weights, s.g.stats(), tiers)
	return res.Hits, nil
}

// numberTiers returns the documents whose own number is in the query. A higher tier ranks first.
func (s *queryRun) numberTiers(ctx context.Context) (map[string]int, error) {
	tier := map[string]int{}
	for i, no := range s.p.numbers {
		r := Request{
			Clauses: [][]Term{{{FieldNumber, no}}},
			Filters: s.base.Filters,
			Since:   s.base.Since,
			Until:   s.base.Until,
			Limit:   DefaultSize,
		}
		res, err := s.g.driver.Find(ctx, r)
		if err != nil {
			return nil, err
		}
		for _, h := range res.Hits {
			if _, ok := tier[h.ID]; !ok {
				tier[h.ID] = len(s.p.numbers) - i
			}
		}
	}
	return tier, nil
}

// filters returns the filters of the query, except the filter on the field omitted ("" omits none). With the filter on
// the site it also omits the filter on the column.
func (q *Query) filters(omitted string) [][]Term {
	var out [][]Term
	add := func(field, value string) {
		if value != "" && field != omitted {
			out = append(out, []Term{{field, value}})
		}
	}
	add(FieldSite, q.Site)
	add(FieldType, q.Type)
	add(FieldValidity, q.Validity)
	if q.Year != 0 {
		add(FieldYear, strconv.Itoa(q.Year))
	}
	if q.Column != "" && q.Site != "" && omitted != FieldSite {
		add(FieldColumn, q.Site+":"+q.Column)
	} else if omitted != FieldSite {
		add(FieldColumn, q.Column)
	}
	return out
}

// facetRequest is the request for one facet, and the list that its counts are stored in.
type facetRequest struct {
	request FacetRequest
	list    func(*Facets) *[]Count
}

// facetRequests returns the facets of the fields that have a filter (filtered) or have none. Columns are only counted
// within one site.
func (q *Query) facetRequests(filtered bool) []facetRequest {
	var out []facetRequest
	add := func(set bool, field, prefix string, size int, list func(*Facets) *[]Count) {
		if set == filtered {
			out = append(out, facetRequest{FacetRequest{Field: field, Prefix: prefix, Size: size}, list})
		}
	}
	add(q.Type != "", FieldType, "", 20, func(f *Facets) *[]Count { return &f.Types })
	add(q.Site != "", FieldSite, "", 50, func(f *Facets) *[]Count { return &f.Sites })
	add(q.Year != 0, FieldYear, "", 30, func(f *Facets) *[]Count { return &f.Years })
	if q.Site != "" {
		add(q.Column != "", FieldColumn, q.Site+":", 100, func(f *Facets) *[]Count { return &f.Columns })
	}
	return out
}

// facets reads the counts from res. For each filtered field it sends another request without that filter.
func (s *queryRun) facets(ctx context.Context, res Result) (Facets, error) {
	var f Facets
	for i, fr := range s.q.facetRequests(false) {
		*fr.list(&f) = res.Facets[i]
	}
	for _, fr := range s.q.facetRequests(true) {
		r := s.base
		r.Filters, r.Facets = s.q.filters(fr.request.Field), []FacetRequest{fr.request}
		res, err := s.g.driver.Find(ctx, r)
		if err != nil {
			return f, err
		}
		*fr.list(&f) = res.Facets[0]
	}
	return f, nil
}

func (s *queryRun) hits(recs []*record, found []Found) []Hit {
	score := map[string]float64{}
	for _, f := range found {
		score[f.ID] = f.Score
	}
	out := make([]Hit, 0, len(recs))
	for _, r := range recs {
		h := Hit{
			Document: r.Document,
			Score:    score[r.ID],
			Place:    r.place(s.q.Site, s.q.Column, s.q.Home),
			TitleHit: mark(r.Title, s.p.marks),
			Snippet:  snippet(&r.Document, s.p.marks),
		}
		h.Body = ""
		out = append(out, h)
	}
	return out
}
