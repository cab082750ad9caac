package resource_test

import (
	"slices"
	"testing"
	"time"

	"guiyi/internal/kernel/rule"
	"guiyi/internal/resource"
)

// held receives an item that waits as a draft.
func (w *world) held(id string) int64 {
	w.t.Helper()
	in := w.Incoming(id)
	in.AsDraft = true
	return w.Take(in)[0].ItemID
}

// codes are the codes of the findings on an item.
func (w *world) codes(id int64) (codes []string) {
	w.t.Helper()
	fs, err := w.lib.Findings(w.all, id)
	w.must(err)
	for _, f := range fs {
		codes = append(codes, f.Code)
	}
	return codes
}

// retold is what the source of an item says later.
func (w *world) retold(id, title string) resource.Incoming {
	in := w.Incoming(id)
	in.Edition.Title, in.Edition.PublishedAt = title, in.Edition.PublishedAt+1
	return in
}

// The source says something new of an item that people have worked on: their work stays.
func TestReceiveKeepsWhatPeopleWrote(t *testing.T) {
	withdraw := func(w *world, id int64) {
		w.must(w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "错稿"}))
	}
	for name, prepare := range map[string]func(w *world) int64{
		"a draft": func(w *world) int64 { id := w.One("a"); w.Rewrite(id, "人工"); return id },
		"a live edition": func(w *world) int64 {
			id := w.One("a")
			w.Rewrite(id, "人工")
			w.must(w.doRelease(w.all, 0, id))
			return id
		},
		"a held item's new draft": func(w *world) int64 { id := w.held("a"); w.Rewrite(id, "人工"); return id },
		"a planned draft": func(w *world) int64 {
			id := w.One("a")
			w.Rewrite(id, "人工")
			w.must(w.doRelease(w.all, w.inAnHour(), id))
			return id
		},
		"a planned held item": func(w *world) int64 {
			id := w.held("a")
			w.must(w.doRelease(w.all, w.inAnHour(),
				id))
			return id
		},
		"a withdrawn item's draft": func(w *world) int64 {
			id := w.One("a")
			withdraw(w, id)
			w.Take(w.retold("a", "来源的第二版")) // a draft of the source's own, which people go on with
			w.Rewrite(id, "人工")
			return id
		},
		"a withdrawn edition": func(w *world) int64 {
			id := w.One("a")
			w.Rewrite(id, "人工")
			w.must(w.doRelease(w.all, 0, id))
			withdraw(w, id)
			return id
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				id := prepare(w)
				w.news()
				was, e := w.item(id)
				listed := w.titles("city/xwdt")
				for _, title := range []string{"来源的新版", "来源的更新版"} { // twice: what was kept once is kept again
					in := w.retold("a", title)
					out := w.Take(in)
					if out[0].Status != resource.Updated || out[0].ItemID != id || len(out[0].Findings) != 1 ||
						out[0].Findings[0].Code != "import.kept" || out[0].Findings[0].Level != rule.Warn {
						t.Errorf("outcome %+v", out)
					}
					it, now := w.item(id)
					if *it != *was && it.Withdrawal == nil || it.Version != was.Version || it.State != was.State ||
						it.ReleaseAt != was.ReleaseAt || now.ID != e.ID || now.Hash != e.Hash {
						t.Errorf("item %+v, was %+v; edition %+v", it, was, now)
					}
					if got := w.codes(id); !slices.Equal(got, []string{"import.kept"}) {
						t.Errorf("findings %v", got)
					}
					before := w.dump()
					if out := w.Take(in); out[0].Status != resource.Unchanged || w.dump() != before {
						t.Errorf("again %+v", out)
					}
				}
				w.wantNews()
				if got := w.titles("city/xwdt"); !slices.Equal(got, listed) {
					t.Errorf("listed %v, were %v", got, listed)
				}
			})
		})
	}
}

// A plan that was kept is carried out with the text people planned.
func TestKeptPlanIsCarriedOut(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		w.Rewrite(id, "人工")
		w.must(w.doRelease(w.all, w.inAnHour(), id))
		in := w.retold("a", "来源的新版")
		in.Places = append(in.Places, w.Spot("city/tzgg")) // what takes nothing away is added
		w.Take(in)
		w.news()
		w.Pass(time.Hour)
		w.drain(resource.JobRelease)
		w.wantNews(id)
		if got := slices.Concat(w.titles("city/xwdt"), w.titles("city/tzgg")); !slices.Equal(got,
			[]string{"人工", "人工"}) {
			t.Errorf("titles %v", got)
		}
	})
}

// What only the source has written goes on following it, numbered documents too.
func TestReceiveUpdatesWhatIsUntouched(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		doc := func(title string) resource.Incoming {
			in := w.retold("doc", title)
			in.Class, in.IndexOrg = resource.Document, "11441700007280420Y"
			in.Edition.Document = &resource.DocumentInfo{SignedOn: "2023-01-02"}
			return in
		}
		id := w.Take(doc("第一版"))[0].ItemID
		held, gone := w.held("held"), w.One("gone")
		w.must(w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(gone), Kind: resource.InError, Reason: "错稿"}))
		for _, title := range []string{"第二版", "第三版"} {
			out := w.Take(doc(title), w.retold("held", title+"待审"), w.retold("gone", title+"已撤"))
			for i, id := range []int64{id, held, gone} {
				if _, e := w.item(id); out[i].Status != resource.Updated || out[i].ItemID != id ||
					e.Title[:len(title)] != title || slices.Contains(w.codes(id), "import.kept") {
					t.Errorf("%d: outcome %+v, edition %+v", i, out[i], e)
				}
			}
			if _, e := w.item(id); e.State != "live" || e.Document.IndexNo != "11441700007280420Y/2023-00001" {
				t.Errorf("document %+v, %+v", e, e.Document)
			}
		}
	})
}
