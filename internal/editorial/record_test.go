package editorial_test

import (
	"slices"
	"strings"
	"testing"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/resource"
	"guiyi/internal/resource/compare"
)

// What a reviewer saw is shown again at any time, whatever became of the item.
func TestChangesStayAsTheReviewerSawThem(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		first := w.submit("1", id)
		for _, who := range []string{"2", "3"} {
			_, err := w.approve(w.reviewer(who), first.ID)
			w.must(err)
		}
		_, err := w.Revise(w.writer("1"), w.Seen(id)[0], func(_ *resource.Item, e *resource.Edition) error {
			e.Body, e.Text = `<p>第一句。</p><p><a href="https://evil.example/">第二句。</a></p>`, "第一句。\n第二句。"
			e.Summary = "新摘要"
			return nil
		})
		w.must(err)
		task := w.submit("1", id)
		w.revise("1", id, "再改。")
		now, _ := w.task(task.ID)
		got, err := w.desk.Changes(w.reviewer("2"), now)
		w.must(err)
		for _, want := range []editorial.Change{
			{Field: "标题", Kind: compare.Same, Text: "通知"},
			{Field: "摘要", Kind: compare.Added, Text: "新摘要"},
			{Field: "正文", Kind: compare.Removed, Text: "正文通知"},
			{Field: "正文", Kind: compare.Added, Text: "第一句。"},
			{Field: "链接和图片", Kind: compare.Added, Text: "https://evil.example/"},
		} {
			if !slices.Contains(got, want) {
				t.Errorf("changes %+v lack %+v", got, want)
			}
		}
		for _, c := range got {
			if strings.Contains(c.Text, "再改") || c.Field == "来源" {
				t.Errorf("shows %+v", c)
			}
		}
		all, err := w.desk.Changes(w.reviewer("2"), first)
		w.must(err)
		for _, c := range all {
			if c.Kind != compare.Added {
				t.Errorf("the first edition, of which everything is new: %+v", c)
			}
		}
	})
}

// Each act has its audit row, with the person and the hash of what was seen, in the transaction of the act.
func TestActsAreInTheAudit(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		id := w.draft("1", "通知")
		task := w.submit("1", id)
		next, err := w.desk.Approve(w.reviewer("2"), seen(task), "日期已核对")
		w.must(err)
		_, err = w.desk.Approve(w.reviewer("3"), seen(next), "")
		w.must(err)
		var rows []audit.Row
		w.must(w.DB.Read().NewSelect().Model(&rows).Where("object = 'item' AND number = ?", id).Order("id").Scan(w.All))
		find := func(action, who, says string) bool {
			return slices.ContainsFunc(rows, func(r audit.Row) bool {
				return r.Action == action && r.Actor == who && r.Owner == w.city && strings.Contains(r.Detail, says)
			})
		}
		_, acts := w.task(task.ID)
		for _, c := range [][3]string{
			{"editorial.submit", "1", "送审，内容 " + acts[0].Hash},
			{"editorial.review", "2", "第 1 步（初审）：通过，内容 " + acts[1].Hash + "，日期已核对"},
			{"editorial.review", "3", "第 2 步（终审）：通过，内容 " + acts[2].Hash},
			{"item.approve", "3", "第 1 稿审核通过"},
			{"item.release", "3", "发布"},
		} {
			if !find(c[0], c[1], c[2]) {
				t.Errorf("no row %v in %+v", c, rows)
			}
		}
		got, err := w.Library.Approvals(w.as("8", resource.Read), id)
		if err != nil || len(got) != 1 || got[0].Task != task.ID || got[0].Hash != acts[2].Hash {
			t.Errorf("approvals %+v, %v", got, err)
		}
	})
}

func TestNotesAreBounded(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		task := w.submit("1", w.draft("1", "通知"))
		long := strings.Repeat("长", 1001)
		for what, do := range map[string]func() error{
			"opinion": func() error { _, err := w.desk.Approve(w.reviewer("2"), seen(task), long); return err },
			"tick":    func() error { _, err := w.desk.Approve(w.reviewer("2"), seen(task), "", long); return err },
			"ticks": func() error {
				_, err := w.desk.Approve(w.reviewer("2"), seen(task), "", slices.Repeat([]string{"x"}, 51)...)
				return err
			},
			"reason":   func() error { _, err := w.desk.Return(w.reviewer("2"), seen(task), long); return err },
			"handover": func() error { _, err := w.desk.Transfer(w.reviewer("2"), seen(task), "3", long); return err },
			"submit": func() error {
				_, err := w.desk.SubmitItem(w.writer("1"), editorial.Submission{Seen: w.Seen(task.Item)[0], Note: long})
				return err
			},
			"urge": func() error { _, err := w.desk.Urge(w.writer("1"), seen(task), long); return err },
		} {
			if err := do(); err == nil || !strings.Contains(err.Error(), "1000") {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}
