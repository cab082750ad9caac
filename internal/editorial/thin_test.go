package editorial_test

import (
	"slices"
	"testing"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// The thin path: written, submitted, approved twice by two persons, public.
func TestSubmitApproveApprovePublic(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		task := w.submit("1", id)
		if task.Step != 1 || task.State != editorial.Open || task.Title != "通知" || len(task.Waits) != 1 {
			t.Errorf("submitted: %+v", task)
		}
		w.wantList("queue of a reviewer", w.reviewer("2"), editorial.ToDo, task.ID)
		w.wantList("queue of the writer", w.writer("1"), editorial.ToDo)
		w.wantList("what the writer submitted", w.writer("1"), editorial.Mine, task.ID)
		claimed, err := w.desk.Claim(w.reviewer("2"), seen(task))
		w.must(err)
		w.wantList("claimed, for others", w.reviewer("3"), editorial.ToDo)
		w.wantList("claimed, for himself", w.reviewer("2"), editorial.ToDo, task.ID)
		w.refused("approval of what another has claimed", fault.Conflict, "认领", func() error {
			_, err := w.desk.Approve(w.reviewer("3"), seen(claimed), "")
			return err
		})
		next, err := w.desk.Approve(w.reviewer("2"), seen(claimed), "同意", "标题", "落款")
		w.must(err)
		if next.Step != 2 || next.State != editorial.Open || next.Waits[0].ClaimedBy != "" ||
			w.state(id) != resource.Draft {
			t.Errorf("after one of two steps: %+v", next)
		}
		w.wantList("queue of who approved", w.reviewer("2"), editorial.ToDo)
		w.wantList("what he has done", w.reviewer("2"), editorial.DoneByMe, task.ID)
		w.wantList("queue of the next", w.reviewer("3"), editorial.ToDo, task.ID)
		done, err := w.desk.Approve(w.reviewer("3"), seen(next), "")
		w.must(err)
		if done.State != editorial.Approved || w.state(id) != resource.Live ||
			!slices.Equal(w.public("city/xwdt"), []string{"通知"}) {
			t.Errorf("after the last step: %+v, %s, public %v", done, w.state(id), w.public("city/xwdt"))
		}
		w.wantList("queue at the end", w.reviewer("4"), editorial.ToDo)
		_, acts := w.task(task.ID)
		var did []editorial.ActKind
		for _, a := range acts {
			did = append(did, a.Kind)
			if len(a.Hash) != 64 || a.Hash != acts[0].Hash {
				t.Errorf("act %d saw %q", a.No, a.Hash)
			}
		}
		if !slices.Equal(did, []editorial.ActKind{editorial.DidSubmit, editorial.DidClaim, editorial.DidApprove,
			editorial.DidApprove}) || !slices.Equal(acts[2].Ticks, []string{"标题", "落款"}) || acts[2].Note != "同意" ||
			acts[2].Who != "officer:2" || acts[3].Who != "officer:3" || acts[2].Step != 1 || acts[3].Step != 2 {
			t.Errorf("acts %+v", acts)
		}
		w.refused("a task that has ended", fault.Conflict, "结束", func() error {
			_, err := w.approve(w.reviewer("4"), task.ID)
			return err
		})
	})
}

func TestReturnGoesBackToTheWriter(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		task := w.submit("1", id)
		w.refused("a return without a reason", fault.Invalid, "原因", func() error {
			_, err := w.desk.Return(w.reviewer("2"), seen(task), " \n")
			return err
		})
		back, err := w.desk.Return(w.reviewer("2"), seen(task), "落款日期有误")
		w.must(err)
		if back.State != editorial.Returned || w.state(id) != resource.Draft || len(w.public("city/xwdt")) != 0 {
			t.Errorf("returned: %+v", back)
		}
		w.wantList("returned, for the writer", w.writer("1"), editorial.ToRevise, task.ID)
		w.wantList("returned, for another writer", w.writer("7"), editorial.ToRevise)
		if got, _ := w.task(task.ID); got.Note != "落款日期有误" {
			t.Errorf("note %q", got.Note)
		}
		w.revise("1", id, "改好了。")
		again := w.submit("1", id)
		w.wantList("resubmitted", w.writer("1"), editorial.ToRevise)
		for _, who := range []string{"2", "3"} { // who returned it may look at it again
			_, err := w.approve(w.reviewer(who), again.ID)
			w.must(err)
		}
		if w.state(id) != resource.Live {
			t.Errorf("state %s", w.state(id))
		}
	})
}
