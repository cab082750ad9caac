package manifest

import (
	"slices"
	"testing"
)

// FuzzProof damages a good proof and asks it for any path: it proves the truth or nothing.
func FuzzProof(f *testing.F) {
	m := newMemory("pack/qinghe/1")
	root, _ := mustApply(f, m, Ref{}, pages(0, 300))
	there := page(7, "").Path
	f.Add(there, there, uint(0), uint(0), byte(0), 0)
	f.Add(there, "/nothing", uint(1), uint(40), byte(1), 1)
	f.Add("/nothing", there, uint(0), uint(3), byte(0x80), -1)
	f.Fuzz(func(t *testing.T, of, asked string, node, at uint, flip byte, more int) {
		p, err := Prove(t.Context(), m, root, of)
		if err != nil {
			t.Fatal(err)
		}
		nodes := slices.Clone(p.Nodes)
		if len(nodes) > 0 {
			n := slices.Clone(nodes[node%uint(len(nodes))])
			n[at%uint(len(n))] ^= flip
			nodes[node%uint(len(nodes))] = n
			switch {
			case more > 0:
				nodes = append(nodes, n)
			case more < 0:
				nodes = nodes[:len(nodes)-1]
			}
		}
		got, ok, err := VerifyProof(root.Hash, asked, Proof{Nodes: nodes})
		if err != nil {
			return
		}
		want, is := mustGet(t, m, root, asked)
		if ok != is || ok && !got.sameContent(&want) {
			t.Errorf("%q: proved %v %+v, truth %v %+v", asked, ok, got, is, want)
		}
	})
}

// FuzzHash: a hash has one spelling, but for the zero hash, which may also be empty.
func FuzzHash(f *testing.F) {
	f.Add("")
	f.Add(Sum([]byte("a")).String())
	f.Add("0000000000000000000000000000000000000000000000000000000000000000")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := ParseHash(s)
		if err != nil {
			return
		}
		if s != "" && (len(s) != 64 || !h.IsZero() && h.String() != s) || s == "" && !h.IsZero() {
			t.Errorf("%q is read as %s", s, h)
		}
	})
}
