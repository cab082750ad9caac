package editorial_test

import (
	"context"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// bring submits the draft of an item by a writer and approves both steps.
func (w *world) bring(writer string, id int64) *editorial.Task {
	w.t.Helper()
	task := w.submit(writer, id)
	for _, who := range []string{"2", "3"} {
		_, err := w.approve(w.reviewer(who), task.ID)
		w.must(err)
	}
	return task
}

// For any edition: who wrote which sentence, who approved it, what they saw.
func TestHistory(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		w.revise("1", id, "甲写的第一句。甲写的第二句。")
		task := w.bring("1", id)
		w.revise("4", id, "甲写的第一句。乙插的一句。甲写的第二句。")
		second := w.submit("4", id)
		_, err := w.desk.Return(w.reviewer("2"), seen(second), "核对数字")
		w.must(err)
		w.revise("4", id, "甲写的第一句。乙改的一句。甲写的第二句。")
		third := w.bring("4", id)
		w.revise("5", id, "丙的草稿。")

		got, err := w.desk.History(w.reviewer("8"), id, 0) // the public one, not the draft
		w.must(err)
		var said []string
		for _, s := range got.Sentences {
			said = append(said, s.Text+s.By)
		}
		const want = "通知officer:1 甲写的第一句。officer:1 乙改的一句。officer:4 甲写的第二句。officer:1"
		if got.Edition.No != 4 || strings.Join(said, " ") != want || got.Sentences[1].No != 2 ||
			got.Sentences[2].No != 4 {
			t.Errorf("edition %d: %v", got.Edition.No, got.Sentences)
		}
		if len(got.Reviews) != 1 || !got.Reviews[0].Proven || got.Reviews[0].Task.ID != third.ID ||
			len(got.Reviews[0].Acts) != 3 || got.Reviews[0].Acts[2].Who != "officer:3" ||
			len(got.Approvals) != 1 || got.Approvals[0].Task != third.ID ||
			got.Approvals[0].Hash != got.Reviews[0].Acts[2].Hash {
			t.Errorf("reviews %+v, approvals %+v", got.Reviews, got.Approvals)
		}
		back, err := w.desk.History(w.reviewer("8"), id, 3) // never public
		w.must(err)
		if len(back.Approvals) != 0 || len(back.Reviews) != 1 || back.Reviews[0].Task.State != editorial.Returned ||
			!back.Reviews[0].Proven || len(back.Sentences) != 4 || back.Sentences[2].Text != "乙插的一句。" {
			t.Errorf("the returned edition: %+v", back)
		}
		first, err := w.desk.History(w.reviewer("8"), id, 2)
		w.must(err)
		if len(first.Approvals) != 1 || first.Reviews[0].Task.ID != task.ID || len(first.Sentences) != 3 {
			t.Errorf("an edition that was public: %+v", first)
		}
		abroad := actor.Scope{Owners: []int64{w.Sites["county"]}}
		for what, c := range map[string]struct {
			ctx  context.Context
			item int64
			no   int
			kind fault.Kind
		}{
			"no such edition": {w.reviewer("8"), id, 9, fault.NotFound},
			"no such item":    {w.reviewer("8"), 42, 0, fault.NotFound},
			"another site":    {w.limited("8", abroad, everything()...), id, 0, fault.NotFound},
			"no permission":   {w.as("8", resource.Read), id, 0, fault.Forbidden},
			"nobody":          {t.Context(), id, 0, fault.Forbidden},
		} {
			if _, err := w.desk.History(c.ctx, c.item, c.no); !fault.Is(err, c.kind) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

// Whoever changes a row of the record around the triggers is found out: the other records still say what was.
func TestAForgedRecordIsNotProven(t *testing.T) {
	for what, c := range map[string]struct{ table, sqlite, forge string }{
		"who approved": {"editorial_act", "editorial_act_no_update",
			"UPDATE editorial_act SET who = 'officer:9' WHERE act = 'approve' AND step = 2"},
		"what was seen": {"editorial_act", "editorial_act_no_update",
			"UPDATE editorial_act SET hash = 'abc' WHERE act = 'approve' AND step = 1"},
		"the public text": {"resource_edition", "resource_edition_fixed",
			"UPDATE resource_edition SET body = '<p>假的。</p>'"},
		"the audit": {"audit_row", "audit_row_no_update",
			"UPDATE audit_row SET actor = '9' WHERE action = 'editorial.review'"},
	} {
		t.Run(what, func(t *testing.T) {
			eachWorld(t, func(t *testing.T, w *world) {
				id := w.draft("1", "通知")
				w.bring("1", id)
				proven := func() bool {
					got, err := w.desk.History(w.reviewer("8"), id, 0)
					w.must(err)
					return got.Reviews[0].Proven
				}
				if !proven() {
					t.Error("before: not proven")
				}
				w.must(w.DB.InTx(w.All, func(ctx context.Context, tx bun.Tx) error {
					open := "DROP TRIGGER " + c.sqlite
					if w.DB.Postgres() {
						open = "ALTER TABLE " + c.table + " DISABLE TRIGGER USER"
					}
					if _, err := tx.ExecContext(ctx, open); err != nil {
						return err
					}
					_, err := tx.ExecContext(ctx, c.forge)
					return err
				}))
				if proven() {
					t.Error("after it was forged: proven")
				}
			})
		})
	}
}
