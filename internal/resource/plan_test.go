package resource

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
)

// in an hour, as the moment of a plan.
func (w *world) inAnHour() int64 { return w.now().Add(time.Hour).UnixMilli() }

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
		id := w.one("a")
		w.draft(id, "下一版")
		w.must(w.doRelease(w.all, w.inAnHour(), id))
		if it, _ := w.item(id); it.State != Live || it.ReleaseAt == 0 {
			t.Fatalf("planned %+v", it)
		}
		w.must(w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(id), Kind: InError, Reason: "错稿"}))
		if it, _ := w.item(id); it.ReleaseAt != 0 || it.DraftEdition == 0 {
			t.Errorf("withdrawn %+v", it)
		}
		if err := w.doRelease(w.all, w.inAnHour(), id); !fault.Is(err, fault.Conflict) {
			t.Errorf("a plan for what is withdrawn: %v", err)
		}
		// A plan that an older version of the library left on a withdrawn item.
		w.inTx(func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewUpdate().Model((*itemRow)(nil)).Set("release_at = ?", w.inAnHour()).Where("id = ?",
				id).Exec(ctx)
			return err
		})
		w.news()
		w.pass(time.Hour)
		w.drain(JobRelease)
		w.wantNews()
		if it, _ := w.item(id); it.State != Withdrawn || len(w.titles("city/xwdt")) != 0 {
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
		id, to, both := w.one("a"), w.one("to"), w.one("b")
		w.must(w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(id, both), Kind: Consolidated, Reason: "合并", To: to,
			At: w.inAnHour()}))
		w.must(w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(to), Kind: InError, Reason: "错稿"}))
		w.news()
		w.pass(time.Hour)
		w.drain(JobWithdraw)
		w.wantNews(id, both)
		it, _ := w.item(id)
		if it.State != Withdrawn || it.OfflineAt != 0 || it.Withdrawal.Kind != Consolidated ||
			it.Withdrawal.Successor != to || len(w.titles("city/xwdt")) != 0 {
			t.Errorf("after its time %+v, %v", it, w.titles("city/xwdt"))
		}
		// Done again, as after a crash, it changes nothing.
		before := w.dump()
		args, err := json.Marshal(planned{Items: []int64{id, both}, At: w.now().UnixMilli(), Kind: InError,
			Reason: "合并"})
		w.must(err)
		w.must(w.withdrawDue(w.all, []jobs.Job{{ID: 1, Args: args}}))
		if w.dump() != before {
			t.Error("a withdrawal done twice changed rows")
		}
	})
}

// A plan is for the text that was planned: a new draft does not go out on it.
func TestReviseCancelsThePlan(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		held, live := w.held("a"), w.one("b")
		w.draft(live, "下一版")
		w.must(w.doRelease(w.all, w.inAnHour(), held, live))
		w.must(w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(live), Kind: WithBanner, Reason: "到期",
			At: w.inAnHour() + 1}))
		w.news()
		if it := w.draft(held, "没有审过"); it.State != Draft || it.ReleaseAt != 0 {
			t.Errorf("revised %+v", it)
		}
		if it := w.draft(live, "没有审过"); it.State != Live || it.ReleaseAt != 0 || it.OfflineAt == 0 {
			t.Errorf("revised %+v", it)
		}
		if err := w.doCancel(w.all, held); !fault.Is(err, fault.Conflict) {
			t.Errorf("no plan is left: %v", err)
		}
		w.pass(time.Hour)
		w.drain(JobRelease)
		w.wantNews()
		if got := w.titles("city/xwdt"); !slices.Equal(got, []string{"标题b"}) {
			t.Errorf("titles %v", got)
		}
		// Planned again, at a time of its own, it goes out.
		w.must(w.doRelease(w.all, w.inAnHour(), held))
		w.pass(time.Hour)
		w.drain(JobRelease)
		w.wantNews(held)
	})
}

// A release keeps a planned withdrawal that is still to come.
func TestReleaseKeepsPlannedWithdrawal(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		held, live, late := w.held("a"), w.one("b"), w.one("c")
		off := w.now().Add(2 * time.Hour).UnixMilli()
		w.must(w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(held, live, late), Kind: WithBanner, Reason: "到期",
			At: off}))
		w.draft(live, "下一版")
		w.must(w.doRelease(w.all, 0, held, live))
		for _, id := range []int64{held, live} {
			if it, _ := w.item(id); it.State != Live || it.OfflineAt != off {
				t.Errorf("released %+v", it)
			}
		}
		w.pass(2 * time.Hour)
		w.draft(late, "下一版") // released by hand before the worker comes to the withdrawal
		w.must(w.doRelease(w.all, 0, late))
		w.drain(JobWithdraw)
		for _, id := range []int64{held, live, late} {
			if it, _ := w.item(id); it.State != Withdrawn || it.OfflineAt != 0 {
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
		w.must(w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(first, second), Kind: WithBanner, Reason: "到期",
			At: w.inAnHour()}))
		w.must(w.doRelease(w.all, w.inAnHour()+1, second)) // planned for after the withdrawal
		w.pass(time.Hour)
		w.must(w.doRelease(w.all, 0, first)) // before the worker comes to it
		w.drain(JobWithdraw)
		if it, _ := w.item(first); it.State != Live || it.OfflineAt != 0 {
			t.Errorf("released after the moment %+v", it)
		}
		if it, _ := w.item(second); it.State != Scheduled || it.OfflineAt != 0 || it.ReleaseAt == 0 {
			t.Errorf("not live at the moment %+v", it)
		}
		w.pass(time.Millisecond)
		w.drain(JobRelease)
		if got := w.titles("city/xwdt"); len(got) != 2 {
			t.Errorf("titles %v", got)
		}
	})
}

// The worker was down from before the release to after the withdrawal: in whichever
// order it takes the two, the item is not public at the end.
func TestPlansOfAnOutage(t *testing.T) {
	for name, kinds := range map[string][]string{"release first": {JobRelease, JobWithdraw},
		"withdrawal first": {JobWithdraw, JobRelease}} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				id := w.held("a")
				w.must(w.doRelease(w.all, w.inAnHour(), id))
				w.must(w.doWithdraw(w.all, WithdrawOrder{Items: w.seen(id), Kind: InError, Reason: "到期",
					At: w.now().Add(2 * time.Hour).UnixMilli()}))
				w.pass(3 * time.Hour)
				for _, kind := range kinds {
					w.drain(kind)
				}
				it, _ := w.item(id)
				if it.State == Live || it.State == Scheduled || it.ReleaseAt != 0 || it.OfflineAt != 0 ||
					len(w.titles("city/xwdt")) != 0 {
					t.Errorf("after the outage %+v", it)
				}
			})
		})
	}
}
