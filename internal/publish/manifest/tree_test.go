package manifest

import (
	"math/rand/v2"
	"testing"
)

func TestApplyAndGet(t *testing.T) {
	m := newMemory("pack/qinghe/1")
	root, stats := mustApply(t, m, Ref{}, pages(0, 20000))
	if stats.Added != 20000 || stats.Count != 20000 || stats.NodesWritten != m.writes {
		t.Fatalf("stats = %+v, writes = %d", stats, m.writes)
	}
	for _, i := range []int{0, 1, 777, 19999} {
		want := page(i, "")
		m.reads = 0
		got, ok := mustGet(t, m, root, want.Path)
		if !ok || !got.Equal(&want) {
			t.Errorf("%s: got %+v, %v", want.Path, got, ok)
		}
		if m.reads > 4 {
			t.Errorf("%s: %d nodes read for one of 20,000 paths", want.Path, m.reads)
		}
	}
	for _, p := range []string{"/", "/nothing", "", "/zwgk/zcwj/202611/t20261120_20001.html"} {
		if _, ok := mustGet(t, m, root, p); ok {
			t.Errorf("%q must not be there", p)
		}
	}
}

func TestEmptyTree(t *testing.T) {
	m := newMemory("p")
	if _, ok := mustGet(t, m, Ref{}, "/"); ok {
		t.Error("the empty tree has a path")
	}
	root, stats := mustApply(t, m, Ref{}, []Change{Remove("/a")})
	if root != (Ref{}) || stats.NodesWritten != 0 {
		t.Errorf("root = %v, stats = %+v", root, stats)
	}
	one, _ := mustApply(t, m, Ref{}, pages(1, 2))
	if gone, _ := mustApply(t, m, one, []Change{Remove(page(1, "").Path)}); gone != (Ref{}) {
		t.Errorf("removing the last entry leaves %v", gone)
	}
}

// The root follows from the set of entries, not from the way to it.
func TestHistoryIndependence(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for round := range 30 {
		n := 1 + rnd.IntN(400)
		fresh := newMemory("fresh")
		want, _ := mustApply(t, fresh, Ref{}, pages(0, n))

		m := newMemory("grown")
		root := Ref{}
		var changes []Change
		for i := range n { // some first in another form, some that go again
			if rnd.IntN(3) == 0 {
				changes = append(changes, Put(page(i, "old")))
			}
		}
		changes = append(changes, pages(n, n+rnd.IntN(300))...)
		root = applyInSteps(t, m, root, changes, rnd)
		changes = pages(0, n)
		for i := n; i < n+300; i++ {
			changes = append(changes, Remove(page(i, "").Path))
		}
		root = applyInSteps(t, m, root, changes, rnd)
		if root.Hash != want.Hash {
			t.Fatalf("round %d: %d entries give root %s by one way and %s by another", round, n, want.Hash, root.Hash)
		}
	}
}

func applyInSteps(t *testing.T, m *memory, root Ref, changes []Change, rnd *rand.Rand) Ref {
	rnd.Shuffle(len(changes), func(i, j int) { changes[i], changes[j] = changes[j], changes[i] })
	for len(changes) > 0 {
		n := min(len(changes), 1+rnd.IntN(1+len(changes)/3))
		root, _ = mustApply(t, m, root, changes[:n])
		changes = changes[n:]
	}
	return root
}

func TestOneChangeRewritesOneWay(t *testing.T) {
	m := newMemory("p")
	root, _ := mustApply(t, m, Ref{}, pages(0, 20000))
	m.reads, m.writes = 0, 0
	next, stats := mustApply(t, m, root, []Change{Put(page(5, "new"))})
	if stats.Changed != 1 || m.writes > 4 || m.reads > 4 || stats.Count != 20000 {
		t.Errorf("stats = %+v, reads %d, writes %d", stats, m.reads, m.writes)
	}
	m.writes = 0
	same, stats := mustApply(t, m, next, []Change{Put(page(5, "new")), Remove("/nothing")})
	if same != next || m.writes != 0 || stats.Unchanged != 1 {
		t.Errorf("a change of nothing wrote %d nodes: %+v", m.writes, stats)
	}
	if old, ok := mustGet(t, m, root, page(5, "").Path); !ok || old.Hash != page(5, "").Hash {
		t.Error("the old revision changed")
	}
}

func TestMovingBytesKeepsTheHash(t *testing.T) {
	m := newMemory("p")
	root, _ := mustApply(t, m, Ref{}, pages(0, 200))
	moved := page(7, "")
	moved.Loc.Pack = "pack/qinghe/2"
	next, _ := mustApply(t, m, root, []Change{Put(moved)})
	if next.Hash != root.Hash || next.Loc == root.Loc {
		t.Errorf("moved bytes: root %v → %v", root, next)
	}
	if got, _ := mustGet(t, m, next, moved.Path); got.Loc != moved.Loc {
		t.Errorf("place = %v", got.Loc)
	}
}

func TestApplyRefuses(t *testing.T) {
	m := newMemory("p")
	bad := page(1, "")
	bad.Status = 418
	for name, changes := range map[string][]Change{
		"same path twice":  {Put(page(1, "")), Remove(page(1, "").Path)},
		"invalid entry":    {Put(bad)},
		"path differs":     {{Path: "/x", Entry: new(page(1, ""))}},
		"unreadable path":  {Put(Entry{Path: "/../x", Status: 410})},
		"unreachable root": nil,
	} {
		root := Ref{}
		if changes == nil {
			root, changes = Ref{Hash: Sum(nil)}, pages(0, 1)
		}
		if _, _, err := Apply(t.Context(), m, m, root, changes); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if m.writes != 0 {
		t.Errorf("%d nodes written", m.writes)
	}
}

func TestWalkIsOrderedAndComplete(t *testing.T) {
	m := newMemory("p")
	root, _ := mustApply(t, m, Ref{}, pages(0, 3000))
	var last Hash
	seen := 0
	err := Walk(t.Context(), m, root, func(e Entry) error {
		key := keyOf(e.Path)
		if seen > 0 && compareKeys(last, key) >= 0 {
			t.Fatalf("%s out of order", e.Path)
		}
		last = key
		seen++
		return nil
	})
	if err != nil || seen != 3000 {
		t.Errorf("walked %d entries: %v", seen, err)
	}
}

func TestDamagedNodeIsRefusedEverywhere(t *testing.T) {
	m := newMemory("p")
	root, _ := mustApply(t, m, Ref{}, pages(0, 1000))
	var victim Ref
	err := WalkNodes(t.Context(), FromReader(m), root, func(r Ref, n *Node, _ error) error {
		if n.Children == nil {
			victim = r
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	damaged := append([]byte(nil), m.nodes[victim.Hash]...)
	damaged[len(damaged)/3] ^= 1
	m.nodes[victim.Hash] = damaged
	failed, good := 0, 0
	err = WalkNodes(t.Context(), FromReader(m), root, func(r Ref, n *Node, err error) error {
		if err != nil {
			failed++
		} else {
			good += len(n.Entries)
		}
		return nil
	})
	if err != nil || failed != 1 || good < 900 || good >= 1000 {
		t.Errorf("failed %d, good %d, %v", failed, good, err)
	}
	if err := Walk(t.Context(), m, root, func(Entry) error { return nil }); err == nil {
		t.Error("Walk did not notice")
	}
}

// A node that is intact but hangs in the wrong place of the tree is refused, although its hash is right.
func TestMisplacedLeaf(t *testing.T) {
	m := newMemory("p")
	var items []item
	for i := range 70 {
		e := page(i, "")
		items = append(items, item{keyOf(e.Path), e})
	}
	var root Ref
	{
		b, h := encodeLeaf(sorted(items[:1]))
		loc, _ := m.AddNode(b, h)
		children := make([]Child, fanout)
		wrong := (nibble(&items[0].key, 0) + 1) % fanout
		children[wrong] = Child{Ref{h, loc}, 70}
		b, h = encodeBranch(children)
		loc, _ = m.AddNode(b, h)
		root = Ref{h, loc}
	}
	if err := Walk(t.Context(), m, root, func(Entry) error { return nil }); err == nil {
		t.Error("accepted a leaf with a wrong count in a wrong place")
	}
}

func BenchmarkBuild20000(b *testing.B) {
	changes := pages(0, 20000)
	for b.Loop() {
		mustApply(b, newMemory("p"), Ref{}, changes)
	}
}

func BenchmarkOneChangeOf100000(b *testing.B) {
	m := newMemory("p")
	root, _ := mustApply(b, m, Ref{}, pages(0, 100000))
	for i := 0; b.Loop(); i++ {
		mustApply(b, m, root, []Change{Put(page(i%100000, "new"))})
	}
}

func BenchmarkGet(b *testing.B) {
	m := newMemory("p")
	root, _ := mustApply(b, m, Ref{}, pages(0, 20000))
	for i := 0; b.Loop(); i++ {
		mustGet(b, m, root, "/zwgk/zcwj/202611/t20261120_77.html")
	}
}
