package editorial_test

import (
	"slices"
	"strings"
	"testing"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

func step(name string) editorial.Step { return editorial.Step{Name: name, Kind: editorial.ByReview} }

// A column has its own flow, else that of the nearest column above, else that of the site.
func TestFlowIsInherited(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		w.AddSite("city", "- { slug: ldhd, name: 领导活动, kind: channel, children: [{ slug: szhd, name: 市长活动 }] }")
		parent, child := w.Columns["city/ldhd"], w.Columns["city/ldhd/szhd"]
		steps := func(column string) (out []string) {
			t.Helper()
			task := w.submit("1", w.draft("1", "在 "+column, column))
			for _, s := range task.Steps {
				out = append(out, s.Name)
			}
			return out
		}
		want := func(what, column string, names ...string) {
			t.Helper()
			if got := steps(column); !slices.Equal(got, names) {
				t.Errorf("%s: %v, want %v", what, got, names)
			}
		}
		want("of the site", "city/ldhd/szhd", "初审", "终审")
		w.flow(parent, step("初审"), step("复审"), step("终审"))
		want("of the column above", "city/ldhd/szhd", "初审", "复审", "终审")
		want("of another column", "city/xwdt", "初审", "终审")
		w.flow(child, step("一审"))
		want("its own", "city/ldhd/szhd", "一审")
		old := w.submit("1", w.draft("1", "早送的", "city/ldhd/szhd"))
		w.flow(child)
		want("its own taken away", "city/ldhd/szhd", "初审", "复审", "终审")
		if _, err := w.approve(w.reviewer("2"), old.ID); err != nil || w.state(old.Item) != resource.Live {
			t.Errorf("an open task keeps its steps: %v, %s", err, w.state(old.Item))
		}
		if all, err := w.desk.Flows(w.admin(), w.city); err != nil || len(all) != 2 || all[0].Column != 0 {
			t.Errorf("flows %+v, %v", all, err)
		}
		w.refused("the site's while columns have theirs", fault.Conflict, "栏目", func() error {
			_, err := w.desk.SetFlow(w.admin(), editorial.Flow{Owner: w.city, Version: 1})
			return err
		})
	})
}

func TestSetFlow(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		county := w.Sites["county"]
		set := func(f editorial.Flow) func() error {
			return func() error { _, err := w.desk.SetFlow(w.admin(), f); return err }
		}
		many := slices.Repeat([]editorial.Step{step("审")}, 9)
		for what, c := range map[string]struct {
			steps []editorial.Step
			field string
		}{
			"too many":         {many, "steps"},
			"no name":          {[]editorial.Step{step(" ")}, "steps[0].name"},
			"a long name":      {[]editorial.Step{step("一审"), step(strings.Repeat("审", 41))}, "steps[1].name"},
			"an unknown kind":  {[]editorial.Step{{Name: "审", Kind: "vote"}}, "steps[0].kind"},
			"a negative time":  {[]editorial.Step{{Name: "审", Kind: editorial.ByReview, Minutes: -1}}, "steps[0].minutes"},
			"an endless time":  {[]editorial.Step{{Name: "审", Kind: editorial.ByReview, Minutes: 1 << 40}}, "steps[0].minutes"},
			"a unit twice":     {[]editorial.Step{{Name: "审", Kind: editorial.ByReview, Units: []string{"a", "a"}}}, "steps[0].units"},
			"a nameless unit":  {[]editorial.Step{{Name: "审", Kind: editorial.ByReview, Units: []string{""}}}, "steps[0].units"},
			"units, of spaces": {[]editorial.Step{{Name: "", Kind: "", Units: []string{"b"}}}, "steps[0].kind"},
		} {
			err := set(editorial.Flow{Owner: w.city, Version: 1, Steps: c.steps})()
			if !fault.Is(err, fault.Invalid) || fault.FieldsOf(err)[c.field] == "" {
				t.Errorf("%s: %v, fields %v", what, err, fault.FieldsOf(err))
			}
		}
		w.refused("a version that is old", fault.Conflict, "修改", set(editorial.Flow{Owner: w.city, Steps: twoSteps()}))
		w.refused("a column of another site", fault.NotFound, "栏目",
			set(editorial.Flow{Owner: w.city, Column: w.Columns["county/xwdt"], Steps: twoSteps()}))
		w.refused("another site", fault.Forbidden, "", set(editorial.Flow{Owner: county, Steps: twoSteps()}))
		chief := w.limited("91", actor.Scope{Owners: []int64{county}}, editorial.FlowWrite)
		w.refused("a column without a flow of the site", fault.Conflict, "整个站点", func() error {
			_, err := w.desk.SetFlow(chief, editorial.Flow{Owner: county, Column: w.Columns["county/xwdt"],
				Steps: twoSteps()})
			return err
		})
		w.refused("taking away what is not there", fault.Conflict, "不需要取消", func() error {
			_, err := w.desk.SetFlow(chief, editorial.Flow{Owner: county})
			return err
		})
		branch := w.limited("92", actor.Scope{Owners: []int64{w.city}, Branches: []int64{w.Columns["city/xwdt"]}},
			editorial.FlowWrite)
		for _, column := range []int64{0, w.Columns["city/tzgg"]} {
			w.refused("outside of the own branch", fault.Forbidden, "栏目", func() error {
				_, err := w.desk.SetFlow(branch, editorial.Flow{Owner: w.city, Column: column, Version: 1})
				return err
			})
		}
		if _, err := w.desk.SetFlow(branch, editorial.Flow{Owner: w.city, Column: w.Columns["city/xwdt"],
			Steps: twoSteps()}); err != nil {
			t.Errorf("in the own branch: %v", err)
		}
	})
}

// The first flow of a site closes it for releases without review, the last one taken away opens it, and both are
// in the audit.
func TestAFlowClosesTheSite(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		release := func() error { _, err := w.Release(w.All, 0, w.Seen(id)...); return err }
		w.refused("a release with a flow", fault.Conflict, "送审", release)
		w.flow(0)
		w.refused("submitting without a flow", fault.Conflict, "直接发布", func() error {
			_, err := w.desk.SubmitItem(w.writer("1"), editorial.Submission{Seen: w.Seen(id)[0]})
			return err
		})
		w.must(release())
		w.flow(0, twoSteps()...)
		var rows []audit.Row
		w.must(w.DB.Read().NewSelect().Model(&rows).Where("object = 'flow'").Order("id").Scan(w.All))
		if len(rows) != 3 || !strings.Contains(rows[0].Detail, "初审（审核） → 终审（审核）") ||
			!strings.Contains(rows[1].Detail, "取消") || rows[0].Owner != w.city || rows[0].Actor != "90" {
			t.Errorf("audit %+v", rows)
		}
	})
}
