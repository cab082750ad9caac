package resource_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

func TestReviseAndRelease(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		w.news()
		it := w.Rewrite(id, "新标题")
		if it.Version != 2 || it.DraftEdition == 0 || it.State != resource.Live {
			t.Errorf("item with draft %+v", it)
		}
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"标题a"}) {
			t.Errorf("the public sees the draft: %v", got)
		}
		w.wantNews()
		w.Rewrite(id, "更新的标题") // replaces the first draft
		if err := w.doRelease(w.all, 0, id, id); err != nil {
			t.Fatal(err)
		}
		w.wantNews(id)
		var states []string
		all, err := w.lib.Editions(w.all, id)
		for _, e := range all {
			states = append(states, e.State)
		}
		if err != nil || strings.Join(states, " ") != "live superseded superseded" ||
			!slices.Equal(w.titles("city/xwdt"), []string{"更新的标题"}) {
			t.Errorf("editions %v, titles %v, %v", states, w.titles("city/xwdt"), err)
		}
		if err := w.doRelease(w.all, 0, id); !fault.Is(err, fault.Conflict) {
			t.Errorf("a release of nothing: %v", err)
		}
		refused := errors.New("no")
		_, err = w.Revise(w.all, resource.Seen{id, 4}, func(*resource.Item, *resource.Edition) error { return refused })
		if !errors.Is(err, refused) {
			t.Errorf("the change refuses: %v", err)
		}
	})
}

// Two writers at once: one wins, the other hears Conflict, and nothing is lost.
func TestReviseAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		const writers = 6
		errs := make([]error, writers)
		var wg sync.WaitGroup
		for i := range writers {
			wg.Go(func() {
				_, errs[i] = w.Revise(w.all, resource.Seen{id, 1},
					func(_ *resource.Item, e *resource.Edition) error { e.Title = fmt.Sprint("写者", i); return nil })
			})
		}
		wg.Wait()
		won := -1
		for i, err := range errs {
			switch {
			case err == nil && won < 0:
				won = i
			case !fault.Is(err, fault.Conflict):
				t.Errorf("writer %d: %v", i, err)
			}
		}
		it, e := w.item(id)
		all, err := w.lib.Editions(w.all, id)
		if err != nil || won < 0 || e.Title != fmt.Sprint("写者", won) || it.Version != 2 || len(all) != 2 {
			t.Errorf("winner %d, item %+v, edition %+v, %v", won, it, e, err)
		}
	})
}

// Many items at one instant are one event, and so one revision of each site.
func TestReleaseManyAtOneInstant(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		var ids []int64
		for start := 0; start < 620; start += 100 {
			var batch []resource.Incoming
			for i := range 100 {
				in := w.Incoming(fmt.Sprint(start+i), "city/xwdt", "county/tzgg")
				in.AsDraft = true
				batch = append(batch, in)
			}
			for _, o := range w.Take(batch...) {
				ids = append(ids, o.ItemID)
			}
		}
		w.wantNews()
		if n, err := w.pub.Count(w.all, w.columns["city/xwdt"]); err != nil || n != 0 {
			t.Fatalf("%d drafts are public, %v", n, err)
		}
		if err := w.doRelease(w.all, 0, ids...); err != nil {
			t.Fatal(err)
		}
		w.wantNews(ids...)
		if n, err := w.pub.Count(w.all, w.columns["county/tzgg"]); err != nil || n != int64(len(ids)) {
			t.Errorf("%d live, %v", n, err)
		}
		// One bad item refuses the whole call.
		bad := w.One("bad")
		w.news()
		w.Rewrite(ids[0], "改")
		if err := w.doRelease(w.all, 0, ids[0], bad); !fault.Is(err, fault.Conflict) {
			t.Errorf("one without a draft: %v", err)
		}
		w.wantNews()
		if it, _ := w.item(ids[0]); it.DraftEdition == 0 {
			t.Error("half of a refused release was done")
		}
	})
}

func TestReleaseNeedsCoreMetadata(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in := w.Incoming("a")
		in.AsDraft, in.Edition.Title = true, ""
		id := w.Take(in)[0].ItemID
		for _, at := range []int64{0, w.Now().Add(time.Hour).UnixMilli()} {
			if err := w.doRelease(w.all, at, id); !fault.Is(err, fault.Invalid) ||
				!strings.Contains(fault.Text(err), "资源名称") {
				t.Errorf("without a title, at %d: %v", at, err)
			}
		}
		w.Rewrite(id, "有标题")
		if err := w.doRelease(w.all, 0, id); err != nil {
			t.Error(err)
		}
	})
}

func TestPlannedRelease(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		in, other := w.Incoming("a"), w.Incoming("b")
		in.AsDraft, other.AsDraft = true, true
		out := w.Take(in, other)
		a, b := out[0].ItemID, out[1].ItemID
		at := w.Now().Add(time.Hour).UnixMilli()
		if err := w.doRelease(w.all, at, a, b); err != nil {
			t.Fatal(err)
		}
		if it, _ := w.item(a); it.State != resource.Scheduled || it.ReleaseAt != at {
			t.Errorf("planned item %+v", it)
		}
		w.drain()
		w.Pass(59 * time.Minute)
		w.drain()
		w.wantNews()
		if len(w.titles("city/xwdt")) != 0 || w.shown(w.city, a) != nil {
			t.Error("public before its time")
		}
		if err := w.doCancel(w.all, b); err != nil {
			t.Fatal(err)
		}
		if it, _ := w.item(b); it.State != resource.Draft || it.ReleaseAt != 0 {
			t.Errorf("after taking the plan back %+v", it)
		}
		w.Pass(time.Minute)
		w.drain(resource.JobRelease)
		w.wantNews(a)
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"标题a"}) {
			t.Errorf("public at its time: %v", got)
		}
		if it, _ := w.item(a); it.State != resource.Live || it.ReleaseAt != 0 {
			t.Errorf("released %+v", it)
		}
		if err := w.doCancel(w.all, a); !fault.Is(err, fault.Conflict) {
			t.Errorf("no plan to take back: %v", err)
		}

		// A plan moved to a later time does nothing at the earlier one.
		early, late := w.Now().Add(time.Hour).UnixMilli(), w.Now().Add(2*time.Hour).UnixMilli()
		for _, at := range []int64{early, late} {
			if err := w.doRelease(w.all, at, b); err != nil {
				t.Fatal(err)
			}
		}
		w.Pass(time.Hour)
		w.drain(resource.JobRelease)
		w.wantNews()
		w.Pass(time.Hour)
		w.drain(resource.JobRelease)
		w.wantNews(b)
		if err := w.doRelease(w.all, w.Now().Add(time.Hour).UnixMilli(), a); !fault.Is(err, fault.Conflict) {
			t.Errorf("a plan without a draft: %v", err)
		}
	})
}

func TestWithdrawKinds(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for _, kind := range []resource.WithdrawKind{resource.InError, resource.Consolidated, resource.WithBanner} {
			id, successor := w.One(string(kind), "city/xwdt", "county/tzgg"), w.One("successor", "city/zcwj")
			w.news()
			o := resource.WithdrawRequest{Items: w.Seen(id), Kind: kind, Reason: "内容有误"}
			if kind == resource.Consolidated {
				o.To = successor
			}
			if err := w.doWithdraw(w.all, o); err != nil {
				t.Fatal(err)
			}
			if ev := w.wantNews(id); len(ev.Items[0].Spots) != 2 {
				t.Errorf("%s: event %+v", kind, ev)
			}
			got := w.shown(w.city, id)
			if got.Item.State != resource.Withdrawn || got.Item.Withdrawal.Kind != kind ||
				got.Item.Withdrawal.Successor != o.To || got.Item.Withdrawal.At != w.Now().UnixMilli() ||
				got.Path == "" || got.Edition.State != "withdrawn" {
				t.Errorf("%s: shown %+v", kind, got)
			}
			if len(w.titles("city/xwdt"))+len(w.titles("county/tzgg")) != 0 {
				t.Errorf("%s: still listed", kind)
			}
			if err := w.doWithdraw(w.all, o); !fault.Is(err, fault.Conflict) {
				t.Errorf("%s twice: %v", kind, err)
			}
			if err := w.doRelease(w.all, 0, id); err != nil { // comes back as it was
				t.Fatal(err)
			}
			if got := w.shown(w.city, id); got.Item.State != resource.Live || got.Item.Withdrawal != nil ||
				got.Edition.State != "live" || len(w.titles("county/tzgg")) != 1 {
				t.Errorf("%s: back %+v", kind, got)
			}
			if err := w.doWithdraw(w.all,
				resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "x"}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestWithdrawRefuses(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id, gone := w.One("a"), w.One("gone")
		held := w.Incoming("held")
		held.AsDraft = true
		draft := w.Take(held)[0].ItemID
		if err := w.doWithdraw(w.all,
			resource.WithdrawRequest{Items: w.Seen(gone), Kind: resource.InError, Reason: "x"}); err != nil {
			t.Fatal(err)
		}
		w.news()
		before := w.dump()
		later := w.Now().Add(time.Hour).UnixMilli()
		for name, c := range map[string]struct {
			o    resource.WithdrawRequest
			kind fault.Kind
		}{
			"no reason":    {resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError}, fault.Invalid},
			"unknown kind": {resource.WithdrawRequest{Items: w.Seen(id), Kind: "hide", Reason: "x"}, fault.Invalid},
			"no successor": {resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.Consolidated, Reason: "x"},
				fault.Invalid},
			"successor for nothing": {resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "x", To: gone},
				fault.Invalid},
			"into itself": {resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.Consolidated, Reason: "x", To: id},
				fault.Invalid},
			"into a withdrawn one": {resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.Consolidated, Reason: "x", To: gone},
				fault.NotFound},
			"into a draft": {resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.Consolidated, Reason: "x", To: draft},
				fault.NotFound},
			"into nothing": {resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.Consolidated, Reason: "x", To: 42},
				fault.NotFound},
			"into nothing, later": {resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.Consolidated, Reason: "x", To: 42,
				At: later}, fault.NotFound},
			"a draft": {resource.WithdrawRequest{Items: w.Seen(id, draft), Kind: resource.InError, Reason: "x"},
				fault.Conflict},
			"twice": {resource.WithdrawRequest{Items: w.Seen(id, gone), Kind: resource.InError, Reason: "x"},
				fault.Conflict},
			"twice, later": {resource.WithdrawRequest{Items: w.Seen(id, gone), Kind: resource.InError, Reason: "x", At: later},
				fault.Conflict},
			"unknown item": {resource.WithdrawRequest{Items: w.Seen(42), Kind: resource.InError, Reason: "x"}, fault.NotFound},
		} {
			if err := w.doWithdraw(w.all, c.o); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if w.dump() != before {
			t.Error("a refused withdrawal changed something")
		}
		w.wantNews()
	})
}

func TestPlannedWithdrawal(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		a, b, c := w.One("a"), w.One("b"), w.One("c")
		w.news()
		o := resource.WithdrawRequest{Items: w.Seen(a, b, c), Kind: resource.WithBanner, Reason: "到期",
			At: w.Now().Add(time.Hour).UnixMilli()}
		if err := w.doWithdraw(w.all, o); err != nil {
			t.Fatal(err)
		}
		if it, _ := w.item(a); it.State != resource.Live || it.OfflineAt != o.At {
			t.Errorf("planned %+v", it)
		}
		if err := w.doCancel(w.all, b); err != nil {
			t.Fatal(err)
		}
		// somebody was faster
		if err := w.doWithdraw(w.all,
			resource.WithdrawRequest{Items: w.Seen(c), Kind: resource.InError, Reason: "错稿"}); err != nil {
			t.Fatal(err)
		}
		w.wantNews(c)
		w.Pass(time.Hour)
		w.drain(resource.JobWithdraw)
		w.wantNews(a)
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"标题b"}) {
			t.Errorf("left in the list: %v", got)
		}
		if it, _ := w.item(a); it.OfflineAt != 0 || it.Withdrawal.Kind != resource.WithBanner ||
			it.Withdrawal.Reason != "到期" {
			t.Errorf("withdrawn %+v", it)
		}
		if it, _ := w.item(c); it.Withdrawal.Kind != resource.InError {
			t.Errorf("the plan changed what was withdrawn before: %+v", it.Withdrawal)
		}
		if err := w.doCancel(w.all, b); !fault.Is(err, fault.Conflict) {
			t.Errorf("no plan to take back: %v", err)
		}
	})
}
