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

// sentence is the number of terms from which a query is a question in words: then a document
// with all of them is luck, and the best are shown even when a few have all.
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
		s := &asking{x: x, g: g, q: q, p: p}
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

// asking is one query on its way.
type asking struct {
	x    *Index
	g    *generation
	q    Query
	p    parsed
	base Request // clauses and filters
}

func (s *asking) run(ctx context.Context, page *Page) error {
	if len(s.p.phrases) > 0 {
		if done, err := s.phrases(ctx, page); done || err != nil {
			return err
		}
	}
	total, err := s.settle(ctx, page)
	switch {
	case err != nil:
		return err
	case total == 0:
		return s.relaxed(ctx, page)
	}
	page.measure(total)
	var found []Found
	if s.q.ByTime {
		found, err = s.engineOrder(ctx, page)
	} else {
		found, err = s.ranked(ctx, page)
	}
	if err != nil {
		return err
	}
	recs, err := s.x.load(ctx, s.g, found)
	if err != nil {
		return err
	}
	page.Hits = s.hits(recs, found)
	if s.q.Facets {
		page.Facets, err = s.facets(ctx)
	}
	return err
}

// settle asks for documents with all terms: document numbers as such, else taken apart. No
// result means that the query has to be relaxed.
func (s *asking) settle(ctx context.Context, page *Page) (int64, error) {
	page.Relaxed = true
	for i, clauses := range [][][]Term{s.p.clauses, s.p.loose} {
		if i > 0 && !s.p.split {
			break
		}
		r := s.request(clauses)
		res, err := s.g.driver.Find(ctx, r)
		if err != nil {
			return 0, err
		}
		if res.Total == 0 {
			continue
		}
		page.Relaxed = false
		if len(clauses) < sentence || res.Total >= int64(s.q.Size) {
			s.base = r
			return res.Total, nil
		}
	}
	return 0, nil
}

func (s *asking) request(clauses [][]Term) Request {
	return Request{Clauses: clauses, Filters: s.q.filters(""), Since: s.q.Since, Until: s.q.Until}
}

// measure fills the paging figures for total results.
func (p *Page) measure(total int64) {
	p.Total = total
	reach := min(total, MaxDepth)
	p.Pages = int((reach + int64(p.Size) - 1) / int64(p.Size))
	p.Page = min(p.Page, max(1, p.Pages))
}

func (s *asking) engineOrder(ctx context.Context, page *Page) ([]Found, error) {
	r := s.base
	r.ByTime = s.q.ByTime
	r.Offset, r.Limit = (page.Page-1)*page.Size, page.Size
	res, err := s.g.driver.Find(ctx, r)
	return res.Hits, err
}

// ranked returns the hits of the page in the order of the second stage; beyond the
// candidates the engine's order goes on.
func (s *asking) ranked(ctx context.Context, page *Page) ([]Found, error) {
	offset := (page.Page - 1) * page.Size
	if offset >= candidates {
		return s.engineOrder(ctx, page)
	}
	hits, err := s.best(ctx, max(candidates, offset+page.Size))
	return hits[min(offset, len(hits)):min(offset+page.Size, len(hits))], err
}

// best returns the first limit documents of the base request, the candidates among them in
// the order of the second stage.
func (s *asking) best(ctx context.Context, limit int) ([]Found, error) {
	r := s.base
	r.Limit = limit
	weights := s.features()
	for _, w := range weights {
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
	rank(res.Hits[:min(candidates, len(res.Hits))], res, weights, s.g.stats(), own)
	return res.Hits, nil
}

// own returns the documents that bear a number of the query themselves, best first.
func (s *asking) own(ctx context.Context) (map[string]int, error) {
	tier := map[string]int{}
	for i, no := range s.p.numbers {
		r := Request{Clauses: [][]Term{{{FieldNumber, no}}}, Filters: s.base.Filters, Since: s.base.Since, Until: s.base.Until, Limit: DefaultSize}
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

// filters returns the filters of the query but the one on the field except.
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

// facetSizes bounds the values shown per facet.
var facetSizes = [...]struct {
	field string
	size  int
}{{FieldType, 20}, {FieldSite, 50}, {FieldColumn, 100}, {FieldYear, 30}}

// facets counts results: one engine query for all facets without an own filter, one more
// for each facet that is filtered.
func (s *asking) facets(ctx context.Context) (Facets, error) {
	var f Facets
	lists := [...]*[]Count{&f.Types, &f.Sites, &f.Columns, &f.Years}
	set := map[string]bool{FieldType: s.q.Type != "", FieldSite: s.q.Site != "", FieldColumn: s.q.Column != "", FieldYear: s.q.Year != 0}
	shared := s.base
	var sharedLists []*[]Count
	for i, want := range facetSizes {
		fr := FacetRequest{Field: want.field, Size: want.size}
		if want.field == FieldColumn {
			if s.q.Site == "" {
				continue // column paths mean something within one site only
			}
			fr.Prefix = s.q.Site + ":"
		}
		if !set[want.field] {
			shared.Facets = append(shared.Facets, fr)
			sharedLists = append(sharedLists, lists[i])
			continue
		}
		r := s.base
		r.Filters, r.Facets = s.q.filters(want.field), []FacetRequest{fr}
		if err := s.count(ctx, r, lists[i]); err != nil {
			return f, err
		}
	}
	return f, s.count(ctx, shared, sharedLists...)
}

func (s *asking) count(ctx context.Context, r Request, lists ...*[]Count) error {
	if len(r.Facets) == 0 {
		return nil
	}
	res, err := s.g.driver.Find(ctx, r)
	if err != nil {
		return err
	}
	for i, list := range lists {
		*list = res.Facets[i]
	}
	return nil
}

func (s *asking) hits(recs []*record, found []Found) []Hit {
	score := map[string]float64{}
	for _, f := range found {
		score[f.ID] = f.Score
	}
	out := make([]Hit, 0, len(recs))
	for _, r := range recs {
		h := Hit{
			Document: r.Document, Score: score[r.ID],
			Place:    r.place(s.q.Site, s.q.Column, s.q.Home),
			TitleHit: mark(r.Title, s.p.marks), Snippet: snippet(&r.Document, s.p.marks),
		}
		h.Body = ""
		out = append(out, h)
	}
	return out
}
