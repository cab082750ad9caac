package cli

import (
	"maps"
	"strconv"
	"strings"
	"testing"
	"time"

	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/resource"
)

// The review of a text on the command line: another officer writes and takes the first step, the person at the command
// line takes the last one, and the text is public with its whole history.
func TestReviewOnTheCommandLine(t *testing.T) {
	eachActed(t, func(t *testing.T, w *acted) {
		must := func(args ...string) string {
			t.Helper()
			status, out, errs := w.run(args...)
			if status != 0 {
				t.Fatalf("%v: %d %s", args, status, errs)
			}
			return out
		}
		refused := func(says string, args ...string) {
			t.Helper()
			if status, out, errs := w.run(args...); status == 0 || !strings.Contains(errs, says) {
				t.Errorf("%v: %d %s %s, want %q", args, status, out, errs, says)
			}
		}
		must("apply", w.dir+"/sites")
		if out := must("flow", "show", "test"); !strings.Contains(out, "没有设定审核流程") {
			t.Errorf("no flow: %s", out)
		}
		must("flow", "set", "test", "--step", "初审:review", "--step", "终审:review")
		must("flow", "set", "test", "--column", "b", "--step", "一审:review:rsj:30")
		if out := must("flow", "show", "test"); !strings.Contains(out, "整个站点  初审:review → 终审:review\n") ||
			!strings.Contains(out, "b  一审:review:rsj:30\n") {
			t.Errorf("flows: %s", out)
		}
		refused("栏目", "flow", "set", "test", "--remove")
		refused("看不懂", "flow", "set", "test", "--step", "初审")
		refused("--remove", "flow", "set", "test")
		refused("种类", "flow", "set", "test", "--step", "初审:vote")
		refused("没有栏目", "flow", "set", "test", "--column", "none", "--step", "初审:review")
		must("flow", "set", "test", "--column", "b", "--remove")

		task := w.underReview("供热提前启动")
		if out := must("task", "list", "--view", "todo"); !strings.Contains(out, "第 1/2 步 初审") {
			t.Errorf("to do: %s", out)
		}
		if out := must("task", "list", "--view", "mine"); out != "" {
			t.Errorf("mine: %s", out)
		}
		refused("--view", "task", "list", "--view", "none")
		refused("没有编号为 42", "task", "show", "42")
		id, err := strconv.ParseInt(task, 10, 64)
		w.must(err)
		other := actor.With(t.Context(), actor.Actor{Kind: actor.Officer, ID: "88", Scope: actor.Scope{All: true},
			Permissions: []actor.Permission{editorial.Read, editorial.Review}})
		desk := &editorial.Desk{DB: w.db, Items: resource.NewDesk(w.db, jobs.New(w.db, jobs.Options{}), nil, time.Now),
			Library: resource.NewLibrary(w.db), Now: time.Now}
		_, err = desk.Approve(other, editorial.TaskSeen{Task: id, Version: 1}, "核对过日期", "日期")
		w.must(err)
		item := w.item("供热提前启动")
		refused("送审", "item", "release", item)
		if out := must("task", "approve", task, "--note", "同意"); !strings.Contains(out, "已全部通过") {
			t.Errorf("approved: %s", out)
		}
		if out := must("item", "list", "--state", "live"); !strings.Contains(out, "供热提前启动") {
			t.Errorf("live: %s", out)
		}
		out := must("item", "history", item, "--sentences")
		for _, want := range []string{"第 1 稿", "officer:77", "已全部通过  经过、内容和审计记录一致", "officer:88  初审  通过  核对过日期  日期",
			"终审  通过  同意", "第 1 稿的各句", "正文。"} {
			if !strings.Contains(out, want) {
				t.Errorf("the history lacks %q:\n%s", want, out)
			}
		}
		if out := must("task", "list", "--view", "done"); !strings.Contains(out, "供热提前启动") {
			t.Errorf("done: %s", out)
		}
		// A revision of what is public is reviewed again; until then the public sees the old one.
		must("item", "revise", item, "--title", "供热推迟")
		refused("送审", "item", "revise", item, "--title", "供热又推迟", "--release")
		if out := must("item", "submit", item, "--at", "2099-12-01 09:00", "--note", "请快审"); !strings.Contains(out,
			"第 1/2 步 初审") {
			t.Errorf("submitted: %s", out)
		}
		refused("由别人审核", "task", "approve", w.taskOf(item))
		refused("已经送审", "item", "submit", item)
		if out := must("task", "recall", w.taskOf(item)); !strings.Contains(out, "已撤回") {
			t.Errorf("recalled: %s", out)
		}
		if out := must("audit", "verify"); !strings.Contains(out, "完整") && strings.Contains(out, "不符") {
			t.Errorf("audit: %s", out)
		}
	})
}

// taskOf is the newest task of an item.
func (w *acted) taskOf(item string) string {
	w.t.Helper()
	_, out, errs := w.run("task", "list", "--item", item, "--limit", "1")
	id, _, ok := strings.Cut(out, " ")
	if !ok {
		w.t.Fatalf("no task of %s: %s %s", item, out, errs)
	}
	return id
}

// What is wrong with a command on reviews is said in Chinese, with what to do; nothing is changed.
func TestWrongCallsOfReviews(t *testing.T) {
	eachActed(t, func(t *testing.T, w *acted) {
		if status, _, errs := w.run("apply", w.dir+"/sites"); status != 0 {
			t.Fatal(errs)
		}
		if status, _, errs := w.run("flow", "set", "test", "--step", "初审:review", "--step", "终审:review"); status != 0 {
			t.Fatal(errs)
		}
		task := w.underReview("要审的稿件")
		before, _ := w.state()
		for _, c := range []struct {
			args   []string
			status int
			says   string
		}{
			{[]string{"flow", "show"}, 2, "用法"},
			{[]string{"flow", "show", "none"}, 1, "guiyi site list"},
			{[]string{"flow", "set", "none", "--remove"}, 1, "guiyi site list"},
			{[]string{"flow", "set", "test", "--step", "a:review", "--remove"}, 2, "--remove"},
			{[]string{"flow", "set", "test", "--step", ":review"}, 1, "第 1 步的名称"},
			{[]string{"flow", "set", "test", "--step", "a:review", "--step", "b:vote"}, 1, "第 2 步的种类"},
			{[]string{"flow", "set", "test", "--step", "a:review:x+x"}, 1, "会签部门"},
			{[]string{"flow", "set", "test", "--step", "a:review::-5"}, 1, "期限"},
			{[]string{"flow", "set", "test", "--step", "a:review::soon"}, 2, "分钟"},
			{[]string{"flow", "set", "test", "--column", "none", "--remove"}, 1, "没有栏目"},
			{[]string{"flow", "set", "test", "--column", "a", "--remove"}, 1, "不需要取消"},
			{[]string{"item", "submit"}, 2, "用法"},
			{[]string{"item", "submit", "x"}, 2, "数字"},
			{[]string{"item", "submit", "42"}, 1, "没有编号"},
			{[]string{"item", "submit", "42", "--at", "2020-01-01 09:00"}, 2, "已经过去"},
			{[]string{"task", "list", "--view", "x"}, 2, "--view"},
			{[]string{"task", "list", "--site", "none"}, 1, "guiyi site list"},
			{[]string{"task", "show", "x"}, 2, "数字"},
			{[]string{"task", "show", "42"}, 1, "没有编号为 42"},
			{[]string{"task", "claim"}, 2, "用法"},
			{[]string{"task", "claim", "42"}, 1, "没有编号为 42"},
			{[]string{"task", "unclaim", task}, 1, "没有认领"},
			{[]string{"task", "approve", "42"}, 1, "没有编号为 42"},
			{[]string{"task", "approve", task, "--note", strings.Repeat("长", 1001)}, 1, "1000 字"},
			{[]string{"task", "return", task}, 1, "退回的原因"},
			{[]string{"task", "return", task, "--reason", " "}, 1, "退回的原因"},
			{[]string{"task", "transfer", task}, 2, "用法"},
			{[]string{"task", "transfer", task, "nobody"}, 1, "没有账户"},
			{[]string{"task", "recall", "42"}, 1, "没有编号为 42"},
			{[]string{"task", "urge", "42"}, 1, "没有编号为 42"},
			{[]string{"item", "history", "42"}, 0, ""},
		} {
			status, out, errs := w.run(c.args...)
			if status != c.status || !strings.Contains(errs, c.says) || status != 0 && !han(errs) {
				t.Errorf("%v: %d %s %s, want %d %q", c.args, status, out, errs, c.status, c.says)
			}
		}
		if after, _ := w.state(); !maps.Equal(before, after) {
			t.Error("a wrong call changed something")
		}
	})
}

// The state of a task in words, for every state and step.
func TestTaskState(t *testing.T) {
	t.Parallel()
	steps := []editorial.Step{{Name: "会签"}, {Name: "终审"}}
	for want, task := range map[string]editorial.Task{
		"已全部通过":      {State: editorial.Approved},
		"已退回":        {State: editorial.Returned},
		"已撤回":        {State: editorial.Recalled},
		"第 2/2 步 终审": {State: editorial.Open, Steps: steps, Step: 2, Waits: []editorial.Wait{{}}},
		"第 2/2 步 终审，officer:3 已认领": {State: editorial.Open, Steps: steps, Step: 2,
			Waits: []editorial.Wait{{ClaimedBy: "officer:3"}}},
		"第 1/2 步 会签，待 czj 会签，officer:4 已认领": {State: editorial.Open, Steps: steps, Step: 1,
			Waits: []editorial.Wait{{Unit: "czj"}, {Unit: "rsj", ClaimedBy: "officer:4"}}},
		"第 1/2 步 会签，稿件已变动，须重新送审": {State: editorial.Open, Steps: steps, Step: 1, Stale: true},
	} {
		if got := taskState(&task); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
