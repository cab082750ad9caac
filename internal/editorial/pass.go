package editorial

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

// on changes an open task of the caller, who has one of the permissions on its site.
func (d *Desk) on(ctx context.Context, seen TaskSeen, ps []actor.Permission,
	do func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, place actor.Place) error) (_ *Task, err error) {
	defer fault.Annotate(&err, "editorial task %d", seen.Task)
	by, err := actor.Allowed(ctx, ps...)
	if err != nil {
		return nil, err
	}
	var out *Task
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		t, place, err := d.work(ctx, tx, by, seen)
		if err != nil {
			return err
		}
		out = t
		return do(ctx, tx, by, t, place)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Transfer gives the current step to another officer, named by his id. Who has claimed it may, who could claim
// it, and who sets the flows there. It gives no permission: the other decides with his own.
func (d *Desk) Transfer(ctx context.Context, seen TaskSeen, to, why string) (*Task, error) {
	if to == "" {
		return nil, fault.InvalidFields(map[string]string{"to": "请填写"}, "请指明转交给谁")
	}
	if err := checkNote("note", why, nil); err != nil {
		return nil, err
	}
	who := actor.Actor{Kind: actor.Officer, ID: to}.String()
	do := func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, place actor.Place) error {
		w, p := &t.Waits[0], FlowWrite
		if !by.May(FlowWrite, place) {
			var err error
			if w, err = choose(by, place, t.Waits); err != nil {
				return err
			}
			p = Review
		}
		if err := apart(ctx, tx, t, who); err != nil {
			return err
		}
		return d.give(ctx, tx, by, p, t, w, who, Act{Kind: DidTransfer, Unit: w.Unit, Note: why})
	}
	return d.on(ctx, seen, []actor.Permission{Review, FlowWrite}, do)
}

// Recall ends a task before its last approval: by its submitter, or by who sets the flows there.
func (d *Desk) Recall(ctx context.Context, seen TaskSeen) (*Task, error) {
	do := func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, place actor.Place) error {
		p, err := mine(by, t, place)
		if err != nil {
			return err
		}
		return d.end(ctx, tx, by, p, t, Recalled, Act{Kind: DidRecall})
	}
	return d.on(ctx, seen, []actor.Permission{Submit, FlowWrite}, do)
}

// Urge asks those who are to decide to hurry.
func (d *Desk) Urge(ctx context.Context, seen TaskSeen, why string) (*Task, error) {
	if err := checkNote("note", why, nil); err != nil {
		return nil, err
	}
	do := func(ctx context.Context, tx bun.Tx, by actor.Actor, t *Task, place actor.Place) error {
		p, err := mine(by, t, place)
		if err != nil {
			return err
		}
		t.UrgedAt = d.Now().UnixMilli()
		if err := save(ctx, tx, t); err != nil {
			return err
		}
		return d.record(ctx, tx, by, p, t, Act{Kind: DidUrge, Note: why})
	}
	return d.on(ctx, seen, []actor.Permission{Submit, FlowWrite}, do)
}

// mine returns the permission with which the caller acts on a task as its submitter or as who sets the flows.
func mine(by actor.Actor, t *Task, place actor.Place) (actor.Permission, error) {
	switch {
	case by.String() == t.SubmittedBy && by.May(Submit, place):
		return Submit, nil
	case by.May(FlowWrite, place):
		return FlowWrite, nil
	}
	return "", fault.New(fault.Forbidden, "只有送审人和能设定审核流程（%s）的人可以这样做。", FlowWrite)
}
