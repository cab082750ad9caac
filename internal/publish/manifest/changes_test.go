package manifest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// collect puts changes into a collection.
func collect(t testing.TB, changes []Change) *Changes {
	t.Helper()
	c := &Changes{}
	for _, ch := range changes {
		if ch.Entry == nil {
			c.Remove(ch.Path)
		} else if err := c.Put(*ch.Entry); err != nil {
			t.Fatal(err)
		}
	}
	if c.Len() != len(changes) {
		t.Errorf("%d changes, want %d", c.Len(), len(changes))
	}
	return c
}

// every is an entry of each shape.
func every(i int) Entry {
	body := Entry{Path: fmt.Sprintf("/a/%d.html", i), Status: 200, Type: "text/html", Cache: CachePage,
		Hash: Sum([]byte{byte(i)}), Size: 10, Modified: 5, Loc: Loc{"pack/a", int64(i), 10},
		Variants: []Variant{{Brotli, Sum([]byte("b")), Loc{"pack/a", 1, 2}},
			{Gzip, Sum([]byte("g")), Loc{"pack/b", 3, 4}}}}
	switch i % 5 {
	case 1:
		return Entry{Path: fmt.Sprintf("/旧/%d?id=1", i), Status: 301, Location: "https://example.com/新"}
	case 2:
		return Entry{Path: fmt.Sprintf("/gone/%d", i), Status: 410}
	case 3:
		body.Size, body.Loc, body.Variants, body.Chunks, body.Cache = 2<<20, Loc{}, nil, Sum([]byte("c")), CacheMedia
	case 4:
		body.Status, body.Variants = 404, nil
	}
	return body
}

// TestApplyAllIsApply: the same tree, places included, whatever is there before.
func TestApplyAllIsApply(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 40, 64, 65, 300, 3000} {
		m := newMemory("pack/0")
		var base []Change
		for i := range size {
			base = append(base, Put(every(i)))
		}
		root, _ := mustApply(t, m, Ref{}, base)
		for _, edits := range []int{0, 1, 70, 2500} {
			var changes []Change
			for _, i := range g.Perm(4000)[:edits] {
				switch e := every(i); g.IntN(3) {
				case 0:
					changes = append(changes, Remove(e.Path))
				case 1:
					e.Modified = 77
					changes = append(changes, Put(e))
				default:
					changes = append(changes, Put(e))
				}
			}
			want, wantStats, err := Apply(t.Context(), m, newSameStore(m), root, changes)
			if err != nil {
				t.Fatal(err)
			}
			got, gotStats, err := ApplyAll(t.Context(), m, newSameStore(m), root, collect(t, changes))
			if err != nil || got != want || gotStats != wantStats {
				t.Errorf("%d entries, %d edits: %v %+v, %v\nwant %v %+v", size, edits, got, gotStats, err, want,
					wantStats)
			}
		}
		all := append([]Change(nil), base...)
		for i := range all {
			all[i] = Remove(all[i].Path)
		}
		if empty, stats, err := ApplyAll(t.Context(), m, newSameStore(m), root, collect(t, all)); err != nil ||
			!empty.Hash.IsZero() || stats.Removed != size {
			t.Errorf("%d entries removed: %v %+v, %v", size, empty, stats, err)
		}
	}
}

// newSameStore writes into m without moving where m stands, so that two writers get the same places.
func newSameStore(m *memory) *memory { return &memory{pack: "pack/1", nodes: m.nodes} }

func TestChangesDecode(t *testing.T) {
	c := &Changes{}
	want := map[string]Entry{}
	for i := range 50 {
		e := every(i)
		want[e.Path] = e
		if err := c.Put(e); err != nil {
			t.Fatal(err)
		}
	}
	for digit := range fanout {
		some, err := c.part(digit)
		if err != nil {
			t.Fatal(err)
		}
		for _, ch := range some {
			e := want[ch.Path]
			if ch.Entry == nil || !ch.Entry.Equal(&e) {
				t.Errorf("%s is %+v, want %+v", ch.Path, ch.Entry, e)
			}
			delete(want, ch.Path)
		}
	}
	if len(want) > 0 {
		t.Errorf("lost %d changes", len(want))
	}
}

func TestChangesRefuse(t *testing.T) {
	c := &Changes{}
	for _, e := range []Entry{{}, {Path: "relative", Status: 410}, {Path: "/a", Status: 200},
		{Path: "/a", Status: 301, Location: "javascript:x"}} {
		if err := c.Put(e); err == nil {
			t.Errorf("%+v is not refused", e)
		}
	}
	if c.Len() != 0 {
		t.Errorf("%d changes", c.Len())
	}
	c.Remove("/twice")
	if err := c.Put(Entry{Path: "/twice", Status: 410}); err != nil {
		t.Fatal(err)
	}
	m := newMemory("pack/0")
	if _, _, err := ApplyAll(t.Context(), m, m, Ref{}, c); err == nil || !strings.Contains(err.Error(), "/twice") {
		t.Errorf("a path twice: %v", err)
	}
	if len(m.nodes) != 0 {
		t.Error("nodes are written")
	}
	damaged := &Changes{}
	_ = damaged.Put(every(0))
	for i, p := range damaged.parts {
		if len(p) > 0 {
			damaged.parts[i] = slices.Concat(p[:3], []byte{255}, p[4:])
		}
	}
	if _, _, err := ApplyAll(t.Context(), m, m, Ref{}, damaged); err == nil {
		t.Error("a damaged record is applied")
	}
}

// TestChangesAreSmall: what a change takes does not grow with the tree; a large build has a
// hundred thousand of them.
func TestChangesAreSmall(t *testing.T) {
	c := &Changes{}
	for i := range 10_000 {
		e := every(5 * i)
		if err := c.Put(e); err != nil {
			t.Fatal(err)
		}
	}
	held := 0
	for _, p := range c.parts {
		held += len(p)
	}
	if each := held / c.Len(); each > 250 {
		t.Errorf("%d bytes a change", each)
	}
}
