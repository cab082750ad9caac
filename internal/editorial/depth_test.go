package editorial_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

func TestPersonsAreDistinct(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		both := func(id string) context.Context {
			return w.as(id, editorial.Read, editorial.Submit, editorial.Review, editorial.FlowWrite, resource.Write,
				resource.Read)
		}
		id := w.draft("1", "通知")
		w.revise("5", id, "第二人改过。")
		seenItem := w.Seen(id)[0]
		task, err := w.desk.SubmitItem(both("6"), editorial.Submission{Seen: seenItem})
		w.must(err)
		parts := map[string]string{"1": "the first writer", "5": "the second writer", "6": "the submitter"}
		for who, what := range parts {
			for name, do := range map[string]func() error{
				"approve": func() error { _, err := w.desk.Approve(both(who), seen(task), ""); return err },
				"claim":   func() error { _, err := w.desk.Claim(both(who), seen(task)); return err },
				"return":  func() error { _, err := w.desk.Return(both(who), seen(task), "x"); return err },
				"be given": func() error {
					_, err := w.desk.Transfer(w.reviewer("2"), seen(task), who, "")
					return err
				},
			} {
				w.refused(what+" "+name, fault.Forbidden, "由别人", do)
			}
			w.wantList(what, both(who), editorial.ToDo)
		}
		next, err := w.desk.Approve(both("2"), seen(task), "")
		w.must(err)
		w.refused("two steps by one", fault.Forbidden, "第 1 步", func() error {
			_, err := w.desk.Approve(both("2"), seen(next), "")
			return err
		})
		// The database holds it too, whoever writes.
		w.refusedByDatabase("a second part", "INSERT INTO editorial_part (task_id, who, step) VALUES (?, 'officer:2', 2)",
			task.ID)
		w.refusedByDatabase("another part", "UPDATE editorial_part SET who = 'officer:8'")
		w.refusedByDatabase("no part", "DELETE FROM editorial_part")
		// Only a person reviews.
		program := actor.With(t.Context(), actor.Actor{Kind: actor.Token, ID: "3",
			Permissions: []actor.Permission{editorial.Review, editorial.Read}, Scope: actor.Scope{All: true}})
		w.refused("a token", fault.Forbidden, "人员", func() error {
			_, err := w.desk.Approve(program, seen(next), "")
			return err
		})
		w.wantList("queue of a token", program, editorial.ToDo)
	})
}

// An edition that came from a program or an import has no writer who could be its reviewer; a person who only
// released earlier editions is free.
func TestWritersOfWhatIsPublicAreFree(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		task := w.submit("1", id)
		for _, who := range []string{"2", "3"} {
			_, err := w.approve(w.reviewer(who), task.ID)
			w.must(err)
		}
		w.revise("4", id, "改了一句。")
		task = w.submit("4", id)
		for _, who := range []string{"1", "2"} { // wrote the edition before; reviewed the edition before
			if _, err := w.approve(w.reviewer(who), task.ID); err != nil {
				t.Errorf("%s: %v", who, err)
			}
		}
		if w.state(id) != resource.Live {
			t.Error(w.state(id))
		}
	})
}

func TestCounterSigning(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.flow(0, editorial.Step{Name: "会签", Kind: editorial.ByReview, Units: []string{"czj", "rsj"}, Minutes: 60},
			editorial.Step{Name: "保密审查", Kind: editorial.BySecrecy})
		unit := func(id string, units ...string) context.Context {
			return w.limited(id, actor.Scope{Owners: []int64{w.city}, Units: units}, editorial.Read, editorial.Review)
		}
		id := w.draft("1", "联合通知")
		task := w.submit("1", id)
		if len(task.Waits) != 2 || task.Waits[0].Due != w.Now().Add(time.Hour).UnixMilli() {
			t.Errorf("waits %+v", task.Waits)
		}
		w.wantList("a unit that signs", unit("2", "czj"), editorial.ToDo, task.ID)
		w.wantList("another unit", unit("3", "jyj"), editorial.ToDo)
		w.wantList("a reviewer of no unit", w.reviewer("4"), editorial.ToDo)
		for what, by := range map[string]context.Context{"another unit": unit("3", "jyj"), "no unit": w.reviewer("4")} {
			w.refused(what, fault.Forbidden, "", func() error {
				_, err := w.desk.Approve(by, seen(task), "")
				return err
			})
		}
		one, err := w.desk.Approve(unit("2", "czj"), seen(task), "财政同意")
		w.must(err)
		if one.Step != 1 || len(one.Waits) != 1 || one.Waits[0].Unit != "rsj" || one.State != editorial.Open {
			t.Errorf("after one of two: %+v", one)
		}
		w.wantList("who has signed", unit("2", "czj", "rsj"), editorial.ToDo)
		w.refused("both signatures by one person", fault.Forbidden, "别人", func() error {
			_, err := w.desk.Approve(unit("2", "rsj"), seen(one), "")
			return err
		})
		w.refused("the same unit again", fault.Forbidden, "", func() error {
			_, err := w.desk.Approve(unit("5", "czj"), seen(one), "")
			return err
		})
		two, err := w.desk.Approve(unit("6", "rsj"), seen(one), "")
		w.must(err)
		if two.Step != 2 || two.Current().Kind != editorial.BySecrecy || two.Waits[0].Due != 0 {
			t.Errorf("after both: %+v", two)
		}
		if _, acts := w.task(task.ID); acts[1].Unit != "czj" || acts[2].Unit != "rsj" {
			t.Errorf("acts %+v", acts)
		}
		w.wantList("a unit in a step without units", unit("7", "czj"), editorial.ToDo)
		_, err = w.desk.Approve(w.reviewer("4"), seen(two), "")
		w.must(err)
		if w.state(id) != resource.Live {
			t.Error(w.state(id))
		}
	})
}

// The writer revises while a reviewer approves: whoever comes second is told, both texts are kept, and only what was
// reviewed can become public.
func TestRevisedUnderReview(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		task := w.submit("1", id)
		next, err := w.approve(w.reviewer("2"), task.ID)
		w.must(err)
		w.revise("1", id, "送审之后又改。")
		now, _ := w.task(task.ID)
		if !now.Stale {
			t.Error("the task does not say that it is stale")
		}
		w.refused("approval of what was replaced", fault.Conflict, "重新送审", func() error {
			_, err := w.desk.Approve(w.reviewer("3"), seen(next), "")
			return err
		})
		if _, e, err := w.Library.Item(w.All, id); err != nil || e.Text != "送审之后又改。" {
			t.Errorf("the draft: %+v, %v", e, err)
		}
		again := w.submit("1", id)
		old, acts := w.task(task.ID)
		if old.State != editorial.Recalled || acts[len(acts)-1].Kind != editorial.DidRecall || again.Step != 1 {
			t.Errorf("the stale task %+v, the new one %+v", old, again)
		}
		w.refused("twice the same", fault.Conflict, "已经送审", func() error {
			_, err := w.desk.SubmitItem(w.writer("1"), editorial.Submission{Seen: w.Seen(id)[0]})
			return err
		})
		w.refused("a version that nobody has any more", fault.Conflict, "修改", func() error {
			_, err := w.desk.SubmitItem(w.writer("1"), editorial.Submission{Seen: resource.Seen{Item: id, Version: 1}})
			return err
		})
	})
}

// Many at once: of two reviewers and a writer at the same moment the database lets one decide after the other.
func TestReviewersAndWriterAtOnce(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		for range 5 {
			id := w.draft("1", "通知")
			task := w.submit("1", id)
			next, err := w.approve(w.reviewer("2"), task.ID)
			w.must(err)
			version := w.Seen(id)[0]
			var done sync.WaitGroup
			errs := make([]error, 3)
			done.Go(func() { _, errs[0] = w.desk.Approve(w.reviewer("3"), seen(next), "") })
			done.Go(func() { _, errs[1] = w.desk.Approve(w.reviewer("4"), seen(next), "") })
			done.Go(func() {
				_, errs[2] = w.Revise(w.writer("1"), version, func(_ *resource.Item, e *resource.Edition) error {
					e.Title = "边审边改"
					return nil
				})
			})
			done.Wait()
			for _, err := range errs {
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Errorf("%v", err)
				}
			}
			it, e, err := w.Library.Item(w.All, id)
			w.must(err)
			approved := errs[0] == nil || errs[1] == nil
			if errs[0] == nil && errs[1] == nil || approved == (errs[2] == nil) {
				t.Errorf("approvals %v, %v, revision %v", errs[0], errs[1], errs[2])
			}
			if approved != (it.State == resource.Live) || !approved && e.Title != "边审边改" {
				t.Errorf("approved %v, item %+v, newest %q", approved, it, e.Title)
			}
		}
	})
}

func TestWithdrawnOrMovedUnderReview(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		public := func(title string) int64 {
			id := w.draft("1", title)
			task := w.submit("1", id)
			for _, who := range []string{"2", "3"} {
				_, err := w.approve(w.reviewer(who), task.ID)
				w.must(err)
			}
			return id
		}
		gone := public("要撤的")
		w.revise("1", gone, "改稿。")
		task := w.submit("1", gone)
		w.Pass(time.Minute)
		w.Gone(resource.InError, gone)
		w.refused("a withdrawn item", fault.Conflict, "撤稿", func() error {
			_, err := w.approve(w.reviewer("2"), task.ID)
			return err
		})
		w.Pass(time.Minute)
		again := w.submit("1", gone) // a new review brings it back
		for _, who := range []string{"2", "3"} {
			_, err := w.approve(w.reviewer(who), again.ID)
			w.must(err)
		}
		if w.state(gone) != resource.Live {
			t.Error(w.state(gone))
		}
		moved := w.draft("1", "要移的")
		task = w.submit("1", moved)
		w.must(w.Move(w.All, moved, w.Columns["city/xwdt"], w.Spot("city/tzgg")))
		w.refused("an item that was moved", fault.Conflict, "栏目", func() error {
			_, err := w.approve(w.reviewer("2"), task.ID)
			return err
		})
		binned := w.draft("1", "要删的")
		task = w.submit("1", binned)
		_, err := w.Discard(w.writer("1"), w.Seen(binned)[0])
		w.must(err)
		w.refused("an item in the recycle bin", fault.Conflict, "回收站", func() error {
			_, err := w.approve(w.reviewer("2"), task.ID)
			return err
		})
		if now, _ := w.task(task.ID); !now.Stale {
			t.Error("a task of an item in the recycle bin does not say so")
		}
		w.refused("submitting it", fault.Conflict, "没有待发布", func() error {
			_, err := w.desk.SubmitItem(w.writer("1"), editorial.Submission{Seen: w.Seen(binned)[0]})
			return err
		})
		// A withdrawn item without a draft comes back by a review as it was.
		w.Pass(time.Minute)
		w.Gone(resource.InError, gone)
		w.Pass(time.Minute)
		back := w.submit("1", gone)
		for _, who := range []string{"2", "3"} {
			_, err := w.approve(w.reviewer(who), back.ID)
			w.must(err)
		}
		if w.state(gone) != resource.Live {
			t.Error(w.state(gone))
		}
	})
}

func TestPlannedRelease(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		submitAt := func(title string, at time.Time) *editorial.Task {
			id := w.draft("1", title)
			task, err := w.desk.SubmitItem(w.writer("1"),
				editorial.Submission{Seen: w.Seen(id)[0], ReleaseAt: at.UnixMilli()})
			w.must(err)
			return task
		}
		w.refused("the past", fault.Invalid, "过去", func() error {
			_, err := w.desk.SubmitItem(w.writer("1"), editorial.Submission{Seen: resource.Seen{Item: 1, Version: 1},
				ReleaseAt: w.Now().UnixMilli()})
			return err
		})
		later := submitAt("定时", w.Now().Add(3*time.Hour))
		late := submitAt("审晚了", w.Now().Add(time.Hour))
		for _, who := range []string{"2", "3"} {
			_, err := w.approve(w.reviewer(who), later.ID)
			w.must(err)
		}
		if w.state(later.Item) != resource.Scheduled {
			t.Errorf("before its time: %s", w.state(later.Item))
		}
		w.Pass(2 * time.Hour)
		for _, who := range []string{"2", "3"} {
			_, err := w.approve(w.reviewer(who), late.ID)
			w.must(err)
		}
		if w.state(late.Item) != resource.Live {
			t.Errorf("approved after the wanted time: %s", w.state(late.Item))
		}
		w.Pass(2 * time.Hour)
		w.must(w.Board.Drain(w.All, resource.JobRelease))
		if w.state(later.Item) != resource.Live {
			t.Errorf("after its time: %s", w.state(later.Item))
		}
	})
}

func TestTransferRecallUrge(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		task := w.submit("1", id)
		claimed, err := w.desk.Claim(w.reviewer("2"), seen(task))
		w.must(err)
		w.refused("a version of before", fault.Conflict, "", func() error {
			_, err := w.desk.Unclaim(w.reviewer("2"), seen(task))
			return err
		})
		w.refused("transfer by another", fault.Conflict, "认领", func() error {
			_, err := w.desk.Transfer(w.reviewer("3"), seen(claimed), "4", "")
			return err
		})
		given, err := w.desk.Transfer(w.reviewer("2"), seen(claimed), "4", "我出差")
		w.must(err)
		w.wantList("given away", w.reviewer("2"), editorial.ToDo)
		w.wantList("given to", w.reviewer("4"), editorial.ToDo, task.ID)
		back, err := w.desk.Unclaim(w.reviewer("4"), seen(given))
		w.must(err)
		taken, err := w.desk.Transfer(w.admin(), seen(back), "5", "分派")
		w.must(err)
		w.refused("urge by a stranger", fault.Forbidden, "送审人", func() error {
			_, err := w.desk.Urge(w.writer("8"), seen(taken), "")
			return err
		})
		urged, err := w.desk.Urge(w.writer("1"), seen(taken), "今天要发")
		w.must(err)
		if urged.UrgedAt == 0 || urged.Note != "今天要发" || urged.Waits[0].ClaimedBy != "officer:5" {
			t.Errorf("urged %+v", urged)
		}
		w.refused("recall by a stranger", fault.Forbidden, "送审人", func() error {
			_, err := w.desk.Recall(w.writer("8"), seen(urged))
			return err
		})
		gone, err := w.desk.Recall(w.writer("1"), seen(urged))
		w.must(err)
		if gone.State != editorial.Recalled || len(gone.Waits) != 0 || w.state(id) != resource.Draft {
			t.Errorf("recalled %+v", gone)
		}
		w.refused("approval after it", fault.Conflict, "结束", func() error {
			_, err := w.desk.Approve(w.reviewer("5"), seen(gone), "")
			return err
		})
		again := w.submit("1", id)
		if _, err := w.desk.Recall(w.admin(), seen(again)); err != nil {
			t.Errorf("by who sets the flows: %v", err)
		}
		_, acts := w.task(task.ID)
		var did []editorial.ActKind
		for _, a := range acts {
			did = append(did, a.Kind)
		}
		want := []editorial.ActKind{editorial.DidSubmit, editorial.DidClaim, editorial.DidTransfer,
			editorial.DidUnclaim, editorial.DidTransfer, editorial.DidUrge, editorial.DidRecall}
		if !slices.Equal(did, want) {
			t.Errorf("acts %v", did)
		}
	})
}

func TestActsAreOnlyAdded(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		task := w.submit("1", w.draft("1", "通知"))
		w.refusedByDatabase("change of an act", "UPDATE editorial_act SET who = 'officer:9'")
		w.refusedByDatabase("removal of an act", "DELETE FROM editorial_act")
		if !w.DB.Postgres() {
			w.refusedByDatabase("replacement of an act",
				`INSERT OR REPLACE INTO editorial_act SELECT task_id, no, step, unit, act, 'x', at, note, hash, ticks
				FROM editorial_act`)
		}
		w.refusedByDatabase("a second open task", `INSERT INTO editorial_task SELECT 7, item_id, edition_id, hash, base_id,
			owner, column_id, class, title, steps, step, state, submitted_by, submitted_at, release_at, ended_at, followed,
			urged_at, version FROM editorial_task WHERE id = ?`, task.ID)
		if _, err := w.desk.SubmitItem(t.Context(), editorial.Submission{}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("nobody submits: %v", err)
		}
	})
}
