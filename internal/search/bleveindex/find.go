package bleveindex

import (
	"context"
	"errors"
	"math"
	"slices"
	"strconv"

	engine "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	"github.com/blevesearch/bleve/v2/search/facet"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"

	"guiyi/internal/search"
)

// Find runs the request on one snapshot.
func (d *Driver) Find(ctx context.Context, req search.Request) (_ search.Result, err error) {
	defer damaged(&err)
	r, err := d.index.Reader()
	if err != nil {
		return search.Result{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	docs, err := r.DocCount()
	if err != nil {
		return search.Result{}, err
	}
	q := finding{ctx: ctx, r: r, req: req}
	out, err := q.run()
	out.Docs = int64(docs)
	return out, err
}

type finding struct {
	ctx context.Context
	r   index.IndexReader
	req search.Request
}

func (q *finding) run() (search.Result, error) {
	var out search.Result
	s, err := q.searcher()
	if err != nil {
		return out, err
	}
	defer s.Close()
	// a collector of nothing still counts
	coll := collector.NewTopNCollector(q.req.Limit, q.req.Offset, q.order())
	if len(q.req.Facets) > 0 {
		coll.SetFacetsBuilder(q.facets())
	}
	if err := coll.Collect(q.ctx, s, q.r); err != nil {
		return out, err
	}
	out.Total = int64(coll.Total())
	for _, m := range coll.Results() {
		out.Hits = append(out.Hits, search.Found{ID: m.ID, Score: m.Score, Freq: make([]search.Freq, len(q.req.Features))})
	}
	counted := coll.FacetResults()
	for i := range q.req.Facets {
		out.Facets = append(out.Facets, counts(counted[strconv.Itoa(i)]))
	}
	out.DF, err = q.features(coll.Results(), out.Hits)
	return out, err
}

// order leaves ties in the order of the index, which merges keep. A tie-break by ID would read
// the ID of every matching document.
func (q *finding) order() engine.SortOrder {
	if q.req.ByTime {
		return engine.SortOrder{&engine.SortField{Field: timeField, Desc: true, Type: engine.SortFieldAsNumber, Missing: engine.SortFieldMissingLast}}
	}
	return engine.SortOrder{&engine.SortScore{Desc: true}}
}

// searcher joins clauses and filters.
func (q *finding) searcher() (engine.Searcher, error) {
	var all []engine.Searcher
	add := func(s engine.Searcher, err error) error {
		if err == nil {
			all = append(all, s)
		}
		return err
	}
	err := q.clauses(add)
	for _, f := range q.req.Filters {
		if err == nil {
			err = add(q.anyOf(f, engine.SearcherOptions{Score: "none"}))
		}
	}
	if err == nil && (q.req.Since != 0 || q.req.Until != 0) {
		err = add(q.period())
	}
	if err == nil && len(all) == 0 {
		err = add(searcher.NewMatchAllSearcher(q.ctx, q.r, 1, engine.SearcherOptions{Score: "none"}))
	}
	if err != nil {
		for _, s := range all {
			err = errors.Join(err, s.Close())
		}
		return nil, err
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return searcher.NewConjunctionSearcher(q.ctx, q.r, all, engine.SearcherOptions{})
}

// clauses adds each clause, or one searcher that wants Min of them.
func (q *finding) clauses(add func(engine.Searcher, error) error) error {
	if q.req.Min <= 0 || q.req.Min >= len(q.req.Clauses) {
		for _, c := range q.req.Clauses {
			if err := add(q.anyOf(c, engine.SearcherOptions{})); err != nil {
				return err
			}
		}
		return nil
	}
	var some []engine.Searcher
	for _, c := range q.req.Clauses {
		s, err := q.anyOf(c, engine.SearcherOptions{})
		if err != nil {
			for _, open := range some {
				err = errors.Join(err, open.Close())
			}
			return err
		}
		some = append(some, s)
	}
	return add(searcher.NewDisjunctionSearcher(q.ctx, q.r, some, float64(q.req.Min), engine.SearcherOptions{}))
}

func (q *finding) anyOf(terms []search.Term, o engine.SearcherOptions) (engine.Searcher, error) {
	var some []engine.Searcher
	for _, t := range terms {
		s, err := searcher.NewTermSearcher(q.ctx, q.r, t.Text, t.Field, 1, o)
		if err != nil {
			for _, open := range some {
				err = errors.Join(err, open.Close())
			}
			return nil, err
		}
		some = append(some, s)
	}
	if len(some) == 1 {
		return some[0], nil
	}
	return searcher.NewDisjunctionSearcher(q.ctx, q.r, some, 1, o)
}

func (q *finding) period() (engine.Searcher, error) {
	from, until := math.Inf(-1), math.Inf(1)
	if q.req.Since != 0 {
		from = float64(q.req.Since)
	}
	if q.req.Until != 0 {
		until = float64(q.req.Until)
	}
	yes, no := true, false
	return searcher.NewNumericRangeSearcher(q.ctx, q.r, &from, &until, &yes, &no, timeField, 1, engine.SearcherOptions{Score: "none"})
}

func (q *finding) facets() *engine.FacetsBuilder {
	b := engine.NewFacetsBuilder(q.r)
	for i, f := range q.req.Facets {
		t := facet.NewTermsFacetBuilder(f.Field, f.Size)
		t.SetPrefixFilter(f.Prefix)
		b.Add(strconv.Itoa(i), t)
	}
	return b
}

func counts(f *engine.FacetResult) []search.Count {
	var out []search.Count
	if f == nil || f.Terms == nil {
		return nil
	}
	for _, t := range f.Terms.Terms() {
		out = append(out, search.Count{Value: t.Term, N: int64(t.Count)})
	}
	return out
}

// features reads the postings of every wanted term at the hits, in the order of the index.
func (q *finding) features(found engine.DocumentMatchCollection, hits []search.Found) ([]int64, error) {
	order := make([]int, len(found))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return found[a].IndexInternalID.Compare(found[b].IndexInternalID)
	})
	df := make([]int64, len(q.req.Features))
	for i, t := range q.req.Features {
		n, err := q.feature(t, func(p *postings) error {
			for _, h := range order {
				freq, err := p.at(found[h].IndexInternalID)
				if err != nil {
					return err
				}
				hits[h].Freq[i] = freq
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		df[i] = n
	}
	return df, nil
}

func (q *finding) feature(t search.Term, visit func(*postings) error) (df int64, err error) {
	r, err := q.r.TermFieldReader(q.ctx, []byte(t.Text), t.Field, true, true, false)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return int64(r.Count()), visit(&postings{r: r})
}

// postings walks one term's documents forward.
type postings struct {
	r    index.TermFieldReader
	cur  *index.TermFieldDoc
	done bool
}

// at returns the count in document id, which must not be before that of an earlier call.
func (p *postings) at(id index.IndexInternalID) (search.Freq, error) {
	if !p.done && (p.cur == nil || p.cur.ID.Compare(id) < 0) {
		next, err := p.r.Advance(id, p.cur)
		if err != nil {
			return search.Freq{}, err
		}
		p.cur, p.done = next, next == nil
	}
	if p.done || p.cur.ID.Compare(id) != 0 {
		return search.Freq{}, nil
	}
	return search.Freq{N: float64(p.cur.Freq), Len: length(p.cur.Norm)}, nil
}

// length undoes the engine's norm, 1/√length.
func length(norm float64) float64 {
	return math.Round(1 / max(norm*norm, 1e-12))
}
