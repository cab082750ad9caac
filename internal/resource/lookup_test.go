package resource

import (
	"fmt"
	"strings"
	"testing"
)

// Of several items that say the same the oldest takes the next one.
func TestMergeIntoTheOldest(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var ids []int64
		for i := range 4 { // what is held is not merged, so four items come to say the same
			in := w.incoming("a")
			in.AsDraft, in.Provenance.ExternalID = true, fmt.Sprint(i)
			ids = append(ids, w.receive(in)[0].ItemID)
		}
		w.must(w.doRelease(w.all, 0, ids[2], ids[0], ids[3]))
		w.must(w.doRelease(w.all, 0, ids[1]))
		if out := w.receive(w.incoming("a")); out[0].Status != Merged || out[0].ItemID != ids[0] {
			t.Errorf("%+v, want merged into %d of %v", out, ids[0], ids)
		}
	})
}

// The search for equal texts goes by the index of the texts: an owner's library grows
// for ever, a batch does not.
func TestTextsAreLookedUp(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		if w.db.Postgres() {
			t.Skip("PostgreSQL plans by what the tables hold")
		}
		var plan []struct {
			ID, Parent, Notused int64
			Detail              string
		}
		keys := make([]string, 100)
		for i := range keys {
			keys[i] = fmt.Sprint("key", i)
		}
		w.must(w.db.Read().NewRaw("EXPLAIN QUERY PLAN "+textsQuery(w.db.Read(), w.city, keys).String()).Scan(w.all,
			&plan))
		if len(plan) != 1 || !strings.Contains(plan[0].Detail, "resource_item_merge (owner=? AND merge_key=?)") {
			t.Errorf("plan %+v", plan)
		}
	})
}
