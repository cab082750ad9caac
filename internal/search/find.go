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
	Relaxed bool  // no document holds all terms: these hold most
	Page    int   // the page shown
	Size    int
	Pages   int // pages that can be shown, within MaxDepth
	Hits    []Hit
	Facets  Facets
}

// Hit is one result.
type Hit struct {
	Document        // Body is empty
	Place    Place  // where to send the reader
	TitleHit []Span // the title with the found parts marked
	Snippet  []Span // the best passage
	Score    float64
}

// Facets counts the results by value. Each list leaves its own filter out, so that a
// reader can change it.
type Facets struct {
	Types, Sites, Columns, Years []Count
}

// candidates is how many documents the second stage ranks.
const candidates = 200

// sentence is the number of terms from which a query is treated as a question in natural language: few
// documents have all its terms, so partial matches are shown even if some documents match fully.
const sentence = 9

// tail is the part of the best score under which a document of a relaxed query is noise.
const tail = 0.15

// Query answers q. It never fails for what the reader typed.
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

// queryRun is the state of one query while it is answered.
type queryRun struct {
	x       *Index
	g       *generation
	q       Query
	p       parsed
	base    Request // clauses and filters of the last attempt
	weights []weight
}

// run looks for documents with all terms, first with document numbers as whole keywords, then with the
// numbers split into terms. If there are none, or too few for a long query, it relaxes the query.
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
		if len(clauses) < sentence || res.Total >= int64(s.q.Size) {
			return s.strict(ctx, page, res)
		}
	}
	return s.relaxed(ctx, page)
}

// attempt asks the engine once for all that a strict answer needs.
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

// staged reports whether the page starts within the candidates that the second stage ranks again; later
// pages keep the order of the engine.
func (s *queryRun) staged() bool { return !s.q.ByTime && (s.q.Page-1)*s.q.Size < candidates }

// strict fills the page from the result of an attempt.
func (s *queryRun) strict(ctx context.Context, page *Page, res Result) (err error) {
	page.measure(res.Total)
	if page.Page != s.q.Page { // there are fewer pages than asked for
		s.q.Page = page.Page
		if res, err = s.attempt(ctx, s.base.Clauses); err != nil {
			return err
		}
	}
	hits := res.Hits
	if s.staged() {
		own, err := s.own(ctx)
		if err != nil {
			return err
		}
		rank(hits[:min(candidates, len(hits))], res, s.weights, s.g.stats(), own)
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

// measure fills the paging figures for total results.
func (p *Page) measure(total int64) {
	p.Total = total
	reach := min(total, MaxDepth)
	p.Pages = int((reach + int64(p.Size) - 1) / int64(p.Size))
	p.Page = min(p.Page, max(1, p.Pages))
}

// cut returns the hits that the page shows.
func (p *Page) cut(hits []Found) []Found {
	from := (p.Page - 1) * p.Size
	return hits[min(from, len(hits)):min(from+p.Size, len(hits))]
}

// best returns the candidates of the base request in the order of the second stage.
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
	own, err := s.own(ctx)
	if err != nil {
		return nil, err
	}
	rank(res.Hits, res, s.weights, s.g.stats(), own)
	return res.Hits, nil
}

// own returns the documents that bear a number of the query themselves, best first.
func (s *queryRun) own(ctx context.Context) (map[string]int, error) {
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

// filters returns the filters of the query, without the one on the field named by except.
func (q *Query) filters(except string) [][]Term {
	var out [][]Term
	add := func(field, value string) {
		if value != "" && field != except {
			out = append(out, []Term{{field, value}})
		}
	}
	add(FieldSite, q.Site)
	add(FieldType, q.Type)
	add(FieldValidity, q.Validity)
	if q.Year != 0 {
		add(FieldYear, strconv.Itoa(q.Year))
	}
	if q.Column != "" && q.Site != "" && except != FieldSite {
		add(FieldColumn, q.Site+":"+q.Column)
	} else if except != FieldSite {
		add(FieldColumn, q.Column)
	}
	return out
}

// facetRequest is one facet and where its counts go.
type facetRequest struct {
	request FacetRequest
	list    func(*Facets) *[]Count
}

// facetRequests returns the facets whose own filter is set, or those whose filter is not.
// Column paths mean something within one site only.
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

// facets takes the counts out of res; a facet that is filtered is counted without its filter.
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
