package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/rule"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/yamlfile"
	"guiyi/internal/site"
)

func (c *cli) apply() *cobra.Command {
	var dryRun, noWait bool
	cmd := &cobra.Command{
		Use:   "apply DIR",
		Short: "按文件夹里的声明建立或更新站点和栏目",
		Example: example(
			"guiyi apply sites --dry-run",
			"guiyi apply sites"),
		Args: args(1, "DIR"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			dir, err := yamlfile.OpenFolder(args[0])
			if err != nil {
				return err
			}
			defer dir.Close()
			decls, err := site.ReadDeclarations(dir)
			if err != nil {
				return err
			}
			rules, err := readRules(dir)
			if err != nil {
				return err
			}
			plan, err := p.SiteDesk.Plan(ctx, decls, dir)
			if err != nil {
				return err
			}
			c.showPlan(plan)
			if plan.HasError() {
				return fault.New(fault.Invalid, "声明没有通过检查，未作任何改动")
			}
			if dryRun {
				return nil
			}
			if err := p.SiteDesk.OverrideRules(ctx, rules); err != nil {
				return err
			}
			if plan.Empty() {
				return nil
			}
			if _, err := p.SiteDesk.Apply(ctx, decls, dir); err != nil {
				return err
			}
			fmt.Fprintln(c.out, "已应用")
			if noWait {
				return nil
			}
			return p.Drain(ctx)
		}),
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "只显示会做什么")
	cmd.Flags().BoolVar(&noWait, "no-publish", false, "不等发布，留给运行中的平台")
	return cmd
}

func (c *cli) showPlan(p *site.Plan) {
	for code, fs := range p.Findings {
		for _, f := range fs {
			mark := map[rule.Level]string{rule.Error: "错误", rule.Warn: "提醒"}[f.Level]
			fmt.Fprintf(c.out, "%s %s %s：%s\n", mark, code, f.Field, f.Text)
			if f.Code == "site.state" {
				fmt.Fprintf(c.out, "  变更状态用 guiyi site state %s 状态 --reason 原因\n", code)
			}
		}
	}
	for _, s := range p.Steps {
		fmt.Fprintln(c.out, s)
	}
	if p.Empty() {
		fmt.Fprintln(c.out, "没有变化")
	}
}

// readRules reads rule rows from rules/*.yaml in the folder of the declarations.
func readRules(dir fs.FS) ([]rule.Row, error) {
	names, err := fs.Glob(dir, "rules/*.yaml")
	if err != nil {
		return nil, err
	}
	var all []rule.Row
	for _, name := range names {
		text, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, fault.Wrap(fault.KindOf(err), err, "%s：%s", name, fault.Text(err))
		}
		rows, err := rule.Parse(text)
		if err != nil {
			return nil, fault.Wrap(fault.KindOf(err), err, "%s：%s", name, fault.Text(err))
		}
		all = append(all, rows...)
	}
	return all, nil
}

func (c *cli) site() *cobra.Command {
	cmd := &cobra.Command{Use: "site", Short: "站点：列表、栏目、状态"}
	cmd.AddCommand(c.siteList(), c.siteShow(), c.siteState())
	return cmd
}

func (c *cli) siteList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "列出站点",
		Example: example("guiyi site list"),
		Args:    args(0, ""),
		RunE: c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
			sites, err := p.Sites.Sites(ctx)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "代码\t状态\t版本\t待发布\t域名\t名称")
			for _, s := range sites {
				st, err := p.Publisher.Status(ctx, s.ID)
				if err != nil {
					return err
				}
				revision := fmt.Sprint(st.Head.Revision)
				if st.Pinned != 0 {
					revision += fmt.Sprintf("（回退到 %d）", st.Pinned)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\n", s.Code, s.State, revision, st.Waiting, s.MainDomain(),
					s.Name)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			alarms, err := p.Sites.Alarms(ctx, time.Now())
			for _, a := range alarms {
				fmt.Fprintf(c.err, "注意：%s 已临时下线 %d 天，期限 %d 天\n", a.Site.Code, a.Days, a.Limit)
			}
			return err
		}),
	}
}

func (c *cli) siteShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show SITE",
		Short:   "显示网站档案和栏目树",
		Example: example("guiyi site show qinghe"),
		Args:    args(1, "SITE"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			s, err := siteOf(ctx, p, args[0])
			if err != nil {
				return err
			}
			tree, err := p.Sites.Columns(ctx, s.ID)
			if err != nil {
				return err
			}
			dossier, err := json.MarshalIndent(s.Dossier, "", "  ")
			if err != nil {
				return err
			}
			fmt.Fprintf(c.out, "%s %s（%s）\n%s\n\n", s.Code, s.Name, s.State, dossier)
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			var show func(parent int64, depth int) error
			show = func(parent int64, depth int) error {
				for _, col := range tree.Children(parent) {
					n, err := p.Published.Count(ctx, col.ID)
					if err != nil {
						return err
					}
					fmt.Fprintf(w, "%s%s\t%s\t%s\t%d\n", strings.Repeat("  ", depth), col.Name, col.Path, col.Kind, n)
					if err := show(col.ID, depth+1); err != nil {
						return err
					}
				}
				return nil
			}
			if err := show(0, 0); err != nil {
				return err
			}
			return w.Flush()
		}),
	}
}

func (c *cli) siteState() *cobra.Command {
	var change site.StateChange
	var restore string
	cmd := &cobra.Command{
		Use:   "state SITE STATE",
		Short: "变更网站状态（running、offline、closing、closed…）",
		Example: example(
			"guiyi site state rsj offline --reason 机房搬迁 --restore '2026-12-01 08:00'",
			"guiyi site state rsj running --reason 搬迁完成"),
		Args: args(2, "SITE STATE"),
	}
	cmd.Flags().StringVar(&change.Reason, "reason", "", "原因（必填）")
	cmd.Flags().StringVar(&change.Approval, "approval", "", "批准文号")
	cmd.Flags().StringVar(&change.NoticeURL, "notice", "", "公告地址（永久下线必填）")
	cmd.Flags().StringVar(&restore, "restore", "", "计划恢复时间，如 2026-12-01 08:00（临时下线）")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		change.To, change.AppliedBy = site.State(args[1]), "cli"
		if restore != "" {
			t, err := parseMoment(restore)
			if err != nil {
				return err
			}
			change.PlannedRestoreAt = t
		}
		if err := p.SiteDesk.ChangeState(ctx, args[0], change); err != nil {
			return err
		}
		return p.Drain(ctx)
	})
	return cmd
}

// parseMoment parses a time such as "2026-12-01 08:00" or "2026-12-01" in Asia/Shanghai. It returns unix ms.
func parseMoment(s string) (int64, error) {
	for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, store.Shanghai()); err == nil {
			return t.UnixMilli(), nil
		}
	}
	return 0, fault.New(fault.Invalid, "时间 %q 看不懂，应如 2026-12-01 08:00", s)
}
