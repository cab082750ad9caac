package resource_test

import (
	"context"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/resource"
	"guiyi/internal/resource/recycle"
)

// unreleased adds an article that was never public, with everything that may hang on an item.
func (w *world) unreleased(id string) int64 {
	w.t.Helper()
	in := w.Incoming(id, "city/xwdt")
	in.Tags = []string{"重要"}
	in.OldPaths = []resource.OldPath{{SiteID: w.city, Path: "/old/" + id + ".html"}}
	in.AsDraft = true
	return w.Take(in)[0].ItemID
}

func (w *world) listed(state resource.State) (ids []int64) {
	w.t.Helper()
	all, err := w.lib.List(w.all, resource.Filter{Owner: w.city, State: state})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, s := range all.Items {
		ids = append(ids, s.Item.ID)
	}
	return ids
}

// What is in the recycle bin is in no list, cannot be changed or made public, and comes back as it was.
func TestDiscard(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id, live := w.unreleased("a"), w.One("b", "city/xwdt")
		if err := w.doRelease(w.all, w.Now().Add(time.Hour).UnixMilli(), id); err != nil {
			t.Fatal(err)
		}
		stale := w.Seen(id)
		w.Rewrite(id, "改过的题目")
		if _, err := w.Discard(w.all, stale...); !fault.Is(err, fault.Conflict) {
			t.Errorf("a version that is no longer: %v", err)
		}
		if _, err := w.Discard(w.as(w.county), w.Seen(id)...); !fault.Is(err, fault.NotFound) {
			t.Errorf("of another site: %v", err)
		}
		if _, err := w.Discard(w.all, w.Seen(id, live)...); !fault.Is(err, fault.Conflict) {
			t.Errorf("a public item: %v", err)
		}
		if it, _ := w.item(id); it.State != resource.Draft {
			t.Errorf("half of a refused call was carried out: %s", it.State)
		}
		if _, err := w.Discard(w.all, w.Seen(id)...); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(w.listed(""), id) || slices.Contains(w.listed(resource.Draft), id) ||
			!slices.Equal(w.listed(resource.Discarded), []int64{id}) {
			t.Error("it is in a list, or not in the recycle bin")
		}
		placed, err := w.lib.Column(w.all, w.city, w.columns["city/xwdt"], 0, 0, 100)
		if err != nil || len(placed) != 1 || placed[0].ItemID != live {
			t.Errorf("its column lists %+v, %v", placed, err)
		}
		for what, err := range map[string]error{
			"release":  w.doRelease(w.all, 0, id),
			"plan":     w.doRelease(w.all, w.Now().Add(time.Hour).UnixMilli(), id),
			"withdraw": w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "x"}),
			"again":    second(w.Discard(w.all, w.Seen(id)...)),
			"revise": second(w.Revise(w.all, w.Seen(id)[0], func(_ *resource.Item, e *resource.Edition) error {
				e.Title = "不行"
				return nil
			})),
		} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := w.Undiscard(w.all, w.Seen(live)[0]); !fault.Is(err, fault.Conflict) {
			t.Errorf("undiscard of a public item: %v", err)
		}
		if _, err := w.Undiscard(w.all, w.Seen(id)[0]); err != nil {
			t.Fatal(err)
		}
		if err := w.doRelease(w.all, 0, id); err != nil || !slices.Contains(w.titles("city/xwdt"), "改过的题目") {
			t.Errorf("after it came back: %v", err)
		}
	})
}

// An import brings nothing back from the recycle bin.
func TestImportOfDiscarded(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.unreleased("a")
		if _, err := w.Discard(w.all, w.Seen(id)...); err != nil {
			t.Fatal(err)
		}
		in := w.Incoming("a", "city/xwdt")
		in.Edition.Title = "来源改了题目"
		if out := w.Take(in); out[0].ItemID != id {
			t.Fatalf("%+v", out)
		}
		if it, _ := w.item(id); it.State != resource.Discarded || it.LiveEdition != 0 {
			t.Errorf("%+v", it)
		}
	})
}

// After its days a discarded item is removed with everything that hangs on it; others stay.
func TestPurge(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		recycle.Schedule(w.db, w.board, w.Now)
		draft, live := w.unreleased("draft"), w.One("live", "city/xwdt")
		// rest is all rows but the counters of addresses, which never go back.
		rest := func() string { return regexp.MustCompile(`(?m)^counter .*$`).ReplaceAllString(w.dump(), "") }
		before := rest()
		old, young := w.unreleased("old"), w.unreleased("young")
		discard := func(id int64) {
			t.Helper()
			if _, err := w.Discard(w.all, w.Seen(id)...); err != nil {
				t.Fatal(err)
			}
		}
		purge := func() {
			t.Helper()
			w.inTx(func(ctx context.Context, tx bun.Tx) error {
				return w.board.Enqueue(ctx, tx, jobs.Job{Kind: recycle.Job})
			})
			w.drain(recycle.Job)
		}
		discard(old)
		w.Pass(89 * 24 * time.Hour)
		discard(young)
		purge()
		if got := w.listed(resource.Discarded); len(got) != 2 {
			t.Fatalf("in the recycle bin after 89 days: %v", got)
		}
		w.Pass(25 * time.Hour)
		purge()
		if got := w.listed(resource.Discarded); !slices.Equal(got, []int64{young}) {
			t.Errorf("in the recycle bin after 90 days: %v, want %d", got, young)
		}
		w.Pass(90 * 24 * time.Hour)
		purge()
		if after := rest(); after != before {
			t.Errorf("something is left, or too much is gone:\n%s\nwant\n%s", after, before)
		}
		if all := w.listed(""); !slices.Contains(all, draft) || !slices.Contains(all, live) {
			t.Errorf("listed: %v", all)
		}
		in := w.Incoming("old", "city/xwdt")
		if out := w.Take(in); out[0].Status != resource.Imported {
			t.Errorf("a new import of what was removed: %+v", out)
		}
	})
}

// An old edition becomes a new draft; what is public stays until its release.
func TestReinstate(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a", "city/xwdt")
		_, first := w.item(id)
		w.Rewrite(id, "第二稿")
		if err := w.doRelease(w.all, 0, id); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Reinstate(w.all, w.Seen(id)[0], 2); !fault.Is(err, fault.Conflict) {
			t.Errorf("the newest edition: %v", err)
		}
		if _, err := w.Reinstate(w.all, w.Seen(id)[0], 7); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such edition: %v", err)
		}
		if _, err := w.Reinstate(w.as(w.county), w.Seen(id)[0], 1); !fault.Is(err, fault.NotFound) {
			t.Errorf("of another site: %v", err)
		}
		if _, err := w.Reinstate(w.all, w.Seen(id)[0], 1); err != nil {
			t.Fatal(err)
		}
		_, e := w.item(id)
		if e.No != 3 || e.State != "draft" || e.Title != first.Title || e.Body != first.Body {
			t.Errorf("%+v", e)
		}
		if shown := w.shown(w.city, id); shown.Edition.Title != "第二稿" {
			t.Errorf("public is %s", shown.Edition.Title)
		}
		all, err := w.lib.Editions(w.all, id)
		if err != nil || len(all) != 3 || all[2].Title != first.Title {
			t.Errorf("%d editions, %v", len(all), err)
		}
	})
}

// A release set becomes public as a whole or not at all, by one event.
func TestReleaseSet(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a, b, c := w.unreleased("a"), w.unreleased("b"), w.unreleased("c")
		if _, err := w.Discard(w.all, w.Seen(b)...); err != nil {
			t.Fatal(err)
		}
		w.news()
		if err := w.doRelease(w.all, 0, a, b, c); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a set with a discarded item: %v", err)
		}
		if news := w.news(); len(news) != 0 || len(w.titles("city/xwdt")) != 0 {
			t.Errorf("half of the set is public: %v", news)
		}
		if err := w.doRelease(w.all, 0, a, c); err != nil {
			t.Fatal(err)
		}
		w.wantNews(a, c)
		if got := w.titles("city/xwdt"); len(got) != 2 {
			t.Errorf("public: %v", got)
		}
	})
}
