package resource_test

import (
	"context"
	"slices"
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

// An import asks for the right on the other end of each link, and on the column where a known item stands now.
func TestABranchReceivesInItsColumnsOnly(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		ours, theirs := w.in("city/xwdt"), w.in("city/tzgg")
		other := w.One("other", "city/tzgg")
		linked := func(id, to string) resource.Incoming {
			in := w.Incoming(id)
			in.LinksTo = []resource.ExternalLink{{Kind: resource.Related, ExternalID: to}}
			return in
		}
		receive := func(by context.Context, in resource.Incoming) resource.Outcome {
			t.Helper()
			out, err := w.Receive(by, []resource.Incoming{in})
			w.must(err)
			return out[0]
		}
		state := func(from, to int64) resource.LinkState {
			t.Helper()
			l := resource.Link{From: from, To: to, Kind: resource.Related}
			waiting, err := w.lib.Proposals(theirs, 0, resource.Link{}, 10)
			w.must(err)
			proposed := slices.ContainsFunc(waiting, func(p resource.LinkView) bool { return p.Link() == l })
			switch shown := w.shows(l); {
			case shown && !proposed:
				return resource.LinkAccepted
			case proposed && !shown:
				return resource.LinkProposed
			}
			return ""
		}

		w.news()
		mine := receive(ours, linked("mine", "other")).ItemID
		if got := state(mine, other); got != resource.LinkProposed {
			t.Errorf("into another column: %q", got)
		}
		w.wantNews(mine)
		l := resource.Link{From: mine, To: other, Kind: resource.Related}
		if err := w.AcceptLink(ours, l); !fault.Is(err, fault.Forbidden) {
			t.Errorf("whoever imported it may accept it: %v", err)
		}
		w.must(w.AcceptLink(theirs, l))
		near := receive(ours, linked("near", "mine")).ItemID
		if got := state(near, mine); got != resource.LinkAccepted {
			t.Errorf("within the column: %q", got)
		}
		everywhere := receive(w.as(w.city), linked("all", "other")).ItemID
		if got := state(everywhere, other); got != resource.LinkAccepted {
			t.Errorf("by somebody without a limit: %q", got)
		}
		// The target comes later: whoever has the right on it receives it, and so agrees.
		early := receive(ours, linked("early", "late")).ItemID
		late := w.Incoming("late", "city/tzgg")
		if got := state(early, receive(theirs, late).ItemID); got != resource.LinkAccepted {
			t.Errorf("to an item that its own column received later: %q", got)
		}

		// The same text stands in another column: what it shows there is not ours to link.
		same := linked("same", "near")
		same.Edition = w.Incoming("other").Edition
		out := receive(ours, same)
		if out.Status != resource.Merged || out.ItemID != other || state(other, near) != "" {
			t.Errorf("from an item of another column: %+v", out)
		}
		if len(out.Findings) != 1 || out.Findings[0].Code != "import.link" {
			t.Errorf("it does not say that the link was not made: %+v", out.Findings)
		}

		before := w.dump()
		for what, in := range map[string]resource.Incoming{"new text": w.Incoming("other"),
			"known text": w.Incoming("other"), "link": linked("other", "mine")} {
			if what == "new text" {
				in.Edition.Body = "<p>另一段正文</p>"
			}
			_, err := w.Receive(ours, []resource.Incoming{w.Incoming("more"), in})
			if !fault.Is(err, fault.Forbidden) || w.dump() != before {
				t.Errorf("%s for an item of another column: %v", what, err)
			}
		}
		next := w.Incoming("other", "city/tzgg")
		next.Edition.Body = "<p>另一段正文</p>"
		if out := receive(theirs, next); out.Status != resource.Updated || out.ItemID != other {
			t.Errorf("by its own column: %+v", out)
		}
	})
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
