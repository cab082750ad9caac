package resource_test

import (
	"fmt"
	"strings"
	"testing"

	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
)

// BenchmarkReceive imports batches of 100 items of the size of real articles, each with
// two placements, a tag and an old address: first as new, then unchanged.
func BenchmarkReceive(b *testing.B) {
	w := newWorld(b, storetest.Open(b, storetest.SQLite(b)))
	body := strings.Repeat("<p>供热期自十月二十日起，各供热单位应当保证居民室内温度。</p>", 60)
	batch := func(n int) []resource.Incoming {
		out := make([]resource.Incoming, 100)
		for i := range out {
			id := fmt.Sprint(n, "-", i)
			in := w.Incoming(id, "city/xwdt", "county/tzgg")
			in.Edition.Body, in.Edition.Text = body+id, body+id
			in.Tags, in.OldPaths = []string{"供热"}, []resource.OldPath{{SiteID: w.city, Path: "/old/" + id}}
			out[i] = in
		}
		return out
	}
	run := func(name string, number func(i int) int) {
		b.Run(name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				if _, err := w.Receive(w.all, batch(number(i))); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/100, "µs/item")
		})
	}
	next := 0
	run("new", func(int) int { next++; return next })
	run("unchanged", func(int) int { return 1 })
}

// BenchmarkRelease releases 1,000 drafts at one instant.
func BenchmarkRelease(b *testing.B) {
	w := newWorld(b, storetest.Open(b, storetest.SQLite(b)))
	n := 0
	for b.Loop() {
		b.StopTimer()
		var ids []int64
		for range 10 {
			batch := make([]resource.Incoming, 100)
			for i := range batch {
				n++
				batch[i] = w.Incoming(fmt.Sprint(n))
				batch[i].AsDraft = true
			}
			for _, o := range w.Take(batch...) {
				ids = append(ids, o.ItemID)
			}
		}
		b.StartTimer()
		if err := w.doRelease(w.all, 0, ids...); err != nil {
			b.Fatal(err)
		}
	}
}
