package editorial_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

// everything are all permissions of reviews.
func everything() []actor.Permission {
	return []actor.Permission{editorial.Read, editorial.Submit, editorial.Review, editorial.FlowWrite}
}

// uses are all use cases on one task or item of the city. A caller of another site is told the same as of one that is
// not there.
func (w *world) uses(ctx context.Context, item, task int64) map[string]func() error {
	s := editorial.TaskSeen{Task: task, Version: 1}
	return map[string]func() error{
		"submit": func() error {
			_, err := w.desk.SubmitItem(ctx, editorial.Submission{Seen: resource.Seen{Item: item, Version: 1}})
			return err
		},
		"show":     func() error { _, _, err := w.desk.Task(ctx, task); return err },
		"claim":    func() error { _, err := w.desk.Claim(ctx, s); return err },
		"unclaim":  func() error { _, err := w.desk.Unclaim(ctx, s); return err },
		"approve":  func() error { _, err := w.desk.Approve(ctx, s, ""); return err },
		"return":   func() error { _, err := w.desk.Return(ctx, s, "x"); return err },
		"transfer": func() error { _, err := w.desk.Transfer(ctx, s, "8", ""); return err },
		"recall":   func() error { _, err := w.desk.Recall(ctx, s); return err },
		"urge":     func() error { _, err := w.desk.Urge(ctx, s, ""); return err },
	}
}

func TestAnotherSiteSeesNothing(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		task := w.submit("1", id)
		const nothing = int64(4242)
		foreign := w.limited("7", actor.Scope{Owners: []int64{w.Sites["county"]}}, everything()...)
		nowhere := w.limited("7", actor.Scope{}, everything()...)
		for who, ctx := range map[string]context.Context{"another site": foreign, "no site": nowhere} {
			before := w.dump()
			absent := w.uses(ctx, nothing, nothing)
			for name, do := range w.uses(ctx, id, task.ID) {
				err := do()
				told := strings.NewReplacer(strconv.FormatInt(id, 10), "N", strconv.FormatInt(task.ID, 10),
					"N").Replace(fault.Text(err))
				asked := strings.ReplaceAll(fault.Text(absent[name]()), strconv.FormatInt(nothing, 10), "N")
				if !fault.Is(err, fault.NotFound) || told != asked {
					t.Errorf("%s by %s: %v, of nothing %q", name, who, err, asked)
				}
			}
			for _, v := range []editorial.View{editorial.All, editorial.ToDo, editorial.Mine, editorial.ToRevise,
				editorial.DoneByMe} {
				w.wantList("view "+string(v)+" of "+who, ctx, v)
				if got := w.list(ctx, editorial.Filter{View: v, Owner: w.city, Item: id}); len(got) != 0 {
					t.Errorf("view %s of %s, asked for: %v", v, who, got)
				}
			}
			if got, err := w.desk.Flows(ctx, w.city); err != nil || len(got) != 0 {
				t.Errorf("flows for %s: %v, %v", who, got, err)
			}
			w.refused("flow of "+who, fault.Forbidden, "", func() error {
				_, err := w.desk.SetFlow(ctx, editorial.Flow{Owner: w.city, Version: 1})
				return err
			})
			if w.dump() != before {
				t.Errorf("%s changed rows", who)
			}
		}
		for name, do := range w.uses(t.Context(), id, task.ID) {
			if err := do(); !fault.Is(err, fault.Forbidden) {
				t.Errorf("%s by nobody: %v", name, err)
			}
		}
		without := w.as("7", resource.Read, resource.Write, resource.ReleaseItems)
		for name, do := range w.uses(without, id, task.ID) {
			w.refused(name+" without permission", fault.Forbidden, "权限", do)
		}
	})
}

// One queue over all sites of a reviewer, with several roles at several places, and only what each role reaches.
func TestOneQueueOverAllSites(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		county := w.Sites["county"]
		chief := w.limited("90", actor.Scope{Owners: []int64{county}}, editorial.Read, editorial.FlowWrite)
		_, err := w.desk.SetFlow(chief, editorial.Flow{Owner: county, Steps: twoSteps()})
		w.must(err)
		in := w.Incoming("县里的", "county/xwdt")
		in.Owner = county
		writer := w.limited("1", actor.Scope{Owners: []int64{county}}, editorial.Submit, resource.Write, resource.Read)
		it, _, err := w.Draft(writer, in)
		w.must(err)
		news := w.submit("1", w.draft("1", "新闻", "city/xwdt"))
		there, err := w.desk.SubmitItem(writer, editorial.Submission{Seen: w.Seen(it.ID)[0]})
		w.must(err)
		notice := w.submit("1", w.draft("1", "公告", "city/tzgg"))

		roles := func(grants ...actor.Grant) context.Context {
			for i := range grants {
				grants[i].Permissions = []actor.Permission{editorial.Read, editorial.Review}
			}
			return actor.With(t.Context(), actor.Actor{Kind: actor.Officer, ID: "2", Permissions: grants[0].Permissions,
				Scope: grants[0].Scope, Also: grants[1:]})
		}
		city, all := actor.Scope{Owners: []int64{w.city}}, actor.Scope{All: true}
		branch := actor.Scope{Owners: []int64{w.city}, Branches: []int64{w.Columns["city/tzgg"]}}
		abroad := actor.Scope{Owners: []int64{county}}
		for what, c := range map[string]struct {
			ctx  context.Context
			want []int64
		}{
			"everywhere": {roles(actor.Grant{Scope: all}), []int64{news.ID, there.ID, notice.ID}},
			"the city":   {roles(actor.Grant{Scope: city}), []int64{news.ID, notice.ID}},
			"a branch":   {roles(actor.Grant{Scope: branch}), []int64{notice.ID}},
			"a branch and another site": {roles(actor.Grant{Scope: branch}, actor.Grant{Scope: abroad}),
				[]int64{there.ID, notice.ID}},
			"nothing": {roles(actor.Grant{Scope: actor.Scope{}}), nil},
		} {
			w.wantList(what, c.ctx, editorial.ToDo, c.want...)
		}
		inBranch := roles(actor.Grant{Scope: branch}, actor.Grant{Scope: abroad})
		if got := w.list(inBranch, editorial.Filter{View: editorial.ToDo, Owner: county}); !slices.Equal(got,
			[]int64{there.ID}) {
			t.Errorf("of one site: %v", got)
		}
		w.refused("a column outside of the branch", fault.Forbidden, "栏目", func() error {
			_, err := w.desk.Approve(inBranch, seen(news), "")
			return err
		})
		if _, err := w.desk.Approve(inBranch, seen(notice), ""); err != nil {
			t.Errorf("in the branch: %v", err)
		}
		if _, err := w.desk.Approve(inBranch, seen(there), ""); err != nil {
			t.Errorf("on the other site: %v", err)
		}
		// A role that reviews here and one that reads there are not one that reviews there.
		mixed := actor.With(t.Context(), actor.Actor{Kind: actor.Officer, ID: "5",
			Permissions: []actor.Permission{editorial.Read, editorial.Review}, Scope: abroad,
			Also: []actor.Grant{{Permissions: []actor.Permission{editorial.Read, editorial.Submit}, Scope: city}}})
		w.wantList("reviews there, reads here", mixed, editorial.ToDo, there.ID)
		w.refused("reviews there, reads here", fault.NotFound, "", func() error {
			_, err := w.desk.Approve(mixed, seen(news), "")
			return err
		})
	})
}

func TestSubmittingNeedsTheColumn(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "新闻", "city/xwdt")
		branch := actor.Scope{Owners: []int64{w.city}, Branches: []int64{w.Columns["city/tzgg"]}}
		w.refused("from another branch", fault.Forbidden, "栏目", func() error {
			_, err := w.desk.SubmitItem(w.limited("8", branch, editorial.Submit),
				editorial.Submission{Seen: w.Seen(id)[0]})
			return err
		})
		branch.Branches = []int64{w.Columns["city/xwdt"]}
		if _, err := w.desk.SubmitItem(w.limited("8", branch, editorial.Submit),
			editorial.Submission{Seen: w.Seen(id)[0]}); err != nil {
			t.Errorf("from the own branch: %v", err)
		}
		w.flow(0)
		live := w.One("public")
		w.flow(0, twoSteps()...)
		w.refused("what has no draft", fault.Conflict, "没有待发布", func() error {
			_, err := w.desk.SubmitItem(w.writer("1"), editorial.Submission{Seen: w.Seen(live)[0]})
			return err
		})
	})
}
