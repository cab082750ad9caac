package publish

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/publish/manifest"
	"guiyi/internal/publish/page"
	"guiyi/internal/publish/pagination"
	"guiyi/internal/resource/published"
)

// modelList is what a list should be: keys in order, and the pages that closed.
type modelList struct {
	c      *city
	column int64
	items  map[int64]int64 // item → at
	pages  map[int64][]int64
	highs  map[int64]published.Key // upper bounds at the last check
}

func (m *modelList) keys() []published.Key {
	var out []published.Key
	for id, at := range m.items {
		out = append(out, published.Key{At: at, Item: id})
	}
	return ascending(out)
}

// check compares the cuts with the model: all items, in order, once; sizes; and pages
// below the lowest change as they were.
func (m *modelList) check(lowest published.Key) {
	c := m.c
	c.t.Helper()
	s := c.site("qinghe")
	l := pagination.New(c.db.Read(), false, c.pub.Published, s.ID)
	last, err := l.Last(c.ctx, m.column)
	c.must(err)
	var all []int64
	now, highs := map[int64][]int64{}, map[int64]published.Key{}
	for no := int64(1); no <= last.No; no++ {
		row, err := l.Page(c.ctx, m.column, no)
		c.must(err)
		high, err := l.High(c.ctx, row)
		c.must(err)
		highs[no] = high
		entries, err := c.pub.Published.Between(c.ctx, m.column, row.Low, high, 1000)
		c.must(err)
		slices.Reverse(entries)
		if n := len(entries); n > 2*page.PerPage || n == 2*page.PerPage && no == last.No || n == 0 && last.No > 1 {
			c.t.Fatalf("page %d of %d holds %d", no, last.No, n)
		}
		for _, e := range entries {
			all, now[no] = append(all, e.Item), append(now[no], e.Item)
		}
	}
	var want []int64
	for _, k := range m.keys() {
		want = append(want, k.Item)
	}
	if !slices.Equal(all, want) {
		c.t.Fatalf("the pages hold %d items, want %d, or in another order", len(all), len(want))
	}
	for no, was := range m.pages { // pages wholly older than every change keep their members
		untouched := !m.highs[no].NewerThan(lowest)
		if untouched && m.closed(no) && !m.reopened(no) && !slices.Equal(now[no], was) {
			c.t.Fatalf("page %d of %d changed its members although nothing in it did", no, last.No)
		}
	}
	m.highs = highs
	m.pages = now
}

// closed reports that a page was an older one at the last check.
func (m *modelList) closed(no int64) bool { return m.pages[no+1] != nil }

// reopened reports that a page opened again because all newer ones ran empty.
func (m *modelList) reopened(no int64) bool {
	for next := no + 1; m.pages[next] != nil; next++ {
		for _, id := range m.pages[next] {
			if _, still := m.items[id]; still {
				return false
			}
		}
	}
	return true
}

// TestListModel changes a list at random and compares it with a model.
func TestListModel(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		g := rand.New(rand.NewPCG(7, 11))
		c.apply(nil, portal(""))
		c.drain()
		_, col := c.column("qinghe:tzgg")
		m := &modelList{c: c, column: col.ID, items: map[int64]int64{}, pages: map[int64][]int64{}}
		for round := range 60 {
			lowest := published.Newest
			touch := func(at, id int64) {
				if k := (published.Key{At: at, Item: id}); lowest.NewerThan(k) { // older
					lowest = k
				}
			}
			switch n := 1 + g.IntN(12); {
			case round < 10 || g.IntN(3) > 0:
				var drafts []draft
				for i := range n {
					at := start.Add(time.Duration(g.IntN(200)) * time.Hour) // equal times and old dates
					drafts = append(drafts, draft{title: fmt.Sprintf("第%d轮第%d条", round, i), at: at,
						places: []string{"qinghe:tzgg"}})
				}
				for i, id := range c.receive(drafts...) {
					m.items[id] = drafts[i].at.UnixMilli()
					touch(m.items[id], id)
				}
			case g.IntN(2) == 0:
				for _, id := range pick(g, m.items, n*2) {
					touch(m.items[id], id)
					delete(m.items, id)
					c.must(c.desk.Unplace(c.ctx, id, col.ID))
				}
			default:
				for _, id := range pick(g, m.items, n) {
					touch(m.items[id], id)
					p := c.place("qinghe:tzgg", start.Add(time.Duration(g.IntN(200))*time.Hour))
					c.must(c.desk.Place(c.ctx, id, p))
					m.items[id] = p.At
					touch(p.At, id)
				}
			}
			c.drain()
			m.check(lowest)
			if round%10 == 9 {
				c.clean()
			}
		}
		for len(m.items) > 0 { // down to nothing
			for _, id := range pick(g, m.items, 25) {
				delete(m.items, id)
				c.must(c.desk.Unplace(c.ctx, id, col.ID))
			}
			c.drain()
			m.check(published.Oldest)
		}
		c.clean()
	})
}

func pick(g *rand.Rand, items map[int64]int64, n int) []int64 {
	var ids []int64
	for id := range items {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	g.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:min(n, len(ids))]
}

// TestOlderPages: a new item touches the newest page only, and a closed page never moves.
func TestOlderPages(t *testing.T) {
	each(t, func(t *testing.T, c *city) {
		c.apply(nil, portal(""))
		c.many("qinghe:tzgg", 200)
		c.drain()
		c.clean()
		_, before := c.get("qinghe", "/tzgg/index_3.html")
		c.many("qinghe:tzgg", 1)
		for _, path := range c.rendered()["qinghe"] {
			if slices.Contains([]string{"/tzgg/index_1.html", "/tzgg/index_2.html", "/tzgg/index_3.html"}, path) {
				t.Errorf("%s was rendered", path)
			}
		}
		c.many("qinghe:tzgg", 50)
		c.drain()
		c.clean()
		if _, after := c.get("qinghe", "/tzgg/index_3.html"); before == "" || after != before {
			t.Error("an older page changed")
		}
	})
}

// counter counts queries.
type counter struct{ n atomic.Int64 }

func (q *counter) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (q *counter) AfterQuery(context.Context, *bun.QueryEvent)                        { q.n.Add(1) }

// TestCostDoesNotGrow: what one new item costs does not depend on how many there are.
func TestCostDoesNotGrow(t *testing.T) {
	type cost struct{ pages, queries, nodes int }
	sizes := []int{1000, 20000}
	if testing.Short() {
		sizes = []int{200, 1000}
	}
	each(t, func(t *testing.T, c *city) {
		var costs []cost
		c.apply(nil, portal(home))
		have := 0
		for _, n := range sizes {
			for have < n {
				have += len(c.bulk("qinghe:xwdt/szyw", min(500, n-have)))
			}
			c.drain()
			c.many("qinghe:xwdt/szyw", 1) // warm
			c.drain()
			have++
			before := c.head("qinghe")
			q := &counter{}
			//lint:ignore SA1019 the pools are open already
			c.db.Read().(*bun.DB).AddQueryHook(q)
			c.many("qinghe:xwdt/szyw", 1)
			q.n.Store(0)
			pages := len(c.rendered()["qinghe"])
			queries := int(q.n.Load())
			have++
			costs = append(costs, cost{pages, queries, newNodes(c, before, c.head("qinghe"))})
		}
		t.Logf("%+v", costs)
		if d := costs[1].pages - costs[0].pages; d > 4 || d < -4 {
			t.Errorf("pages %+v", costs)
		}
		if d := costs[1].queries - costs[0].queries; d > 40 {
			t.Errorf("queries %+v", costs)
		}
		if costs[1].nodes > 3*costs[0].nodes+16 {
			t.Errorf("nodes %+v", costs)
		}
	})
}

// bulk is many with times long past, so that what follows is newest.
func (c *city) bulk(at string, n int) []int64 {
	drafts := make([]draft, n)
	for i := range drafts {
		c.seq++
		drafts[i] = draft{title: fmt.Sprintf("第%d条旧闻", c.seq),
			at: start.AddDate(-1, 0, 0).Add(time.Duration(c.seq) * time.Minute), places: []string{at}}
	}
	return c.receive(drafts...)
}

// newNodes counts nodes of a tree that another does not have.
func newNodes(c *city, before, after manifest.Head) int {
	old, n := map[manifest.Hash]bool{}, 0
	load := manifest.FromReader(c.pub.nodes)
	visit := func(fn func(manifest.Ref)) manifest.Visit {
		return func(r manifest.Ref, _ *manifest.Node, failed error) error { fn(r); return failed }
	}
	c.must(manifest.WalkNodes(c.ctx, load, before.Root, visit(func(r manifest.Ref) { old[r.Hash] = true })))
	c.must(manifest.WalkNodes(c.ctx, load, after.Root, visit(func(r manifest.Ref) {
		if !old[r.Hash] {
			n++
		}
	})))
	return n
}

func TestBesides(t *testing.T) {
	key := func(at int64) published.Key { return published.Key{At: at, Item: at} }
	span := []published.Key{key(1), key(3), key(5), key(7)}
	for _, tc := range []struct {
		keys []published.Key
		want []int64
	}{
		{[]published.Key{key(3)}, []int64{1, 5}}, {[]published.Key{key(4)}, []int64{3, 5}},
		{[]published.Key{key(0)}, []int64{1}},
		{[]published.Key{key(9)}, []int64{7}}, {[]published.Key{key(1), key(7)}, []int64{3, 5}},
	} {
		if got := adjacent(span, tc.keys); !slices.Equal(got, tc.want) {
			t.Errorf("%v: %v, want %v", tc.keys, got, tc.want)
		}
	}
	if got := ascending([]published.Key{key(3), key(1), key(3)}); cmp.Compare(len(got), 2) != 0 || got[0] != key(1) {
		t.Error(got)
	}
}
