package indextest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"guiyi/internal/search"
)

// Open opens the driver on a folder. After Close, another Open of the same folder must find the same data.
type Open func(ctx context.Context, dir string) (search.Driver, error)

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, f := range map[string]func(*testing.T, Open){
		"Clauses": clauses, "Filters": filters, "Period": period, "Order": order, "Paging": paging,
		"Facets": facets, "Features": features,
		"Terms": terms, "Values": values, "Replace": replace, "Drop": drop, "Meta": keepsMeta,
		"Load": load, "Reopen": reopen, "Concurrent": concurrent, "Hostile": hostile, "Cancelled": cancelled,
	} {
		t.Run(name, func(t *testing.T) { f(t, open) })
	}
}

func started(t *testing.T, open Open, entries ...search.Entry) search.Driver {
	t.Helper()
	d, err := open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	if len(entries) > 0 {
		apply(t, d, search.Batch{Put: entries})
	}
	return d
}

func apply(t *testing.T, d search.Driver, b search.Batch) {
	t.Helper()
	if err := d.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, d search.Driver, r search.Request) search.Result {
	t.Helper()
	if r.Limit == 0 {
		r.Limit = 100
	}
	res, err := d.Find(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func ids(r search.Result) []string {
	var out []string
	for _, h := range r.Hits {
		out = append(out, h.ID)
	}
	return out
}

func expect(t *testing.T, what string, r search.Result, want ...string) {
	t.Helper()
	got := ids(r)
	slices.Sort(got)
	if !slices.Equal(got, want) || r.Total != int64(len(want)) {
		t.Errorf("%s: %q of %d, want %q", what, got, r.Total, want)
	}
}

// entry returns an entry with these pairs, of the type kind, at the time at.
func entry(id string, at int64, kind string, pairs map[string]int) search.Entry {
	return search.Entry{
		ID:       id,
		At:       at,
		Stored:   []byte("stored " + id),
		Counts:   map[string]map[string]int{search.FieldPairs: pairs, search.FieldTitle: {"题目": 1}},
		Keywords: map[string][]string{search.FieldType: {kind}, search.FieldSite: {"city", "county-" + id}},
	}
}

func pair(s string) search.Term { return search.Term{Field: search.FieldPairs, Text: s} }

func three(t *testing.T, open Open) search.Driver {
	return started(t, open,
		entry("a", 1000, "公告", map[string]int{"公积": 3, "积金": 3, "提取": 1}),
		entry("b", 2000, "公告", map[string]int{"公积": 1, "积金": 1}),
		entry("c", 3000, "解读", map[string]int{"入学": 1, "提取": 2}),
	)
}

func clauses(t *testing.T, open Open) {
	d := three(t, open)
	expect(t, "no clause", find(t, d, search.Request{}), "a", "b", "c")
	expect(t, "one", find(t, d, search.Request{Clauses: [][]search.Term{{pair("公积")}}}), "a", "b")
	expect(t, "all of", find(t, d, search.Request{Clauses: [][]search.Term{{pair("公积")}, {pair("提取")}}}), "a")
	expect(t, "any within a clause", find(t, d, search.Request{Clauses: [][]search.Term{{pair("积金"), pair("入学")}}}),
		"a", "b", "c")
	expect(t, "one of three", find(t, d, search.Request{Min: 1,
		Clauses: [][]search.Term{{pair("积金")}, {pair("提取")}, {pair("没有")}}}), "a", "b", "c")
	expect(t, "two of three", find(t, d, search.Request{Min: 2,
		Clauses: [][]search.Term{{pair("积金")}, {pair("提取")}, {pair("没有")}}}), "a")
	expect(t, "unknown term", find(t, d, search.Request{Clauses: [][]search.Term{{pair("没有")}}}))
	expect(t, "unknown field", find(t, d, search.Request{Clauses: [][]search.Term{{{Field: "none", Text: "公积"}}}}))
}

func filters(t *testing.T, open Open) {
	d := three(t, open)
	kind := func(v ...string) []search.Term {
		var out []search.Term
		for _, x := range v {
			out = append(out, search.Term{Field: search.FieldType, Text: x})
		}
		return out
	}
	expect(t, "alone", find(t, d, search.Request{Filters: [][]search.Term{kind("公告")}}), "a", "b")
	expect(t, "any of", find(t, d, search.Request{Filters: [][]search.Term{kind("公告", "解读")}}), "a", "b", "c")
	expect(t, "with a clause", find(t, d, search.Request{Clauses: [][]search.Term{{pair("提取")}},
		Filters: [][]search.Term{kind("解读")}}), "c")
	expect(t, "two filters",
		find(t, d, search.Request{Filters: [][]search.Term{kind("公告"), {{Field: search.FieldSite, Text: "county-b"}}}}),
		"b")
	expect(t, "unknown value", find(t, d, search.Request{Filters: [][]search.Term{kind("没有")}}))
	expect(t, "exact, not part", find(t, d, search.Request{Filters: [][]search.Term{kind("公")}}))
}

func period(t *testing.T, open Open) {
	d := three(t, open)
	expect(t, "from", find(t, d, search.Request{Since: 2000}), "b", "c")
	expect(t, "until", find(t, d, search.Request{Until: 2000}), "a")
	expect(t, "between", find(t, d, search.Request{Since: 1000, Until: 3000}), "a", "b")
	expect(t, "none", find(t, d, search.Request{Since: 3001}))
	const ms = int64(1_795_000_000_123)
	apply(t, d, search.Batch{Put: []search.Entry{entry("d", ms, "公告", nil)}})
	expect(t, "to the millisecond", find(t, d, search.Request{Since: ms, Until: ms + 1}), "d")
	expect(t, "one later", find(t, d, search.Request{Since: ms + 1}))
}

func order(t *testing.T, open Open) {
	d := three(t, open)
	r := find(t, d, search.Request{ByTime: true})
	if got := ids(r); !slices.Equal(got, []string{"c", "b", "a"}) {
		t.Errorf("newest first: %q", got)
	}
	r = find(t, d, search.Request{Clauses: [][]search.Term{{pair("公积")}}})
	if got := ids(r); len(got) != 2 || r.Hits[0].Score < r.Hits[1].Score {
		t.Errorf("best first: %+v", r.Hits)
	}
	apply(t, d, search.Batch{Put: []search.Entry{entry("0", 2000, "公告", nil), entry("z", 2000, "公告", nil)}})
	first := ids(find(t, d, search.Request{ByTime: true}))
	if len(first) != 5 || first[0] != "c" || first[4] != "a" {
		t.Errorf("equal times: %q", first)
	}
	if again := ids(find(t, d, search.Request{ByTime: true})); !slices.Equal(again, first) {
		t.Errorf("%q, then %q", first, again)
	}
}

func paging(t *testing.T, open Open) {
	var all []search.Entry
	for i := range 57 {
		all = append(all, entry(fmt.Sprintf("d%02d", i), int64(i%7), "公告", map[string]int{"公积": 1}))
	}
	d := started(t, open, all...)
	for _, byTime := range []bool{true, false} {
		seen := map[string]bool{}
		for from := 0; from < 60; from += 10 {
			r := find(t, d, search.Request{Clauses: [][]search.Term{{pair("公积")}}, ByTime: byTime, Offset: from,
				Limit: 10})
			if r.Total != 57 {
				t.Fatalf("total %d", r.Total)
			}
			for _, id := range ids(r) {
				if seen[id] {
					t.Errorf("%s twice", id)
				}
				seen[id] = true
			}
		}
		if len(seen) != 57 {
			t.Errorf("by time %v: %d of 57 seen", byTime, len(seen))
		}
	}
	res, err := d.Find(t.Context(), search.Request{Limit: 0})
	if err != nil || res.Total != 57 || len(res.Hits) != 0 || res.Docs != 57 {
		t.Errorf("counting only: %+v %v", res, err)
	}
}

func facets(t *testing.T, open Open) {
	d := three(t, open)
	r := find(t, d, search.Request{Facets: []search.FacetRequest{
		{Field: search.FieldType, Size: 10}, {Field: search.FieldSite, Prefix: "county-", Size: 2},
		{Field: "none", Size: 3},
	}})
	if want := []search.Count{{Value: "公告", N: 2}, {Value: "解读", N: 1}}; !slices.Equal(r.Facets[0], want) {
		t.Errorf("types %v", r.Facets[0])
	}
	if len(r.Facets[1]) != 2 || r.Facets[1][0].N != 1 || len(r.Facets[2]) != 0 {
		t.Errorf("prefix %v, none %v", r.Facets[1], r.Facets[2])
	}
	r = find(t, d, search.Request{Clauses: [][]search.Term{{pair("入学")}},
		Facets: []search.FacetRequest{{Field: search.FieldType, Size: 10}}})
	if want := []search.Count{{Value: "解读", N: 1}}; !slices.Equal(r.Facets[0], want) {
		t.Errorf("of the found only: %v", r.Facets[0])
	}
}

func features(t *testing.T, open Open) {
	d := three(t, open)
	apply(t, d, search.Batch{Put: []search.Entry{entry("d", 1, "公告", map[string]int{"公积": 200, "别的": 801})}})
	r := find(t, d, search.Request{Features: []search.Term{pair("提取"), pair("公积"),
		{Field: search.FieldTitle, Text: "题目"}, pair("没有")}})
	if want := []int64{2, 3, 4, 0}; !slices.Equal(r.DF, want) {
		t.Errorf("document counts %v, want %v", r.DF, want)
	}
	want := map[string][]search.Freq{
		"a": {{N: 1, Len: 7}, {N: 3, Len: 7}, {N: 1, Len: 1}, {}},
		"b": {{}, {N: 1, Len: 2}, {N: 1, Len: 1}, {}},
		"c": {{N: 2, Len: 3}, {}, {N: 1, Len: 1}, {}},
		"d": {{}, {N: 200, Len: 1001}, {N: 1, Len: 1}, {}},
	}
	for _, h := range r.Hits {
		if !slices.Equal(h.Freq, want[h.ID]) {
			t.Errorf("%s: %v, want %v", h.ID, h.Freq, want[h.ID])
		}
	}
}

func values(t *testing.T, open Open) {
	d := three(t, open)
	r := find(t, d, search.Request{Clauses: [][]search.Term{{pair("入学")}},
		Values: []string{search.FieldType, search.FieldSite, "none"}})
	if len(r.Hits) != 1 || len(r.Hits[0].Values) != 3 {
		t.Fatalf("%+v", r.Hits)
	}
	h := r.Hits[0]
	slices.Sort(h.Values[1])
	if h.At != 3000 || !slices.Equal(h.Values[0], []string{"解读"}) ||
		!slices.Equal(h.Values[1], []string{"city", "county-c"}) || len(h.Values[2]) != 0 {
		t.Errorf("%+v", h)
	}
	if r := find(t, d, search.Request{}); r.Hits[0].Values != nil {
		t.Errorf("not asked for: %+v", r.Hits[0])
	}
}

func replace(t *testing.T, open Open) {
	d := three(t, open)
	apply(t, d, search.Batch{Put: []search.Entry{entry("a", 1, "解读", map[string]int{"新的": 1})}})
	expect(t, "old term", find(t, d, search.Request{Clauses: [][]search.Term{{pair("公积")}}}), "b")
	expect(t, "new term", find(t, d, search.Request{Clauses: [][]search.Term{{pair("新的")}}}), "a")
	expect(t, "all", find(t, d, search.Request{}), "a", "b", "c")
	if r := find(t, d, search.Request{}); r.Docs != 3 {
		t.Errorf("%d documents", r.Docs)
	}
}

func drop(t *testing.T, open Open) {
	d := three(t, open)
	apply(t, d, search.Batch{Drop: []string{"a", "unknown"},
		Put: []search.Entry{entry("e", 1, "公告", map[string]int{"公积": 1})}})
	expect(t, "term", find(t, d, search.Request{Clauses: [][]search.Term{{pair("公积")}}}), "b", "e")
	if got, err := d.Load(t.Context(), []string{"a"}); err != nil || len(got) != 0 {
		t.Errorf("still stored: %q %v", got, err)
	}
}

func keepsMeta(t *testing.T, open Open) {
	d := started(t, open)
	if m, err := d.Meta(t.Context()); err != nil || m != nil {
		t.Fatalf("new: %q %v", m, err)
	}
	apply(t, d, search.Batch{Meta: []byte("one")})
	apply(t, d, search.Batch{Put: []search.Entry{entry("a", 1, "公告", nil)}})
	if m, err := d.Meta(t.Context()); err != nil || string(m) != "one" {
		t.Errorf("%q %v", m, err)
	}
}

func load(t *testing.T, open Open) {
	d := three(t, open)
	got, err := d.Load(t.Context(), []string{"a", "x", "c"})
	if err != nil || len(got) != 2 || string(got["a"]) != "stored a" || string(got["c"]) != "stored c" {
		t.Errorf("%q %v", got, err)
	}
}

func reopen(t *testing.T, open Open) {
	dir := t.TempDir()
	for i := range 3 {
		d, err := open(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if r := find(t, d, search.Request{}); r.Total != int64(i) {
			t.Errorf("opening %d: %d documents", i, r.Total)
		}
		apply(t, d, search.Batch{Put: []search.Entry{entry(fmt.Sprint("d", i), 1, "公告", map[string]int{"公积": 1})},
			Meta: []byte{byte('0' + i)}})
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func concurrent(t *testing.T, open Open) {
	d := three(t, open)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 30 {
				res, err := d.Find(t.Context(), search.Request{Clauses: [][]search.Term{{pair("公积")}}, Limit: 10,
					Features: []search.Term{pair("公积")}})
				if err != nil || res.Total < 2 {
					t.Errorf("%d %v", res.Total, err)
				}
			}
		})
	}
	for i := range 20 {
		apply(t, d, search.Batch{Put: []search.Entry{entry(fmt.Sprint("n", i), 1, "公告", map[string]int{"公积": 1})},
			Drop: []string{fmt.Sprint("n", i-5)}})
	}
	wg.Wait()
	if r := find(t, d, search.Request{}); r.Total != 8 {
		t.Errorf("%d documents", r.Total)
	}
}

func hostile(t *testing.T, open Open) {
	terms := []string{"", "\x00", "\xff\xfe", "*", "公*", "~", "a\xffb", `{"match_all":{}}`,
		string(make([]byte, 40_000))}
	counts := map[string]int{}
	for _, s := range terms {
		if s != "" {
			counts[s] = 1
		}
	}
	d := started(t, open, search.Entry{ID: "\x00\xff/../x",
		Counts:   map[string]map[string]int{search.FieldPairs: counts},
		Keywords: map[string][]string{search.FieldType: terms}})
	apply(t, d, search.Batch{Put: []search.Entry{entry("plain", 1, "公告", map[string]int{"公积": 1})}})
	for _, s := range terms {
		r := find(t, d, search.Request{Clauses: [][]search.Term{{pair(s)}}, Features: []search.Term{pair(s)}})
		if slices.Contains(ids(r), "plain") {
			t.Errorf("%.20q found a document that does not contain it", s)
		}
		find(t, d, search.Request{Filters: [][]search.Term{{{Field: search.FieldType, Text: s}}}})
	}
}

func cancelled(t *testing.T, open Open) {
	d := three(t, open)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Load(ctx, []string{"a"}); err == nil {
		t.Error("Load went on after the end of its context")
	}
}
