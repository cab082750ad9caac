package editorial_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
	"guiyi/internal/resource/resourcetest"
)

// world is a library whose site "city" has a flow of two steps, and a desk of reviews.
type world struct {
	*resourcetest.World
	t    *testing.T
	desk *editorial.Desk
	city int64
}

func eachWorld(t *testing.T, fn func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		lib := resourcetest.New(t, db)
		w := &world{World: lib, t: t, city: lib.Sites["city"]}
		w.desk = &editorial.Desk{DB: db, Items: lib.Desk, Library: lib.Library, Now: lib.Now}
		w.flow(0, twoSteps()...)
		fn(t, w)
	}, append(resourcetest.Tables(), editorial.Migrations())...)
}

func twoSteps() []editorial.Step {
	return []editorial.Step{{Name: "初审", Kind: editorial.ByReview}, {Name: "终审", Kind: editorial.ByReview}}
}

// as is an officer with permissions on the city.
func (w *world) as(id string, ps ...actor.Permission) context.Context {
	return w.limited(id, actor.Scope{Owners: []int64{w.city}}, ps...)
}

func (w *world) limited(id string, s actor.Scope, ps ...actor.Permission) context.Context {
	by := actor.Actor{Kind: actor.Officer, ID: id, Name: "甲" + id, Permissions: ps, Scope: s}
	return actor.With(w.t.Context(), by)
}

func (w *world) writer(id string) context.Context {
	return w.as(id, editorial.Read, editorial.Submit, resource.Read, resource.Write)
}

func (w *world) reviewer(id string) context.Context {
	return w.as(id, editorial.Read, editorial.Review)
}

func (w *world) admin() context.Context { return w.as("90", editorial.Read, editorial.FlowWrite) }

func (w *world) flow(column int64, steps ...editorial.Step) {
	w.t.Helper()
	f := editorial.Flow{Owner: w.city, Column: column, Steps: steps}
	all, err := w.desk.Flows(w.admin(), w.city)
	w.must(err)
	for _, have := range all {
		if have.Column == column {
			f.Version = have.Version
		}
	}
	_, err = w.desk.SetFlow(w.admin(), f)
	w.must(err)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refused checks the kind and the text of a refusal, and that it changed nothing.
func (w *world) refused(what string, kind fault.Kind, says string, do func() error) {
	w.t.Helper()
	before := w.dump()
	err := do()
	if !fault.Is(err, kind) || !strings.Contains(fault.Text(err), says) {
		w.t.Errorf("%s: %v, want %v about %q", what, err, kind, says)
	}
	if w.dump() != before {
		w.t.Errorf("%s was refused and changed rows", what)
	}
}

// draft makes an item of a writer in a column of the city.
func (w *world) draft(writer, title string, columns ...string) int64 {
	w.t.Helper()
	in := w.Incoming(title, columns...)
	in.Edition.Title = title
	it, _, err := w.Draft(w.writer(writer), in)
	w.must(err)
	return it.ID
}

func (w *world) revise(writer string, id int64, text string) {
	w.t.Helper()
	_, err := w.Revise(w.writer(writer), w.Seen(id)[0], func(_ *resource.Item, e *resource.Edition) error {
		e.Body, e.Text = "<p>"+text+"</p>", text
		return nil
	})
	w.must(err)
}

func (w *world) submit(writer string, id int64) *editorial.Task {
	w.t.Helper()
	t, err := w.desk.SubmitItem(w.writer(writer), editorial.Submission{Seen: w.Seen(id)[0]})
	w.must(err)
	return t
}

func seen(t *editorial.Task) editorial.TaskSeen {
	return editorial.TaskSeen{Task: t.ID, Version: t.Version}
}

// approve is the approval of a task as it stands now.
func (w *world) approve(ctx context.Context, id int64) (*editorial.Task, error) {
	now, _, err := w.desk.Task(w.admin(), id)
	w.must(err)
	return w.desk.Approve(ctx, seen(now), "")
}

func (w *world) task(id int64) (*editorial.Task, []editorial.Act) {
	w.t.Helper()
	t, acts, err := w.desk.Task(w.admin(), id)
	w.must(err)
	return t, acts
}

func (w *world) state(id int64) resource.State {
	w.t.Helper()
	it, _, err := w.Library.Item(w.All, id)
	w.must(err)
	return it.State
}

// public are the titles that the public sees in a column of the city.
func (w *world) public(column string) (out []string) {
	w.t.Helper()
	entries, err := w.Public.Top(w.All, w.Columns[column], 100)
	w.must(err)
	for _, e := range entries {
		out = append(out, e.Title)
	}
	return out
}

// list are the ids of the tasks in a view, in its order.
func (w *world) list(ctx context.Context, f editorial.Filter) []int64 {
	w.t.Helper()
	f.Limit = 100
	all, err := w.desk.Tasks(ctx, f)
	w.must(err)
	ids := []int64{}
	for _, t := range all {
		ids = append(ids, t.ID)
	}
	return ids
}

func (w *world) wantList(what string, ctx context.Context, v editorial.View, want ...int64) {
	w.t.Helper()
	if got := w.list(ctx, editorial.Filter{View: v}); !slices.Equal(got, append([]int64{}, want...)) {
		w.t.Errorf("%s: tasks %v, want %v", what, got, want)
	}
}

// dump is the content of the tables of reviews and of the library.
func (w *world) dump() string {
	w.t.Helper()
	var out []byte
	for _, table := range []string{"editorial_flow", "editorial_task", "editorial_wait", "editorial_part",
		"editorial_node", "editorial_act", "resource_item", "resource_edition", "resource_approval", "resource_review",
		"audit_row"} {
		var rows []map[string]any
		w.must(w.DB.Read().NewSelect().Table(table).Scan(w.All, &rows))
		lines := make([]string, len(rows))
		for i, r := range rows {
			lines[i] = fmt.Sprint(r)
		}
		slices.Sort(lines)
		out = fmt.Appendf(out, "%s %v\n", table, lines)
	}
	return string(out)
}

// refusedByDatabase sends a statement around the desk.
func (w *world) refusedByDatabase(what, query string, a ...any) {
	w.t.Helper()
	before := w.dump()
	err := w.DB.InTx(w.All, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, query, a...)
		return err
	})
	if err == nil || w.dump() != before {
		w.t.Errorf("%s: the database let it pass", what)
	}
}
