package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish/repair"
)

func (c *cli) repair() *cobra.Command {
	var sites []string
	var dry, asJSON bool
	cmd := &cobra.Command{
		Use:   "repair",
		Short: "修复受损的页面和文件：散列相同才算修好，受损的内容另外留存",
		Long: "核对存储中的每个页面、清单节点和文件，受损的按内容库重做：散列相同时原样写回，公开的版本不变；\n" +
			"清单节点丢失或页面已不能原样重做时，生成并签署新的一版。没有别的副本的图片、附件和原件逐个列出。\n" +
			"受损的内容留存在 data-dir 的 damaged 目录。平台运行时也可以执行，可以重复执行。",
		Example: example("guiyi repair --dry-run", "guiyi repair --site qinghe", "guiyi repair --json"),
		Args:    args(0, ""),
		RunE: c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
			all, err := sitesOf(ctx, p, sites)
			if err != nil {
				return err
			}
			bad := false
			show := func(rep repair.Report) error {
				bad = bad || !rep.OK()
				if asJSON {
					return json.NewEncoder(c.out).Encode(rep)
				}
				c.showRepair(rep)
				return nil
			}
			for _, s := range all {
				rep, err := p.Repairer.Site(ctx, s.ID, dry)
				if ctx.Err() != nil {
					return err
				}
				if err != nil { // continue with the other sites
					bad = true
					fmt.Fprintf(c.err, "guiyi: %s 没有修复：%s\n", s.Code, fault.Text(store.Explain(err)))
					continue
				}
				if rep.Site == "" { // never published
					continue
				}
				if err := show(rep); err != nil {
					return err
				}
			}
			if len(sites) == 0 {
				rep, err := p.Repairer.Files(ctx, dry)
				if err != nil {
					return err
				}
				if err := show(rep); err != nil {
					return err
				}
			}
			if bad {
				return errFound
			}
			return nil
		}),
	}
	cmd.Flags().StringSliceVar(&sites, "site", nil, "只修复这些站点；不给出时修复全部站点和全部文件")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "只说明受损的是什么、能不能修复")
	cmd.Flags().BoolVar(&asJSON, "json", false, "输出 JSON，每个站点一行")
	return cmd
}

func (c *cli) showRepair(r repair.Report) {
	what := "库内文件"
	if r.Site != "" {
		what = fmt.Sprintf("%s 第 %d 版", r.Site, r.Revision)
	}
	fmt.Fprintf(c.out, "%s：核对 %d 处，", what, r.Checked)
	switch {
	case r.Refused != "":
		fmt.Fprintln(c.out, "没有修复："+r.Refused)
	case r.Damaged == 0:
		fmt.Fprintln(c.out, "完好")
	case r.Dry:
		fmt.Fprintf(c.out, "受损 %d 处，其中 %d 处可按原散列修复，其余将由内容库重新生成；没有改动\n", r.Damaged, r.Repaired)
	default:
		fmt.Fprintf(c.out, "受损 %d 处，按原散列修复 %d 处", r.Damaged, r.Repaired)
		if r.Replaced > 0 {
			fmt.Fprintf(c.out, "，其余由内容库重新生成，成为第 %d 版", r.Replaced)
		}
		fmt.Fprintln(c.out)
	}
	for _, l := range r.Lost {
		fmt.Fprintf(c.out, "  未能修复 %s %s\n", strings.TrimSpace(l.Path+" "+l.Object), l.Advice)
		for _, item := range l.Items {
			fmt.Fprintf(c.out, "    用到它的信息：%s\n", item)
		}
	}
	if r.Evidence != "" {
		fmt.Fprintf(c.out, "  受损的内容留存在 %s\n", r.Evidence)
	}
}
