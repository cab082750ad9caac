package editorial

import (
	"context"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

// reviewer is the caller, who must be a person: a program has no judgement to answer for.
func reviewer(ctx context.Context) (actor.Actor, error) {
	by, err := actor.Allowed(ctx, Review)
	if err == nil && by.Kind != actor.Officer {
		err = fault.New(fault.Forbidden, "审核要由有权限的人员本人进行，程序不能代替。")
	}
	return by, err
}

// step is one change of an open task by a reviewer, who decides the wait w.
type step func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, w *Wait) error

func (d *Desk) byReviewer(ctx context.Context, seen TaskSeen, do step) (_ *Task, err error) {
	defer fault.Annotate(&err, "editorial task %d", seen.Task)
	by, err := reviewer(ctx)
	if err != nil {
		return nil, err
	}
	var out *Task
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		t, place, err := d.work(ctx, tx, by, seen)
		if err != nil {
			return err
		}
		w, err := choose(by, place, t.Waits)
		if err != nil {
			return err
		}
		out = t
		return do(ctx, tx, by, t, w)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Claim says that the caller is at work on the current step: nobody else decides it, unless it is put back or
// transferred.
func (d *Desk) Claim(ctx context.Context, seen TaskSeen) (*Task, error) {
	return d.byReviewer(ctx, seen, func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, w *Wait) error {
		if err := apart(ctx, tx, t, by.String()); err != nil {
			return err
		}
		if w.ClaimedBy == by.String() {
			return fault.New(fault.Conflict, "您已经认领了这一步")
		}
		return d.give(ctx, tx, by, Review, t, w, by.String(), Act{Kind: DidClaim, Unit: w.Unit})
	})
}

// Unclaim puts the step back that the caller has claimed.
func (d *Desk) Unclaim(ctx context.Context, seen TaskSeen) (*Task, error) {
	return d.byReviewer(ctx, seen, func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, w *Wait) error {
		if w.ClaimedBy != by.String() {
			return fault.New(fault.Conflict, "您没有认领这一步")
		}
		return d.give(ctx, tx, by, Review, t, w, "", Act{Kind: DidUnclaim, Unit: w.Unit})
	})
}

// give writes who has claimed a wait.
func (d *Desk) give(ctx context.Context, tx bun.Tx, by actor.Actor, p actor.Permission, t *Task, w *Wait, who string,
	a Act) error {
	if w.ClaimedBy, w.ClaimedAt = who, d.Now().UnixMilli(); who == "" {
		w.ClaimedAt = 0
	}
	if err := save(ctx, tx, t); err != nil {
		return err
	}
	if _, err := tx.NewUpdate().Model(w).WherePK().Exec(ctx); err != nil {
		return err
	}
	return d.record(ctx, tx, by, p, t, a)
}

// apart refuses a person who has a part in the task already.
func apart(ctx context.Context, tx bun.Tx, t *Task, who string) error {
	found, err := tx.NewSelect().Model((*part)(nil)).Where("task_id = ? AND who = ?", t.ID, who).Exists(ctx)
	if err == nil && found {
		err = fault.New(fault.Forbidden, "这篇稿件的作者、送审人和审过其他步骤的人不能审核这一步，请由别人审核。")
	}
	return err
}

// bounds of what a reviewer writes.
const (
	maxNote  = 1000 // characters
	maxTicks = 50
)

func checkNote(field, text string, ticks []string) error {
	long := func(s string) bool { return len([]rune(s)) > maxNote }
	if long(text) || len(ticks) > maxTicks || slices.ContainsFunc(ticks, long) {
		return fault.InvalidFields(map[string]string{field: "不超过 1000 字"}, "意见不超过 1000 字，勾选的要点不超过 50 条")
	}
	return nil
}

// Approve is the caller's yes to the current step. ticks are the points that he has ticked. The last approval of the
// last step releases the edition, at once or when the submitter wished.
func (d *Desk) Approve(ctx context.Context, seen TaskSeen, opinion string, ticks ...string) (*Task, error) {
	if err := checkNote("note", opinion, ticks); err != nil {
		return nil, err
	}
	return d.byReviewer(ctx, seen, func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, w *Wait) error {
		p, err := d.current(ctx, by, t)
		if err != nil {
			return err
		}
		if err := join(ctx, tx, t, by.String(), t.Step); err != nil {
			return err
		}
		a := Act{Kind: DidApprove, Unit: w.Unit, Note: opinion, Ticks: ticks}
		rest := slices.DeleteFunc(slices.Clone(t.Waits), func(o Wait) bool { return o.Unit == w.Unit })
		if len(rest) > 0 { // of a counter-signing
			if err := await(ctx, tx, t, rest); err != nil {
				return err
			}
			if err := save(ctx, tx, t); err != nil {
				return err
			}
			return d.record(ctx, tx, by, Review, t, a)
		}
		if t.Step == len(t.Steps) {
			if err := d.end(ctx, tx, by, Review, t, Approved, a); err != nil {
				return err
			}
			_, err := d.Items.ReleaseApproved(actor.With(ctx, stepActor(by, t.Owner)), p, t.ID, t.ReleaseAt)
			return err
		}
		if err := d.record(ctx, tx, by, Review, t, a); err != nil {
			return err
		}
		t.Step++
		if err := save(ctx, tx, t); err != nil {
			return err
		}
		return await(ctx, tx, t, waitsOf(t, d.Now()))
	})
}

// Return gives the item back to its writer, with the reason.
func (d *Desk) Return(ctx context.Context, seen TaskSeen, reason string) (*Task, error) {
	if strings.TrimSpace(reason) == "" {
		return nil, fault.InvalidFields(map[string]string{"reason": "请填写"}, "请写明退回的原因，作者要据此修改")
	}
	if err := checkNote("reason", reason, nil); err != nil {
		return nil, err
	}
	return d.byReviewer(ctx, seen, func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, w *Wait) error {
		if err := join(ctx, tx, t, by.String(), t.Step); err != nil {
			return err
		}
		return d.end(ctx, tx, by, Review, t, Returned, Act{Kind: DidReturn, Unit: w.Unit, Note: reason})
	})
}
