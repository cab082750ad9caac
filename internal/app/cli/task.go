package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/editorial"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource/compare"
)

func (c *cli) task() *cobra.Command {
	cmd := &cobra.Command{Use: "task", Short: "审核任务：列表、查看、认领、通过、退回、转交、撤回、催办"}
	cmd.AddCommand(c.taskList(), c.taskShow(), c.taskApprove(), c.taskReturn(), c.taskTransfer(), c.taskUrge())
	for use, do := range map[string]struct {
		short string
		run   func(*editorial.Desk, context.Context, editorial.TaskSeen) (*editorial.Task, error)
	}{
		"claim":   {"认领当前一步", (*editorial.Desk).Claim},
		"unclaim": {"放回自己认领的一步", (*editorial.Desk).Unclaim},
		"recall":  {"撤回送审", (*editorial.Desk).Recall},
	} {
		cmd.AddCommand(&cobra.Command{
			Use:     use + " TASK",
			Short:   do.short,
			Example: example("guiyi task " + use + " 9051"),
			Args:    args(1, "TASK"),
			RunE: c.onTask(func(ctx context.Context, p *app.Platform, seen editorial.TaskSeen,
				_ []string) (*editorial.Task, error) {
				return do.run(p.Editorial, ctx, seen)
			}),
		})
	}
	return cmd
}

// onTask is a command on the task that its first argument names, as it stands now.
func (c *cli) onTask(do func(ctx context.Context, p *app.Platform, seen editorial.TaskSeen,
	args []string) (*editorial.Task, error)) func(*cobra.Command, []string) error {
	return c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		ids, err := parseIDs(args[:1])
		if err != nil {
			return err
		}
		now, _, err := p.Editorial.Task(ctx, ids[0])
		if err != nil {
			return err
		}
		t, err := do(ctx, p, editorial.TaskSeen{Task: now.ID, Version: now.Version}, args[1:])
		if err != nil {
			return err
		}
		fmt.Fprintln(c.out, taskState(t))
		return p.Drain(ctx)
	})
}

func taskState(t *editorial.Task) string {
	switch t.State {
	case editorial.Approved:
		return "已全部通过"
	case editorial.Returned:
		return "已退回"
	case editorial.Recalled:
		return "已撤回"
	}
	out := fmt.Sprintf("第 %d/%d 步 %s", t.Step, len(t.Steps), t.Current().Name)
	for _, w := range t.Waits {
		switch {
		case w.ClaimedBy != "":
			out += "，" + w.ClaimedBy + " 已认领"
		case w.Unit != "":
			out += "，待 " + w.Unit + " 会签"
		}
	}
	if t.Stale {
		out += "，稿件已变动，须重新送审"
	}
	return out
}

func (c *cli) taskList() *cobra.Command {
	var view, siteCode string
	var f editorial.Filter
	cmd := &cobra.Command{
		Use:   "list",
		Short: "列出审核任务",
		Example: example(
			"guiyi task list --site qinghe",
			"guiyi task list --item 3051"),
		Args: args(0, ""),
	}
	cmd.Flags().StringVar(&view, "view", "", "todo 待我处理、mine 我送审的、returned 退回给我的、done 我审过的；不写为全部")
	cmd.Flags().StringVar(&siteCode, "site", "", "站点")
	cmd.Flags().Int64Var(&f.Item, "item", 0, "信息编号")
	cmd.Flags().Int64Var(&f.After, "after", 0, "从这个编号之后继续")
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "最多几条")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
		f.View = editorial.View(view)
		switch f.View {
		case editorial.All, editorial.ToDo, editorial.Mine, editorial.ToRevise, editorial.DoneByMe:
		default:
			return &usageError{fmt.Errorf("--view 只能是 todo、mine、returned 或 done")}
		}
		if siteCode != "" {
			s, err := siteOf(ctx, p, siteCode)
			if err != nil {
				return err
			}
			f.Owner = s.ID
		}
		if f.View == editorial.ToDo { // what the same person could claim
			ctx = actor.With(ctx, runner("guiyi task claim"))
		}
		all, err := p.Editorial.Tasks(ctx, f)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		for i := range all {
			t := &all[i]
			fmt.Fprintf(w, "%d\t%d\t%s\t%s\t%s\t%s\n", t.ID, t.Item, store.FromMilli(t.SubmittedAt).Format("2006-01-02 15:04"),
				t.SubmittedBy, taskState(t), t.Title)
		}
		return w.Flush()
	})
	return cmd
}

func (c *cli) taskShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show TASK",
		Short:   "一项审核的经过，和稿件与公开版本的逐句对照",
		Example: example("guiyi task show 9051"),
		Args:    args(1, "TASK"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			ids, err := parseIDs(args)
			if err != nil {
				return err
			}
			t, acts, err := p.Editorial.Task(ctx, ids[0])
			if err != nil {
				return err
			}
			fmt.Fprintf(c.out, "%s\n信息 %d，%s\n", t.Title, t.Item, taskState(t))
			for _, a := range acts {
				c.act(a, t.Steps)
			}
			changes, err := p.Editorial.Changes(ctx, t)
			if err != nil {
				return err
			}
			marks := map[compare.Kind]string{compare.Same: " ", compare.Added: "+", compare.Removed: "-"}
			for _, ch := range changes {
				fmt.Fprintf(c.out, "%s %s %s\n", marks[ch.Kind], ch.Field, ch.Text)
			}
			return nil
		}),
	}
}

// act prints what a person did in a review.
func (c *cli) act(a editorial.Act, steps []editorial.Step) {
	step := ""
	if a.Step >= 1 && a.Step <= len(steps) {
		step = steps[a.Step-1].Name
	}
	at := store.FromMilli(a.At).Format("2006-01-02 15:04:05")
	line := fmt.Sprintf("  %s  %s  %s  %s", at, a.Who, step, a.Kind.Name())
	for _, more := range []string{a.Unit, a.Note, strings.Join(a.Ticks, "、")} {
		if more != "" {
			line += "  " + more
		}
	}
	fmt.Fprintln(c.out, line+"  所见 "+a.Hash[:min(12, len(a.Hash))])
}

func (c *cli) taskApprove() *cobra.Command {
	var note string
	var ticks []string
	cmd := &cobra.Command{
		Use:     "approve TASK",
		Short:   "通过当前一步；最后一步通过后发布",
		Example: example("guiyi task approve 9051 --note 同意 --tick 标题 --tick 日期"),
		Args:    args(1, "TASK"),
	}
	cmd.Flags().StringVar(&note, "note", "", "意见")
	cmd.Flags().StringArrayVar(&ticks, "tick", nil, "逐项核对过的要点，可多次")
	cmd.RunE = c.onTask(func(ctx context.Context, p *app.Platform, seen editorial.TaskSeen,
		_ []string) (*editorial.Task, error) {
		return p.Editorial.Approve(ctx, seen, note, ticks...)
	})
	return cmd
}

func (c *cli) taskReturn() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use:     "return TASK --reason 原因",
		Short:   "退回作者修改",
		Example: example("guiyi task return 9051 --reason 落款日期有误"),
		Args:    args(1, "TASK"),
	}
	cmd.Flags().StringVar(&reason, "reason", "", "原因（必填）")
	cmd.RunE = c.onTask(func(ctx context.Context, p *app.Platform, seen editorial.TaskSeen,
		_ []string) (*editorial.Task, error) {
		return p.Editorial.Return(ctx, seen, reason)
	})
	return cmd
}

func (c *cli) taskTransfer() *cobra.Command {
	var note string
	cmd := &cobra.Command{
		Use:     "transfer TASK ACCOUNT",
		Short:   "把当前一步转给另一位审核人",
		Example: example("guiyi task transfer 9051 wang --note 我出差"),
		Args:    args(2, "TASK ACCOUNT"),
	}
	cmd.Flags().StringVar(&note, "note", "", "说明")
	cmd.RunE = c.onTask(func(ctx context.Context, p *app.Platform, seen editorial.TaskSeen,
		args []string) (*editorial.Task, error) {
		to, err := p.People.ByAccount(ctx, args[0])
		if err != nil {
			return nil, err
		}
		return p.Editorial.Transfer(ctx, seen, strconv.FormatInt(to.ID, 10), note)
	})
	return cmd
}

func (c *cli) taskUrge() *cobra.Command {
	var note string
	cmd := &cobra.Command{
		Use:     "urge TASK",
		Short:   "催办",
		Example: example("guiyi task urge 9051 --note 今天要发"),
		Args:    args(1, "TASK"),
	}
	cmd.Flags().StringVar(&note, "note", "", "说明")
	cmd.RunE = c.onTask(func(ctx context.Context, p *app.Platform, seen editorial.TaskSeen,
		_ []string) (*editorial.Task, error) {
		return p.Editorial.Urge(ctx, seen, note)
	})
	return cmd
}

func (c *cli) itemSubmit() *cobra.Command {
	var note, at string
	cmd := &cobra.Command{
		Use:   "submit ITEM…",
		Short: "送审草稿；审核通过后自动发布，--at 定时",
		Example: example(
			"guiyi item submit 3051 --note 请今天审完",
			"guiyi item submit 3051 3052 --at '2099-12-01 09:00'"),
		Args: atLeastOne,
	}
	cmd.Flags().StringVar(&note, "note", "", "给审核人的话")
	cmd.Flags().StringVar(&at, "at", "", "通过后的发布时间，如 2026-12-01 09:00")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		ids, when, err := idsAt(args, at)
		if err != nil {
			return err
		}
		seen, err := p.Library.Current(ctx, ids...)
		if err != nil {
			return err
		}
		for _, s := range seen {
			t, err := p.Editorial.SubmitItem(ctx, editorial.Submission{Seen: s, Note: note, ReleaseAt: when})
			if err != nil {
				return err
			}
			fmt.Fprintf(c.out, "%d  %s  %s\n", t.ID, taskState(t), t.Title)
		}
		return nil
	})
	return cmd
}
