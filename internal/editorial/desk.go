package editorial

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
)

// Desk has the use cases of reviews.
type Desk struct {
	DB      *store.DB
	Items   *resource.Desk
	Library *resource.Library
	Now     func() time.Time
}

// libraryRights are what a step of a review does in the library, after the check of this slice.
func libraryRights() []actor.Permission {
	return []actor.Permission{resource.ApproveItems, resource.ReleaseItems, resource.Read}
}

// Submission asks for the review of what an item has to be released.
type Submission struct {
	Seen      resource.Seen
	Note      string
	ReleaseAt int64 // wanted time of the release, unix ms; 0 right after the last approval
}

// SubmitItem makes a task of the pending edition of an item: its draft, or the edition of a withdrawn item that is to
// come back. A task about an older draft of the item ends as recalled; a second one about the same is a conflict.
func (d *Desk) SubmitItem(ctx context.Context, o Submission) (_ *Task, err error) {
	defer fault.Annotate(&err, "editorial.SubmitItem(%d)", o.Seen.Item)
	by, err := actor.Allowed(ctx, Submit)
	if err != nil {
		return nil, err
	}
	if o.ReleaseAt != 0 && o.ReleaseAt <= d.Now().UnixMilli() {
		return nil, fault.InvalidFields(map[string]string{"release_at": "应在将来"}, "定时发布的时间已经过去，请改为将来的时间，或不定时")
	}
	if err := checkNote("note", o.Note, nil); err != nil {
		return nil, err
	}
	var out *Task
	err = d.DB.InTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		p, err := d.Items.Pending(actor.With(ctx, readActor(by)), o.Seen.Item)
		if err != nil {
			return err
		}
		place, err := placeOf(ctx, tx, p.Item.Owner, p.Column)
		if err != nil {
			return err
		}
		if err := by.Check(Submit, place); err != nil {
			return err
		}
		if p.Edition == nil {
			return fault.New(fault.Conflict, "信息 %d 没有待发布的稿件，不需要送审", p.Item.ID)
		}
		if p.Item.Version != o.Seen.Version {
			return fault.New(fault.Conflict, "信息 %d 已被别人修改，请查看现在的内容后再送审", p.Item.ID)
		}
		if len(p.Lacks) > 0 {
			return fault.New(fault.Invalid, "信息 %d 不能送审：%s", p.Item.ID, strings.Join(p.Lacks, "；"))
		}
		steps, err := flowAt(ctx, tx, p.Item.Owner, place.Path)
		if err != nil {
			return err
		}
		if len(steps) == 0 {
			return fault.New(fault.Conflict, "所属站点没有设定审核流程，稿件不需要送审，有发布权限的人可以直接发布")
		}
		out, err = d.open(ctx, tx, by, p, place, steps, o)
		return err
	})
	return out, err
}

func (d *Desk) open(ctx context.Context, tx bun.Tx, by actor.Actor, p *resource.Pending, place actor.Place,
	steps []Step, o Submission) (*Task, error) {
	if err := d.follow(ctx, tx, by, p); err != nil {
		return nil, err
	}
	now := d.Now()
	t := &Task{
		ID:          store.NewID(),
		Item:        p.Item.ID,
		Edition:     p.Edition.ID,
		Hash:        p.Hash,
		Owner:       p.Item.Owner,
		Column:      p.Column,
		Class:       p.Item.Class,
		Title:       p.Edition.Title,
		Steps:       steps,
		Step:        1,
		State:       Open,
		SubmittedBy: by.String(),
		SubmittedAt: now.UnixMilli(),
		ReleaseAt:   o.ReleaseAt,
		Version:     1,
		Note:        o.Note,
	}
	if p.Public != nil {
		t.Base = p.Public.ID
	}
	if _, err := tx.NewInsert().Model(t).Exec(ctx); err != nil {
		return nil, err
	}
	var nodes []node
	for _, n := range place.Path {
		nodes = append(nodes, node{Task: t.ID, Node: n})
	}
	if err := insert(ctx, tx, nodes); err != nil {
		return nil, err
	}
	for _, who := range slices.Compact(slices.Sorted(slices.Values(append(p.Writers, by.String())))) {
		if err := join(ctx, tx, t, who, 0); err != nil {
			return nil, err
		}
	}
	if err := await(ctx, tx, t, waitsOf(t, now)); err != nil {
		return nil, err
	}
	return t, d.record(ctx, tx, by, Submit, t, Act{Kind: DidSubmit, Note: o.Note})
}

// follow ends an open task about an older draft of the item, and takes returned ones from the list of their writer.
func (d *Desk) follow(ctx context.Context, tx bun.Tx, by actor.Actor, p *resource.Pending) error {
	old := new(Task)
	err := tx.NewSelect().Model(old).Where("item_id = ? AND state = ?", p.Item.ID, Open).Scan(ctx)
	switch {
	case err == nil && old.Edition == p.Edition.ID && old.Column == p.Column && !withdrawnSince(p, old):
		return fault.New(fault.Conflict, "这一稿已经送审，正在审核")
	case err == nil:
		err = d.end(ctx, tx, by, Submit, old, Recalled, Act{Kind: DidRecall, Note: "稿件有变动，重新送审"})
	case store.NotFound(err):
		err = nil
	}
	if err != nil {
		return err
	}
	_, err = tx.NewUpdate().Model((*Task)(nil)).Set("followed = ?", true).
		Where("item_id = ? AND state <> ?", p.Item.ID, Open).Exec(ctx)
	return err
}

func withdrawnSince(p *resource.Pending, t *Task) bool {
	w := p.Item.Withdrawal
	return p.Item.State == resource.Withdrawn && w != nil && w.At >= t.SubmittedAt
}

// waitsOf are the approvals that the current step waits for, from now on.
func waitsOf(t *Task, now time.Time) (out []Wait) {
	for _, unit := range t.Current().waits() {
		out = append(out, Wait{Task: t.ID, Unit: unit, Due: t.Current().due(now)})
	}
	return out
}

// end closes a task.
func (d *Desk) end(ctx context.Context, tx bun.Tx, by actor.Actor, p actor.Permission, t *Task, state State,
	a Act) error {
	t.State, t.EndedAt = state, d.Now().UnixMilli()
	if err := save(ctx, tx, t); err != nil {
		return err
	}
	if err := await(ctx, tx, t, nil); err != nil {
		return err
	}
	return d.record(ctx, tx, by, p, t, a)
}

// record keeps an act, and says it in the audit with the hash of what was seen.
func (d *Desk) record(ctx context.Context, tx bun.Tx, by actor.Actor, p actor.Permission, t *Task, a Act) error {
	a.Task, a.Step, a.Who, a.At, a.Hash = t.ID, t.Step, by.String(), d.Now().UnixMilli(), t.Hash
	if a.Note != "" {
		t.Note = a.Note
	}
	if err := note(ctx, tx, a); err != nil {
		return err
	}
	what := fmt.Sprintf("审核任务 %d 第 %d 步（%s）：%s", t.ID, t.Step, t.Current().Name, a.Kind.Name())
	if a.Unit != "" {
		what += "，部门 " + a.Unit
	}
	what += "，内容 " + a.Hash
	if a.Note != "" {
		what += "，" + a.Note
	}
	return audit.Append(ctx, tx, audit.Entry{Action: p, Object: "item", ID: t.Item, Owner: t.Owner, Detail: what})
}

// TaskSeen names a task and the version of it that the caller decides about.
type TaskSeen struct {
	Task    int64
	Version int64
}

// work loads an open task of the caller's as it was seen, with the place that its item was submitted at.
func (d *Desk) work(ctx context.Context, tx bun.Tx, by actor.Actor, seen TaskSeen) (*Task, actor.Place, error) {
	t, err := load(ctx, tx, seen.Task)
	if err != nil {
		return nil, actor.Place{}, err
	}
	if !by.Scope.Allows(t.Owner) {
		return nil, actor.Place{}, missing(seen.Task)
	}
	place, err := placeOf(ctx, tx, t.Owner, t.Column)
	switch {
	case err != nil:
		return nil, place, err
	case t.State != Open:
		return nil, place, fault.New(fault.Conflict, "审核任务 %d 已经结束，不能再处理", t.ID)
	case t.Version != seen.Version:
		return nil, place, conflict(t.ID)
	}
	return t, place, nil
}

// current loads what the item of a task has to be released, and refuses when that is not what the task is about.
func (d *Desk) current(ctx context.Context, by actor.Actor, t *Task) (*resource.Pending, error) {
	p, err := d.Items.Pending(actor.With(ctx, stepActor(by, t.Owner)), t.Item)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Item.State == resource.Discarded:
		return nil, fault.New(fault.Conflict, "信息已放进回收站，恢复之后才能继续审核")
	case p.Edition == nil, p.Edition.ID != t.Edition, p.Hash != t.Hash:
		return nil, fault.New(fault.Conflict, "稿件在送审后又有修改，请作者把新的一稿重新送审")
	case withdrawnSince(p, t):
		return nil, fault.New(fault.Conflict, "信息在送审后已经撤稿，要再公开请重新送审")
	case p.Column != t.Column:
		return nil, fault.New(fault.Conflict, "稿件在送审后换了栏目，请重新送审")
	}
	return p, nil
}
