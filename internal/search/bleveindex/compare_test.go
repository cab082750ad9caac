package bleveindex

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"guiyi/internal/search"
	"guiyi/internal/search/indextest"
)

// TestAgreesWithReference compares this driver with the reference driver in random changes and requests.
func TestAgreesWithReference(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 0))
	ours, err := Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	ref, err := indextest.NewMemory().Open(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for round := range 40 {
		var b search.Batch
		used := map[string]bool{}
		for range rng.IntN(12) {
			id := fmt.Sprint(rng.IntN(60))
			if used[id] {
				continue
			}
			used[id] = true
			if rng.IntN(4) == 0 {
				b.Drop = append(b.Drop, id)
			} else {
				b.Put = append(b.Put, randomEntry(rng, id))
			}
		}
		for _, d := range []search.Driver{ours, ref} {
			if err := d.Apply(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		for range 12 {
			r := randomRequest(rng)
			got, err1 := ours.Find(t.Context(), r)
			want, err2 := ref.Find(t.Context(), r)
			if err1 != nil || err2 != nil {
				t.Fatal(err1, err2)
			}
			if g, w := comparable(got), comparable(want); !reflect.DeepEqual(g, w) {
				t.Fatalf("round %d, seed %d: %+v\ngot  %+v\nwant %+v", round, seed, r, g, w)
			}
		}
	}
}

func pick(rng *rand.Rand) string {
	letters := []string{"甲", "乙", "丙", "丁", "戊", "己", "庚"}
	return letters[min(rng.IntN(len(letters)), rng.IntN(len(letters)))]
}

func randomEntry(rng *rand.Rand, id string) search.Entry {
	e := search.Entry{ID: id, At: rng.Int64N(20), Stored: []byte(id),
		Counts:   map[string]map[string]int{search.FieldPairs: {}, search.FieldTitle: {}},
		Keywords: map[string][]string{}}
	for range rng.IntN(6) {
		e.Counts[search.FieldPairs][pick(rng)] = 1 + rng.IntN(5)
		e.Counts[search.FieldTitle][pick(rng)] = 1
	}
	for range rng.IntN(4) {
		v := pick(rng)
		if !slices.Contains(e.Keywords[search.FieldSite], v) {
			e.Keywords[search.FieldSite] = append(e.Keywords[search.FieldSite], v)
		}
	}
	return e
}

func randomTerms(rng *rand.Rand, field string) []search.Term {
	var out []search.Term
	for range 1 + rng.IntN(2) {
		out = append(out, search.Term{Field: field, Text: pick(rng)})
	}
	return out
}

func randomRequest(rng *rand.Rand) search.Request {
	r := search.Request{Limit: 100, ByTime: rng.IntN(2) == 0,
		Facets: []search.FacetRequest{{Field: search.FieldSite, Size: 100}}}
	for range rng.IntN(4) {
		r.Clauses = append(r.Clauses, randomTerms(rng, search.FieldPairs))
	}
	for range rng.IntN(2) {
		r.Filters = append(r.Filters, randomTerms(rng, search.FieldSite))
	}
	if rng.IntN(2) == 0 && len(r.Clauses) > 0 {
		r.Min = 1 + rng.IntN(len(r.Clauses))
	}
	if rng.IntN(3) == 0 {
		r.Since, r.Until = rng.Int64N(15), 5+rng.Int64N(15)
	}
	for range rng.IntN(3) {
		r.Features = append(r.Features, randomTerms(rng, search.FieldPairs)[0], randomTerms(rng, search.FieldTitle)[0])
	}
	return r
}

// comparable returns the result without scores and without the order of equals, which depend on the engine.
func comparable(r search.Result) any {
	hits := map[string][]search.Freq{}
	for _, h := range r.Hits {
		hits[h.ID] = slices.Clip(h.Freq)
	}
	facets := map[string]int64{}
	for _, c := range r.Facets[0] {
		facets[c.Value] = c.N
	}
	return map[string]any{"total": r.Total, "docs": r.Docs, "df": fmt.Sprint(r.DF), "hits": fmt.Sprint(hits),
		"ids": slices.Sorted(maps.Keys(hits)), "facets": facets}
}
