package manifest

import (
	"context"
	"errors"
	"testing"
)

// places is memory that tells two copies of a node apart by where they lie.
type places struct {
	pack   string
	nodes  map[Ref][]byte
	writes int
}

func newPlaces() *places { return &places{pack: "old", nodes: map[Ref][]byte{}} }

func (m *places) Node(_ context.Context, r Ref) ([]byte, error) {
	if b, ok := m.nodes[r]; ok {
		return b, nil
	}
	return nil, errors.New("no such node")
}

func (m *places) AddNode(b []byte, h Hash) (Loc, error) {
	m.writes++
	at := Loc{m.pack, int64(m.writes), int64(len(b))}
	m.nodes[Ref{h, at}] = b
	return at, nil
}

func (m *places) apply(t *testing.T, root Ref, changes []Change) Ref {
	t.Helper()
	next, _, err := Apply(t.Context(), m, m, root, changes)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// mover moves everything out of the packs named, into the memory it writes to.
type mover struct {
	*places
	from  map[string]bool
	moved map[Hash]bool
	fail  error
}

func (m *mover) Stays(at Loc) bool { return !m.from[at.Pack] }
func (m *mover) Move(_ context.Context, h Hash, at Loc) (Loc, error) {
	m.moved[h] = true
	return Loc{Pack: m.pack, Off: 1, Len: at.Len}, m.fail
}

// Everything leaves the old pack, nothing else is touched, and readers see the same tree.
func TestRelocate(t *testing.T) {
	m := newPlaces()
	root := m.apply(t, Ref{}, pages(0, 3000))
	m.pack = "kept"
	fresh := page(7, "new")
	fresh.Loc.Pack = "kept"
	for i := range fresh.Variants {
		fresh.Variants[i].Loc.Pack = "kept"
	}
	root = m.apply(t, root, []Change{Put(fresh)})

	m.pack, m.writes = "new", 0
	mv := &mover{m, map[string]bool{"old": true, page(1, "").Loc.Pack: true}, map[Hash]bool{}, nil}
	next, err := Relocate(t.Context(), FromReader(m), root, mv)
	if err != nil {
		t.Fatal(err)
	}
	if next.Hash != root.Hash || next.Loc.Pack != "new" {
		t.Errorf("root %v → %v", root, next)
	}
	count := 0
	err = WalkNodes(t.Context(), FromReader(m), next, func(at Ref, n *Node, failed error) error {
		if failed != nil || !mv.Stays(at.Loc) {
			t.Fatalf("node %v left where it was, %v", at, failed)
		}
		for _, e := range n.Entries {
			count++
			for _, v := range e.Variants {
				if !mv.Stays(v.Loc) {
					t.Fatalf("%s: variant left at %v", e.Path, v.Loc)
				}
			}
			if !mv.Stays(e.Loc) {
				t.Fatalf("%s left at %v", e.Path, e.Loc)
			}
		}
		return nil
	})
	if err != nil || count != 3000 {
		t.Errorf("%d entries, %v", count, err)
	}
	if mv.moved[fresh.Hash] || len(mv.moved) < 2999 {
		t.Errorf("%d bodies moved, the one that could stay: %v", len(mv.moved), mv.moved[fresh.Hash])
	}
	old, ok, err := Get(t.Context(), m, root, page(8, "").Path)
	if want := page(8, ""); err != nil || !ok || !old.Equal(&want) {
		t.Errorf("the tree before has changed: %+v, %v", old, err)
	}
}

func TestRelocateNothingAndErrors(t *testing.T) {
	m := newPlaces()
	root := m.apply(t, Ref{}, pages(0, 300))
	m.writes = 0
	mv := &mover{m, nil, map[Hash]bool{}, nil}
	if next, err := Relocate(t.Context(), FromReader(m), root, mv); err != nil || next != root || m.writes != 0 {
		t.Errorf("nothing to move: %v, %v, %d writes", next, err, m.writes)
	}
	if next, err := Relocate(t.Context(), FromReader(m), Ref{}, mv); err != nil || next != (Ref{}) {
		t.Errorf("the empty tree: %v, %v", next, err)
	}
	mv.from, mv.fail = map[string]bool{page(1, "").Loc.Pack: true}, errors.New("disk full")
	if _, err := Relocate(t.Context(), FromReader(m), root, mv); !errors.Is(err, mv.fail) {
		t.Errorf("a copy that failed: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Relocate(ctx, FromReader(m), root, mv); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
}
