package bleveindex

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	engine "github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/collector"
	"github.com/blevesearch/bleve/v2/search/searcher"
	index "github.com/blevesearch/bleve_index_api"

	"guiyi/internal/search"
)

// TestScoresAreTheEngines compares order and scores with those of Bleve's searchers. The scores of a request may differ
// by a constant factor.
func TestScoresAreTheEngines(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 0))
	d := opened(t, t.TempDir())
	for range 12 { // several segments, with deletions in them
		var b search.Batch
		for _, no := range rng.Perm(400)[:70] {
			b.Put = append(b.Put, randomEntry(rng, fmt.Sprint(no)))
		}
		apply(t, d, b)
	}
	for range 300 {
		r := scoredRequest(rng)
		got, err := d.Find(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		want := byEngine(t, d, r)
		if len(got.Hits) != len(want) {
			t.Fatalf("%+v: %d hits, the engine finds %d", r, len(got.Hits), len(want))
		}
		factor := 0.0
		for i, h := range got.Hits {
			if factor == 0 {
				factor = want[i].Score / h.Score
			}
			if !near(h.Score*factor, want[i].Score) {
				t.Fatalf("%+v: hit %d has %.9f, the engine gives %.9f", r, i, h.Score*factor, want[i].Score)
			}
			// the order of scores that are equal within the arithmetic precision is undefined
			if h.ID != want[i].ID && !near(want[i].Score, scoreOf(want, h.ID)) {
				t.Fatalf("%+v: hit %d is %s, the engine's %s", r, i, h.ID, want[i].ID)
			}
		}
	}
}

func near(a, b float64) bool { return max(a, b)-min(a, b) <= 1e-9*max(a, b) }

func scoreOf(hits engine.DocumentMatchCollection, id string) float64 {
	i := slices.IndexFunc(hits, func(m *engine.DocumentMatch) bool { return m.ID == id })
	if i < 0 {
		return 0
	}
	return hits[i].Score
}

func scoredRequest(rng *rand.Rand) search.Request {
	r := search.Request{Limit: 1000}
	for range 1 + rng.IntN(5) {
		r.Clauses = append(r.Clauses, randomTerms(rng, search.FieldPairs))
	}
	for range rng.IntN(2) {
		r.Filters = append(r.Filters, randomTerms(rng, search.FieldSite))
	}
	if rng.IntN(2) == 0 {
		r.Min = 1 + rng.IntN(len(r.Clauses))
	}
	return r
}

// byEngine returns the result of Bleve's searchers for the clauses and filters of a request.
func byEngine(t *testing.T, d *Driver, req search.Request) engine.DocumentMatchCollection {
	t.Helper()
	r, err := d.index.Reader()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	e := engines{t, r}
	var all []engine.Searcher
	for _, c := range req.Clauses {
		all = append(all, e.anyOf(c, engine.SearcherOptions{}))
	}
	if req.Min > 0 && req.Min < len(all) {
		all = []engine.Searcher{e.must(searcher.NewDisjunctionSearcher(t.Context(), r, all, float64(req.Min),
			engine.SearcherOptions{}))}
	}
	for _, f := range req.Filters {
		all = append(all, e.anyOf(f, engine.SearcherOptions{Score: "none"}))
	}
	s := all[0]
	if len(all) > 1 {
		s = e.must(searcher.NewConjunctionSearcher(t.Context(), r, all, engine.SearcherOptions{}))
	}
	defer s.Close()
	c := collector.NewTopNCollector(req.Limit, 0, engine.SortOrder{&engine.SortScore{Desc: true}})
	if err := c.Collect(context.Background(), s, r); err != nil {
		t.Fatal(err)
	}
	return c.Results()
}

type engines struct {
	t *testing.T
	r index.IndexReader
}

func (e engines) must(s engine.Searcher, err error) engine.Searcher {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
	return s
}

func (e engines) anyOf(terms []search.Term, o engine.SearcherOptions) engine.Searcher {
	e.t.Helper()
	var some []engine.Searcher
	for _, t := range terms {
		some = append(some, e.must(searcher.NewTermSearcher(e.t.Context(), e.r, t.Text, t.Field, 1, o)))
	}
	if len(some) == 1 {
		return some[0]
	}
	return e.must(searcher.NewDisjunctionSearcher(e.t.Context(), e.r, some, 1, o))
}

func TestTopKeepsTheFirstOfEquals(t *testing.T) {
	best := top{limit: 3}
	for i, key := range []float64{1, 3, 2, 3, 2, 3, 0, 3} {
		best.offer(hit{key: key, part: i / 4, doc: uint32(i % 4)})
	}
	var got []uint32
	for _, h := range best.sorted() {
		got = append(got, uint32(h.part)*4+h.doc)
	}
	if !slices.Equal(got, []uint32{1, 3, 5}) {
		t.Errorf("%v", got)
	}
}

func TestSumsAreZeroAfterUse(t *testing.T) {
	s := getScores(4)
	s.score[1], s.satisfied[2], s.docs = 1, 2, append(s.docs, 3)
	s.release()
	for range 4 {
		s := getScores(4)
		if slices.Max(s.score) != 0 || slices.Max(s.satisfied) != 0 || len(s.docs) != 0 {
			t.Errorf("%+v", s)
		}
		s.release()
	}
}
