package resource_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/resource"
)

// in an hour, as the moment of a plan.
func (w *world) inAnHour() int64 { return w.Now().Add(time.Hour).UnixMilli() }

// must fails the test on an error.
func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// What was withdrawn in error must not come back because its next edition was planned.
func TestWithdrawnStaysAwayFromItsPlan(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.One("a")
		w.Rewrite(id, "下一版")
		w.must(w.doRelease(w.all, w.inAnHour(), id))
		if it, _ := w.item(id); it.State != resource.Live || it.ReleaseAt == 0 {
			t.Fatalf("planned %+v", it)
		}
		w.must(w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "错稿"}))
		if it, _ := w.item(id); it.ReleaseAt != 0 || it.DraftEdition == 0 {
			t.Errorf("withdrawn %+v", it)
		}
		if err := w.doRelease(w.all, w.inAnHour(), id); !fault.Is(err, fault.Conflict) {
			t.Errorf("a plan for what is withdrawn: %v", err)
		}
		// A plan that an older version of the library left on a withdrawn item.
		w.inTx(func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Table("resource_item").Set("release_at = ?", w.inAnHour()).Where("id = ?",
				id).Exec(ctx)
			return err
		})
		w.news()
		w.Pass(time.Hour)
		w.drain(resource.JobRelease)
		w.wantNews()
		if it, _ := w.item(id); it.State != resource.Withdrawn || len(w.titles("city/xwdt")) != 0 {
			t.Errorf("it came back by itself: %+v", it)
		}
		w.must(w.doRelease(w.all, 0, id))
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"下一版"}) {
			t.Errorf("released by hand: %v", got)
		}
	})
}

// The item to put in its place is gone at the moment: the withdrawal is done all the same.
func TestPlannedWithdrawalWithoutSuccessor(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id, to, both := w.One("a"), w.One("to"), w.One("b")
		w.must(w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(id, both), Kind: resource.Consolidated,
			Reason: "合并", To: to,
			At: w.inAnHour()}))
		w.must(w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(to), Kind: resource.InError, Reason: "错稿"}))
		w.news()
		w.Pass(time.Hour)
		w.drain(resource.JobWithdraw)
		w.wantNews(id, both)
		it, _ := w.item(id)
		if it.State != resource.Withdrawn || it.OfflineAt != 0 || it.Withdrawal.Kind != resource.Consolidated ||
			it.Withdrawal.Successor != to || len(w.titles("city/xwdt")) != 0 {
			t.Errorf("after its time %+v, %v", it, w.titles("city/xwdt"))
		}
		// Done again, as after a crash, it changes nothing.
		before := w.dump()
		args := fmt.Appendf(nil, `{"items":[%d,%d],"at":%d,"kind":"error","reason":"合并"}`, id, both, w.Now().UnixMilli())
		w.inTx(func(ctx context.Context, tx bun.Tx) error {
			return w.board.Enqueue(ctx, tx, jobs.Job{Queue: "resource", Kind: resource.JobWithdraw, Args: args})
		})
		w.drain(resource.JobWithdraw)
		if w.dump() != before {
			t.Error("a withdrawal done twice changed rows")
		}
	})
}

// A plan is for the text that was planned: a new draft does not go out on it.
func TestReviseCancelsThePlan(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		held, live := w.held("a"), w.One("b")
		w.Rewrite(live, "下一版")
		w.must(w.doRelease(w.all, w.inAnHour(), held, live))
		w.must(w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(live), Kind: resource.WithBanner,
			Reason: "到期",
			At:     w.inAnHour() + 1}))
		w.news()
		if it := w.Rewrite(held, "没有审过"); it.State != resource.Draft || it.ReleaseAt != 0 {
			t.Errorf("revised %+v", it)
		}
		if it := w.Rewrite(live, "没有审过"); it.State != resource.Live || it.ReleaseAt != 0 || it.OfflineAt == 0 {
			t.Errorf("revised %+v", it)
		}
		if err := w.doCancel(w.all, held); !fault.Is(err, fault.Conflict) {
			t.Errorf("no plan is left: %v", err)
		}
		w.Pass(time.Hour)
		w.drain(resource.JobRelease)
		w.wantNews()
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"标题b"}) {
			t.Errorf("titles %v", got)
		}
		// Planned again, at a time of its own, it goes out.
		w.must(w.doRelease(w.all, w.inAnHour(), held))
		w.Pass(time.Hour)
		w.drain(resource.JobRelease)
		w.wantNews(held)
	})
}

// A release keeps a planned withdrawal that is still to come.
func TestReleaseKeepsPlannedWithdrawal(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		held, live, late := w.held("a"), w.One("b"), w.One("c")
		off := w.Now().Add(2 * time.Hour).UnixMilli()
		w.must(w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(held, live, late), Kind: resource.WithBanner,
			Reason: "到期",
			At:     off}))
		w.Rewrite(live, "下一版")
		w.must(w.doRelease(w.all, 0, held, live))
		for _, id := range []int64{held, live} {
			if it, _ := w.item(id); it.State != resource.Live || it.OfflineAt != off {
				t.Errorf("released %+v", it)
			}
		}
		w.Pass(2 * time.Hour)
		w.Rewrite(late, "下一版") // released by hand before the worker comes to the withdrawal
		w.must(w.doRelease(w.all, 0, late))
		w.drain(resource.JobWithdraw)
		for _, id := range []int64{held, live, late} {
			if it, _ := w.item(id); it.State != resource.Withdrawn || it.OfflineAt != 0 {
				t.Errorf("after its time %+v", it)
			}
		}
	})
}

// A withdrawal that comes due while the item is not live is dropped: a later release is
// a new decision.
func TestPlannedWithdrawalLapses(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		first, second := w.held("a"), w.held("b")
		w.must(w.doWithdraw(w.all, resource.WithdrawRequest{Items: w.Seen(first, second), Kind: resource.WithBanner,
			Reason: "到期",
			At:     w.inAnHour()}))
		w.must(w.doRelease(w.all, w.inAnHour()+1, second)) // planned for after the withdrawal
		w.Pass(time.Hour)
		w.must(w.doRelease(w.all, 0, first)) // before the worker comes to it
		w.drain(resource.JobWithdraw)
		if it, _ := w.item(first); it.State != resource.Live || it.OfflineAt != 0 {
			t.Errorf("released after the moment %+v", it)
		}
		if it, _ := w.item(second); it.State != resource.Scheduled || it.OfflineAt != 0 || it.ReleaseAt == 0 {
			t.Errorf("not live at the moment %+v", it)
		}
		w.Pass(time.Millisecond)
		w.drain(resource.JobRelease)
		if got := w.titles("city/xwdt"); len(got) != 2 {
			t.Errorf("titles %v", got)
		}
	})
}

// The worker was down from before the release to after the withdrawal: in whichever
// order it takes the two, the item is not public at the end.
func TestPlansOfAnOutage(t *testing.T) {
	for name, kinds := range map[string][]string{"release first": {resource.JobRelease, resource.JobWithdraw},
		"withdrawal first": {resource.JobWithdraw, resource.JobRelease}} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				id := w.held("a")
				w.must(w.doRelease(w.all, w.inAnHour(), id))
				w.must(w.doWithdraw(w.all,
					resource.WithdrawRequest{Items: w.Seen(id), Kind: resource.InError, Reason: "到期",
						At: w.Now().Add(2 * time.Hour).UnixMilli()}))
				w.Pass(3 * time.Hour)
				for _, kind := range kinds {
					w.drain(kind)
				}
				it, _ := w.item(id)
				if it.State == resource.Live || it.State == resource.Scheduled || it.ReleaseAt != 0 ||
					it.OfflineAt != 0 ||
					len(w.titles("city/xwdt")) != 0 {
					t.Errorf("after the outage %+v", it)
				}
			})
		})
	}
}
