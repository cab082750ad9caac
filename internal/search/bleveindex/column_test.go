package bleveindex

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"guiyi/internal/search"
)

func opened(t *testing.T, dir string) *Driver {
	t.Helper()
	d, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d.(*Driver)
}

func apply(t *testing.T, d *Driver, b search.Batch) {
	t.Helper()
	if err := d.Apply(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

func sited(id string, at int64, sites ...string) search.Entry {
	return search.Entry{ID: id, At: at, Stored: []byte("stored " + id),
		Keywords: map[string][]string{search.FieldSite: sites}}
}

func bySite(t *testing.T, d *Driver) string {
	t.Helper()
	r, err := d.Find(t.Context(), search.Request{Facets: []search.FacetRequest{{Field: search.FieldSite, Size: 9}}})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(r.Facets[0])
}

func TestColumnsFollowChanges(t *testing.T) {
	d := opened(t, t.TempDir())
	apply(t, d, search.Batch{Put: []search.Entry{sited("a", 1, "x", "y"), sited("b", 2, "x"), sited("c", 3)}})
	if got := bySite(t, d); got != "[{x 2} {y 1}]" {
		t.Error(got)
	}
	apply(t, d, search.Batch{Put: []search.Entry{sited("a", 1, "z")}, Drop: []string{"c"}})
	if got := bySite(t, d); got != "[{x 1} {z 1}]" {
		t.Errorf("after a change: %s", got)
	}
	apply(t, d, search.Batch{Drop: []string{"a", "b"}})
	if got := bySite(t, d); got != "[]" {
		t.Errorf("emptied: %s", got)
	}
}

func TestColumnsOfGoneSegmentsAreForgotten(t *testing.T) {
	d := opened(t, t.TempDir())
	for i := range 30 {
		apply(t, d, search.Batch{Put: []search.Entry{sited("same", int64(i), "x")}})
		if got := bySite(t, d); got != "[{x 1}]" {
			t.Fatal(got)
		}
	}
	r, s, err := d.snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d.columns.columnsOf(s.Segments())
	if n := len(s.Segments()); len(d.columns.known) != n {
		t.Errorf("%d kept for %d segments", len(d.columns.known), n)
	}
}

func TestColumnsAreBuiltByOneOfMany(t *testing.T) {
	d := opened(t, t.TempDir())
	var b search.Batch
	for i := range 200 {
		b.Put = append(b.Put, sited(fmt.Sprint(i), int64(i), "x", fmt.Sprint("y", i%3)))
	}
	apply(t, d, b)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			r,
				err := d.Find(t.Context(),
				search.Request{Facets: []search.FacetRequest{{Field: search.FieldSite, Prefix: "y", Size: 2}},
					ByTime: true, Limit: 1})
			if err != nil || fmt.Sprint(r.Facets[0]) != "[{y0 67} {y1 67}]" || r.Hits[0].ID != "199" {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
	group.Wait()
}

func TestInstantsKeepTheirOrder(t *testing.T) {
	all := []int64{math.MinInt64, -5, -1, 0, 1, 1_700_000_000_000, math.MaxInt64}
	var terms []string
	for _, ms := range all {
		terms = append(terms, string(timeTerm(ms)))
		if got := parseTimeTerm(terms[len(terms)-1]); got != ms {
			t.Errorf("%d became %d", ms, got)
		}
	}
	if !slices.IsSorted(terms) {
		t.Errorf("%q", terms)
	}
}

func TestPeriodLeavesDeletedOut(t *testing.T) {
	d := opened(t, t.TempDir())
	apply(t, d, search.Batch{Put: []search.Entry{sited("a", -10, "x"), sited("b", 10, "x"), sited("c", 20, "x"),
		sited("d", 30, "x")}})
	apply(t, d, search.Batch{Drop: []string{"c"}})
	for _, want := range []struct {
		since, until int64
		total        int64
	}{{0, 0, 3}, {10, 0, 2}, {0, 30, 2}, {10, 30, 1}, {11, 30, 0}, {0, -10, 0}, {-10, -9, 1}} {
		r, err := d.Find(t.Context(), search.Request{Since: want.since, Until: want.until, Limit: 9})
		if err != nil || r.Total != want.total || len(r.Hits) != int(want.total) {
			t.Errorf("%+v: %+v %v", want, r, err)
		}
	}
}

func TestLoadFindsInEverySegment(t *testing.T) {
	d := opened(t, t.TempDir())
	for i := range 20 {
		apply(t, d, search.Batch{Put: []search.Entry{sited(fmt.Sprint(i), 1, "x")}})
	}
	apply(t, d, search.Batch{Drop: []string{"7"}})
	got, err := d.Load(t.Context(), []string{"3", "7", "19", "none"})
	if err != nil || len(got) != 2 || string(got["3"]) != "stored 3" || string(got["19"]) != "stored 19" {
		t.Errorf("%q %v", got, err)
	}
}
