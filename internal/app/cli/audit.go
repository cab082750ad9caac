package cli

import (
	"context"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/store"
)

func (c *cli) audit() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "审计记录：谁在什么时候做了什么；核对记录没有被改动"}
	cmd.AddCommand(c.auditList(), c.auditVerify())
	return cmd
}

func (c *cli) auditList() *cobra.Command {
	var siteCode string
	f := audit.Filter{}
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "列出审计记录，最新的在前",
		Example: example("guiyi audit list --site qinghe", "guiyi audit list --item 3051"),
		Args:    args(0, ""),
	}
	cmd.Flags().StringVar(&siteCode, "site", "", "站点")
	cmd.Flags().Int64Var(&f.ID, "item", 0, "只看这条信息")
	cmd.Flags().Int64Var(&f.Before, "before", 0, "从这个编号之前继续")
	cmd.Flags().Int64Var(&f.Limit, "limit", 50, "最多几条")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
		if f.Limit < 1 || f.Limit > 1000 {
			return &usageError{fmt.Errorf("--limit 应在 1 到 1000 之间")}
		}
		if siteCode != "" {
			s, err := p.Sites.ByCode(ctx, siteCode)
			if err != nil {
				return err
			}
			f.Owner = s.ID
		}
		if f.ID != 0 {
			f.Object = "item"
		}
		rows, err := audit.List(ctx, p.DB.Read(), f)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		for _, r := range rows {
			fmt.Fprintf(w, "%d\t%s\t%s:%s\t%s\t%s %d\t%s\n", r.ID, store.FromMilli(r.At).Format("2006-01-02 15:04:05"),
				r.Kind, r.Actor, r.Action, r.Object, r.Number, r.Detail)
		}
		return w.Flush()
	})
	return cmd
}

func (c *cli) auditVerify() *cobra.Command {
	return &cobra.Command{
		Use:     "verify",
		Short:   "核对全部审计记录：被改动、删除、插入的逐条列出",
		Example: example("guiyi audit verify"),
		Args:    args(0, ""),
		RunE: c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
			rep, err := p.Audit.Verify(ctx)
			if err != nil {
				return err
			}
			for _, f := range rep.Faults {
				fmt.Fprintln(c.out, f)
			}
			for _, n := range rep.Notices {
				fmt.Fprintln(c.out, "请核实："+n)
			}
			if rep.Since != 0 {
				fmt.Fprintf(c.out, "记录自 %s 起，任何一条都不会被系统删除；依法至少留存 %d 天\n",
					store.FromMilli(rep.Since).Format(time.DateOnly), rep.KeepDays)
			}
			fmt.Fprintf(c.out, "核对 %d 条，%d 处有问题；另有 %d 条刚写入，还没有封记\n", rep.Sealed, rep.Broken, rep.Unsealed)
			if rep.Broken > 0 {
				return errFound
			}
			return nil
		}),
	}
}
