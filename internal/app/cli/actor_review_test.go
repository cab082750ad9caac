package cli

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/resource"
	"guiyi/internal/site"
)

// underReview is a task about a draft that another officer has written and submitted.
func (w *acted) underReview(title string) string {
	w.t.Helper()
	ctx := actor.With(w.t.Context(), actor.Actor{Kind: actor.Officer, ID: "77", Scope: actor.Scope{All: true},
		Permissions: []actor.Permission{resource.Write, editorial.Submit}})
	items := resource.NewDesk(w.db, jobs.New(w.db, jobs.Options{}), nil, time.Now)
	desk := &editorial.Desk{DB: w.db, Items: items, Library: resource.NewLibrary(w.db), Now: time.Now}
	sites := site.NewRegister(w.db)
	s, err := sites.ByCode(ctx, "test")
	w.must(err)
	tree, err := sites.Columns(ctx, s.ID)
	w.must(err)
	in := resource.Incoming{Owner: s.ID, Class: resource.Article,
		Places: []resource.Place{resource.PlaceIn(s.ID, tree.Path("a"))}}
	in.Edition.Title, in.Edition.Source = title, "市住建局"
	in.Edition.Body, in.Edition.Text = "<p>正文。</p>", "正文。"
	it, _, err := items.Draft(ctx, in)
	w.must(err)
	task, err := desk.SubmitItem(ctx, editorial.Submission{Seen: resource.Seen{Item: it.ID, Version: it.Version}})
	w.must(err)
	return fmt.Sprint(task.ID)
}

// reviews runs every command on reviews, as it is refused and as it is done.
func (w *acted) reviews(step func(ok bool, args ...string) string, item string) {
	w.t.Helper()
	const do, refuse = true, false
	step(refuse, "item", "submit", item) // no flow
	step(refuse, "flow", "set", "test", "--column", "a", "--step", "初审:review")
	step(do, "flow", "set", "test", "--step", "初审:review", "--step", "终审:review::60")
	if out := step(do, "flow", "show", "test"); !strings.Contains(out, "初审:review → 终审:review::60") {
		w.t.Errorf("flow show: %s", out)
	}
	step(refuse, "item", "release", item)
	step(do, "item", "revise", item, "--title", "要审的标题")
	first := regexp.MustCompile(`^\d+`)
	own := first.FindString(step(do, "item", "submit", item))
	step(refuse, "item", "submit", item)
	step(refuse, "task", "approve", own) // one's own text
	step(do, "task", "urge", own, "--note", "今天要发")
	step(do, "task", "recall", own)
	step(refuse, "task", "recall", own)
	step(refuse, "task", "urge", own)

	other := w.underReview("别人的稿件")
	step(refuse, "task", "unclaim", other)
	step(do, "task", "claim", other)
	step(refuse, "task", "claim", other)
	step(do, "task", "unclaim", other)
	if out := step(do, "task", "approve", other, "--tick", "日期"); !strings.Contains(out, "第 2/2 步 终审") {
		w.t.Errorf("approve: %s", out)
	}
	step(refuse, "task", "approve", other) // two steps by one
	if out := step(do, "task", "show", other); !strings.Contains(out, "通过  日期") ||
		!strings.Contains(out, "+ 标题 别人的稿件") {
		w.t.Errorf("show: %s", out)
	}
	back := w.underReview("要退的稿件")
	step(refuse, "task", "return", back)
	step(do, "task", "return", back, "--reason", "落款有误")
	given := w.underReview("转交的稿件")
	step(refuse, "task", "transfer", given, "nobody")
	step(do, "task", "transfer", given, "wang")
	step(refuse, "task", "approve", given)
	if out := step(do, "task", "list", "--site", "test"); strings.Count(out, "\n") != 4 {
		w.t.Errorf("list: %s", out)
	}
	step(do, "flow", "set", "test", "--remove")
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"初审:review", "会签:review:rsj+czj:1440", "终审:review::60", "保密:secrecy:bmj"} {
		s, err := parseStep(text)
		if err != nil || stepText(s) != text {
			t.Errorf("%s: %+v, %v, again %s", text, s, err, stepText(s))
		}
	}
	for text, want := range map[string]editorial.Step{
		"初审:review": {
			Name: "初审",
			Kind: editorial.ByReview,
		},
		"会签:review:rsj+czj:1440": {
			Name:    "会签",
			Kind:    editorial.ByReview,
			Units:   []string{"rsj", "czj"},
			Minutes: 1440,
		},
		"保密:secrecy::60": {
			Name:    "保密",
			Kind:    editorial.BySecrecy,
			Minutes: 60,
		},
		"隐私:privacy:": {
			Name: "隐私",
			Kind: editorial.ByPrivacy,
		},
	} {
		if got, err := parseStep(text); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "初审", "a:b:c:d:e", "a:review::x"} {
		if _, err := parseStep(text); err == nil {
			t.Errorf("%q is a step", text)
		}
	}
}
