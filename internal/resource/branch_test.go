package resource_test

import (
	"context"
	"testing"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// in is an officer of the city who is limited to one of its columns.
func (w *world) in(column string) context.Context {
	by := actor.Unlimited("李红").In(w.city)
	by.Kind, by.Scope.Branches = actor.Officer, []int64{w.columns[column]}
	return actor.With(w.t.Context(), by)
}

// A link between columns of one site waits for somebody who may change the other end, as one between sites does.
func TestABranchConsentsToLinks(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		mine, near, other := w.One("a", "city/xwdt"), w.One("b", "city/xwdt"), w.One("c", "city/tzgg")
		ours, theirs := w.in("city/xwdt"), w.in("city/tzgg")
		w.news()
		inside := resource.Link{From: mine, To: near, Kind: resource.Related}
		if state, err := w.Link(ours, inside); err != nil || state != resource.LinkAccepted || !w.shows(inside) {
			t.Errorf("in one branch: %s, %v", state, err)
		}
		l := resource.Link{From: mine, To: other, Kind: resource.Related}
		if err := w.doLink(theirs, l); !fault.Is(err, fault.Forbidden) {
			t.Errorf("from another's item: %v", err)
		}
		propose := func() {
			t.Helper()
			w.news()
			if state, err := w.Link(ours, l); err != nil || state != resource.LinkProposed || w.shows(l) {
				t.Errorf("into another branch: %s, %v, shown %t", state, err, w.shows(l))
			}
			w.wantNews()
		}
		propose()
		got, err := w.lib.Proposals(theirs, 0, resource.Link{}, 10)
		if err != nil || len(got) != 1 || got[0].Link() != l {
			t.Errorf("proposals %+v, %v", got, err)
		}
		before := w.dump()
		for what, do := range map[string]func(context.Context, resource.Link) error{"accept": w.AcceptLink,
			"refuse": w.RefuseLink} {
			if err := do(ours, l); !fault.Is(err, fault.Forbidden) || w.dump() != before {
				t.Errorf("whoever proposed may %s: %v", what, err)
			}
			if err := do(w.in("city/zcwj"), l); !fault.Is(err, fault.Forbidden) || w.dump() != before {
				t.Errorf("a third branch may %s: %v", what, err)
			}
		}
		if err := w.Unlink(w.in("city/zcwj"), l); !fault.Is(err, fault.Forbidden) || w.dump() != before {
			t.Errorf("a third branch removes: %v", err)
		}
		if err := w.AcceptLink(theirs, l); err != nil || !w.shows(l) {
			t.Errorf("accepted: %v, shown %t", err, w.shows(l))
		}
		if err := w.RefuseLink(theirs, l); err != nil || w.shows(l) {
			t.Errorf("refused: %v, shown %t", err, w.shows(l))
		}
		for _, end := range []context.Context{ours, theirs} { // either end removes it
			if err := w.Unlink(end, l); err != nil {
				t.Error(err)
			}
			propose()
		}
		w.must(w.Unlink(ours, l))
		if state, err := w.Link(w.as(w.city), l); err != nil || state != resource.LinkAccepted || !w.shows(l) {
			t.Errorf("by somebody without a limit: %s, %v", state, err)
		}
	})
}
