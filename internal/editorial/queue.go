package editorial

import (
	"context"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
)

// View is a list of tasks as a person needs it.
type View string

// The views.
const (
	All       View = ""         // every task of the sites in scope
	ToDo      View = "todo"     // what the caller can decide now, oldest first
	Mine      View = "mine"     // what he submitted and is under review
	ToRevise  View = "returned" // what he submitted and got back
	DoneByMe  View = "done"     // where he approved or returned
	maxInList      = 201        // rows of one list, with the one that says that there are more
)

// Filter chooses tasks. Zero fields do not narrow.
type Filter struct {
	View  View
	Owner int64
	Item  int64
	After int64 // id of the last task of the page before
	Limit int
}

// Tasks returns tasks of the sites in the caller's scope: to do oldest first, else newest first.
func (d *Desk) Tasks(ctx context.Context, f Filter) ([]Task, error) {
	by, err := actor.Allowed(ctx, Read, Submit, Review, FlowWrite)
	if err != nil {
		return nil, err
	}
	var out []Task
	q := by.Scope.Where(d.DB.Read().NewSelect().Model(&out), "t.owner").Limit(int64(min(max(f.Limit, 1), maxInList)))
	if f.Owner != 0 {
		q = q.Where("t.owner = ?", f.Owner)
	}
	if f.Item != 0 {
		q = q.Where("t.item_id = ?", f.Item)
	}
	switch f.View {
	case ToDo:
		q = toDo(q, by)
	case Mine:
		q = q.Where("t.submitted_by = ? AND t.state = ?", by.String(), Open)
	case ToRevise:
		q = q.Where("t.submitted_by = ? AND t.state = ? AND t.followed = ?", by.String(), Returned, false)
	case DoneByMe:
		q = q.Join("JOIN editorial_part AS p ON p.task_id = t.id").Where("p.who = ? AND p.step > 0", by.String())
	}
	order, from := "t.id DESC", "t.id < ?"
	if f.View == ToDo {
		order, from = "t.id", "t.id > ?"
	}
	if f.After != 0 {
		q = q.Where(from, f.After)
	}
	if err := q.OrderExpr(order).Scan(ctx); err != nil {
		return nil, err
	}
	return out, d.complete(ctx, by, out)
}

// toDo narrows to what the actor can decide now: open, in reach of one of his roles, not claimed by another, and
// nothing that he has a part in.
func toDo(q *bun.SelectQuery, by actor.Actor) *bun.SelectQuery {
	grants := by.Grants(Review)
	q = q.Where("t.state = ?", Open).
		Where("NOT EXISTS (SELECT 1 FROM editorial_part AS p WHERE p.task_id = t.id AND p.who = ?)", by.String())
	if len(grants) == 0 || by.Kind != actor.Officer {
		return q.Where("1 = 0")
	}
	return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, g := range grants {
			q = q.WhereGroup(" OR ", func(q *bun.SelectQuery) *bun.SelectQuery { return within(q, by, g.Scope) })
		}
		return q
	})
}

// within narrows to tasks with a wait that a role of the scope reaches; see mayDo.
func within(q *bun.SelectQuery, by actor.Actor, s actor.Scope) *bun.SelectQuery {
	q = s.Where(q, "t.owner")
	if len(s.Branches) > 0 {
		q = q.Where("EXISTS (SELECT 1 FROM editorial_node AS n WHERE n.task_id = t.id AND n.node IN (?))",
			bun.List(s.Branches))
	}
	units := s.Units
	if len(units) == 0 {
		units = []string{""}
	}
	return q.Where(`EXISTS (SELECT 1 FROM editorial_wait AS w WHERE w.task_id = t.id AND w.unit IN (?)
		AND w.claimed_by IN ('', ?))`, bun.List(units), by.String())
}

// complete adds to tasks what other tables say: what they wait for, their last note, and whether they are stale.
func (d *Desk) complete(ctx context.Context, by actor.Actor, tasks []Task) error {
	if len(tasks) == 0 {
		return nil
	}
	at, ids, items := map[int64]*Task{}, []int64{}, []int64{}
	for i := range tasks {
		t := &tasks[i]
		at[t.ID] = t
		ids, items = append(ids, t.ID), append(items, t.Item)
	}
	var waits []Wait
	if err := d.DB.Read().NewSelect().Model(&waits).Where("task_id IN (?)", bun.List(ids)).Order("task_id", "unit").
		Scan(ctx); err != nil {
		return err
	}
	for _, w := range waits {
		at[w.Task].Waits = append(at[w.Task].Waits, w)
	}
	var notes []Act
	if err := d.DB.Read().NewSelect().Model(&notes).Column("task_id", "no", "note").
		Where("task_id IN (?) AND note <> ''", bun.List(ids)).Order("task_id", "no").Scan(ctx); err != nil {
		return err
	}
	for _, n := range notes {
		at[n.Task].Note = n.Note
	}
	pending, err := d.Library.PendingEditions(actor.With(ctx, readActor(by)), items...)
	for i := range tasks {
		tasks[i].Stale = tasks[i].State == Open && pending[tasks[i].Item] != tasks[i].Edition
	}
	return err
}

// readActor is the actor with the right to read the items of the sites in his scope, whose tasks he may read.
func readActor(by actor.Actor) actor.Actor {
	a := stepActor(by)
	a.Scope = actor.Scope{All: by.Scope.All, Owners: by.Scope.Owners}
	return a
}

// Task returns a task and its acts, oldest first.
func (d *Desk) Task(ctx context.Context, id int64) (_ *Task, _ []Act, err error) {
	defer fault.Annotate(&err, "editorial.Task(%d)", id)
	by, err := actor.Allowed(ctx, Read, Submit, Review, FlowWrite)
	if err != nil {
		return nil, nil, err
	}
	t, err := load(ctx, d.DB.Read(), id)
	if err != nil {
		return nil, nil, err
	}
	if !by.Scope.Allows(t.Owner) {
		return nil, nil, missing(id)
	}
	one := []Task{*t}
	one[0].Waits = nil
	if err := d.complete(ctx, by, one); err != nil {
		return nil, nil, err
	}
	var acts []Act
	err = d.DB.Read().NewSelect().Model(&acts).Where("task_id = ?", id).Order("no").Scan(ctx)
	return &one[0], acts, err
}
