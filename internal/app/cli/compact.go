package cli

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/publish/retention"
)

func (c *cli) compact() *cobra.Command {
	var dry, asJSON, orphans bool
	cmd := &cobra.Command{
		Use: "compact [SITE…]", Short: "清理存储：移除不再保留的版本的页面（账本记录始终保留）",
		Long: "清理存储。keep.for 以内公开过的版本和最近 keep.revisions 版仍可回退；更早的版本只留账本中的签名记录。\n平台每天按 keep.schedule 自动清理，本命令立即清理。备份进行时不移除任何内容。",
		Example: example(
			"guiyi compact --dry-run",
			"guiyi compact qinghe",
			"guiyi compact --orphans"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			var ids []int64
			if len(args) > 0 {
				sites, err := sitesOf(ctx, p, args)
				if err != nil {
					return err
				}
				for _, s := range sites {
					ids = append(ids, s.ID)
				}
			}
			reports, err := p.Publisher.Compactor(p.RetentionPolicy()).Run(ctx, dry, ids...)
			for _, r := range reports {
				if asJSON {
					if err := json.NewEncoder(c.out).Encode(r); err != nil {
						return err
					}
					continue
				}
				c.showCompacted(r, dry)
			}
			if err != nil || !orphans {
				return err
			}
			swept, err := p.SweepOrphans(ctx, app.OrphanAge, dry)
			if err == nil {
				c.showSwept(swept, dry)
			}
			return err
		}),
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "只说明会清理什么")
	cmd.Flags().BoolVar(&orphans, "orphans", false, "再清理没有任何记录引用、且存放超过七天的文件（如导入被强行中断所留）；平台每周自动清理一次")
	cmd.Flags().BoolVar(&asJSON, "json", false, "输出 JSON")
	return cmd
}

func (c *cli) showCompacted(r retention.Report, dry bool) {
	fmt.Fprintf(c.out, "%s：第 %d 版，可回退到第 %d 版起；%d 个包共 %s", r.Site, r.Newest, r.Oldest, r.Packs, megabytes(r.Size))
	switch {
	case r.Held != "":
		fmt.Fprintf(c.out, "；正在复制存储内容（%s），没有移除，请稍后再试\n", r.Held)
		return
	case dry:
		fmt.Fprintf(c.out, "；将移除 %d 个，释放 %s", r.Removed, megabytes(r.Freed))
		if r.Emptied > 0 {
			fmt.Fprintf(c.out, "；将整理 %d 个旧包，搬移 %s", r.Emptied, megabytes(r.Moved))
		}
	default:
		fmt.Fprintf(c.out, "；已移除 %d 个，释放 %s", r.Removed, megabytes(r.Freed))
		if r.Repacked > 0 {
			fmt.Fprintf(c.out, "；整理了 %d 个旧包，成为第 %d 版，内容不变", r.Emptied, r.Repacked)
		}
	}
	fmt.Fprintln(c.out)
}

func (c *cli) showSwept(s app.Swept, dry bool) {
	switch {
	case s.Held != "":
		fmt.Fprintf(c.out, "正在复制存储内容（%s），没有清理无引用的文件，请稍后再试\n", s.Held)
	case dry:
		fmt.Fprintf(c.out, "文件 %d 个，其中无引用 %d 个共 %s，将清理\n", s.Objects, s.Orphans, megabytes(s.Size))
	default:
		fmt.Fprintf(c.out, "文件 %d 个，已清理无引用的 %d 个，释放 %s\n", s.Objects, s.Orphans, megabytes(s.Size))
	}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
