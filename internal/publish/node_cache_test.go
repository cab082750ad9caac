package publish

import (
	"encoding/binary"
	"testing"

	"guiyi/internal/publish/manifest"
)

// Nodes kept in memory stay within their bound however many revisions pass, and what is asked for again stays.
func TestNodeStoreIsBounded(t *testing.T) {
	n := newNodeCache(nil)
	ref := func(i int) (r manifest.Ref) {
		binary.BigEndian.PutUint64(r.Hash[:], uint64(i)+1)
		return r
	}
	hot := ref(-2)
	n.add(hot, []byte("hot"))
	for i := range 200 {
		n.add(ref(i), make([]byte, 1<<20))
		if b, err := n.Node(t.Context(), hot); err != nil || string(b) != "hot" {
			t.Fatalf("after %d nodes the one in use is gone: %v", i, err)
		}
	}
	held := 0
	for _, half := range []map[manifest.Ref][]byte{n.young, n.old} {
		for _, b := range half {
			held += len(b)
		}
	}
	if held > 2*(maxYoung+1<<20) || held < maxYoung {
		t.Errorf("%d bytes are held, the bound of each half is %d", held, maxYoung)
	}
}
