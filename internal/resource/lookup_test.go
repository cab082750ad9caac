package resource_test

import (
	"fmt"
	"testing"

	"guiyi/internal/resource"
)

// Of several items that say the same the oldest takes the next one.
func TestMergeIntoTheOldest(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var ids []int64
		for i := range 4 { // what is held is not merged, so four items come to say the same
			in := w.Incoming("a")
			in.AsDraft, in.Provenance.ExternalID = true, fmt.Sprint(i)
			ids = append(ids, w.Take(in)[0].ItemID)
		}
		w.must(w.doRelease(w.all, 0, ids[2], ids[0], ids[3]))
		w.must(w.doRelease(w.all, 0, ids[1]))
		if out := w.Take(w.Incoming("a")); out[0].Status != resource.Merged || out[0].ItemID != ids[0] {
			t.Errorf("%+v, want merged into %d of %v", out, ids[0], ids)
		}
	})
}
