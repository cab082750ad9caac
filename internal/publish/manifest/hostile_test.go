package manifest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
)

// handmade is a leaf, the slot it is hung into and the count that the branch claims for it.
type handmade struct {
	slot    int
	entries []Entry
	claim   int64
}

// branchOver makes a root by hand, which may break the rules of the trie.
func branchOver(m *memory, parts ...handmade) Ref {
	children := make([]Child, fanout)
	for _, p := range parts {
		b, h := encodeLeaf(itemsOf(p.entries...))
		loc, _ := m.AddNode(b, h)
		children[p.slot] = Child{Ref{h, loc}, p.claim}
	}
	b, h := encodeBranch(children)
	loc, _ := m.AddNode(b, h)
	return Ref{h, loc}
}

// bySlot sorts pages by the first digit of their keys.
func bySlot(n int) (out [fanout][]Entry) {
	for i := range n {
		e := page(i, "")
		key := keyOf(e.Path)
		out[nibble(&key, 0)] = append(out[nibble(&key, 0)], e)
	}
	return out
}

// Trees that hash correctly but are no tries are refused by every reader: a signer with a defect, or worse, cannot
// make a path answer differently to Get and to Walk.
func TestTreesThatAreNoTries(t *testing.T) {
	slots := bySlot(400)
	whole := func(i int) handmade { return handmade{i, slots[i], int64(len(slots[i]))} }
	parts := func(edit func([]handmade)) []handmade {
		out := []handmade{}
		for i := range 6 {
			out = append(out, whole(i))
		}
		edit(out)
		return out
	}
	for name, edit := range map[string]func([]handmade){
		"wrong slot":      func(p []handmade) { p[2].slot, p[3].slot = 3, 2 },
		"claims too many": func(p []handmade) { p[2].claim++ },
		"claims too few":  func(p []handmade) { p[2].claim-- },
		"a foreign entry": func(p []handmade) {
			p[2].entries = append(slices.Clone(p[2].entries),
				slots[9][0])
			p[2].claim++
		},
		"large claim of leaf": func(p []handmade) { p[2].claim = 65 },
	} {
		m := newMemory("p")
		root := branchOver(m, parts(edit)...)
		path := slots[2][0].Path
		_, _, getErr := Get(t.Context(), m, root, path)
		_, _, applyErr := Apply(t.Context(), m, m, root, []Change{Remove(path)})
		walkErr := Walk(t.Context(), m, root, func(Entry) error { return nil })
		if getErr == nil || applyErr == nil || walkErr == nil {
			t.Errorf("%s: get %v, apply %v, walk %v", name, getErr, applyErr, walkErr)
		}
	}
	m := newMemory("p")
	good := branchOver(m, parts(func([]handmade) {})...)
	if err := Walk(t.Context(), m, good, func(Entry) error { return nil }); err != nil {
		t.Errorf("the same tree unspoilt: %v", err)
	}
}

var errDisk = errors.New("disk")

// failing fails after some calls.
type failing struct {
	*memory
	left int
}

func (f *failing) Node(ctx context.Context, r Ref) ([]byte, error) {
	if f.left--; f.left < 0 {
		return nil, fault.Wrap(fault.Unavailable, errDisk, "磁盘故障")
	}
	return f.memory.Node(ctx, r)
}

func (f *failing) AddNode(b []byte, h Hash) (Loc, error) {
	if f.left--; f.left < 0 {
		return Loc{}, fault.Wrap(fault.Unavailable, errDisk, "磁盘故障")
	}
	return f.memory.AddNode(b, h)
}

// Wherever reading or writing fails, the call fails with the cause and its kind, and never with half a tree.
func TestFaultsOfTheStore(t *testing.T) {
	m := newMemory("p")
	a, _ := mustApply(t, m, Ref{}, pages(0, 300))
	var removals []Change
	for i := range 260 { // down to 40: collapses
		removals = append(removals, Remove(page(i, "").Path))
	}
	for name, call := range map[string]func(f *failing) error{
		"get":      func(f *failing) error { _, _, err := Get(t.Context(), f, a, page(3, "").Path); return err },
		"prove":    func(f *failing) error { _, err := Prove(t.Context(), f, a, page(3, "").Path); return err },
		"walk":     func(f *failing) error { return Walk(t.Context(), f, a, func(Entry) error { return nil }) },
		"build":    func(f *failing) error { _, _, err := Apply(t.Context(), f, f, Ref{}, pages(0, 300)); return err },
		"change":   func(f *failing) error { _, _, err := Apply(t.Context(), f, f, a, pages(290, 310)); return err },
		"collapse": func(f *failing) error { _, _, err := Apply(t.Context(), f, f, a, removals); return err },
	} {
		for left := 0; ; left++ {
			err := call(&failing{memory: m, left: left})
			if err == nil {
				if left == 0 {
					t.Errorf("%s works without a store", name)
				}
				break
			}
			if !errors.Is(err, errDisk) || !fault.Is(err, fault.Unavailable) {
				t.Fatalf("%s after %d calls: %v", name, left, err)
			}
		}
	}
}

func TestCallersMayStop(t *testing.T) {
	m := newMemory("p")
	a, _ := mustApply(t, m, Ref{}, pages(0, 300))
	stop := errors.New("stop")
	if err := Walk(t.Context(), m, a, func(Entry) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("walk: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Walk(ctx, m, a, func(Entry) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("walk: %v", err)
	}
	if _, _, err := Apply(ctx, m, m, a, pages(300, 310)); !errors.Is(err, context.Canceled) {
		t.Errorf("apply: %v", err)
	}
	if err := WalkNodes(t.Context(), FromReader(m), Ref{}, nil); err != nil {
		t.Errorf("walk of nothing: %v", err)
	}
}

func TestValidateHead(t *testing.T) {
	s, _ := newSigner(t, crypto.Ed25519)
	for name, edit := range map[string]func(*Head){
		"no site":         func(h *Head) { h.Site = "" },
		"site with a dot": func(h *Head) { h.Site = "a.b" },
		"long site":       func(h *Head) { h.Site = strings.Repeat("a", 64) },
		"hyphen":          func(h *Head) { h.Site = "-a" },
		"unsorted hosts":  func(h *Head) { h.Hosts = []string{"b.cn", "a.cn"} },
		"host twice":      func(h *Head) { h.Hosts = []string{"a.cn", "a.cn"} },
		"empty host":      func(h *Head) { h.Hosts = []string{""} },
		"final dot":       func(h *Head) { h.Hosts = []string{"a.cn."} },
		"wildcard":        func(h *Head) { h.Hosts = []string{"*.a.cn"} },
		"long host":       func(h *Head) { h.Hosts = []string{strings.Repeat("a.", 130) + "cn"} },
		"unicode host":    func(h *Head) { h.Hosts = []string{"政务.cn"} },
		"many hosts":      func(h *Head) { h.Hosts = make([]string, maxHosts+1) },
		"no state":        func(h *Head) { h.State = "" },
		"odd state":       func(h *Head) { h.State = "Running!" },
		"first with prev": func(h *Head) { h.Prev = Sum(nil) },
		"negative count":  func(h *Head) { h.Count = -1 },
		"root without":    func(h *Head) { h.Count, h.Root = 3, Ref{} },
		"odd place":       func(h *Head) { h.Root.Loc = Loc{Off: 1} },
		"no time":         func(h *Head) { h.At = 0 },
		"long note":       func(h *Head) { h.Note = strings.Repeat("a", maxNote+1) },
		"note not utf-8":  func(h *Head) { h.Note = "\xff" },
	} {
		h := chain(t, s, 1)[0]
		edit(&h)
		if err := h.Sign(s); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	empty := Head{Site: "a", State: "running", Revision: 1, At: 1} // a site without a page yet
	if err := empty.Sign(s); err != nil {
		t.Error(err)
	}
	if got, err := ParseHead(empty.Encode()); err != nil || got.Hosts == nil {
		t.Errorf("%+v %v", got, err)
	}
}
