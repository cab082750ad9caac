package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/publish"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/site"
)

// siteOf returns a site by its code. Its error says how to list the codes.
func siteOf(ctx context.Context, p *app.Platform, code string) (*site.Site, error) {
	s, err := p.Sites.ByCode(ctx, code)
	return s, fault.Advise(err, fault.NotFound, "站点代码见 guiyi site list")
}

// sitesOf returns the sites with the given codes, or all sites if there are no codes.
func sitesOf(ctx context.Context, p *app.Platform, codes []string) ([]*site.Site, error) {
	if len(codes) == 0 {
		all, err := p.Sites.Sites(ctx)
		if err == nil && len(all) == 0 {
			err = fault.New(fault.NotFound, "还没有站点：先用 guiyi apply 文件夹 建立站点，或 guiyi serve --demo 看示范城市")
		}
		return all, err
	}
	var out []*site.Site
	for _, code := range codes {
		s, err := siteOf(ctx, p, code)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func (c *cli) publish() *cobra.Command {
	var full bool
	cmd := &cobra.Command{
		Use:   "publish [SITE…]",
		Short: "发布等待中的改动；--full 全部重新生成",
		Example: example(
			"guiyi publish",
			"guiyi publish qinghe --full"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			sites, err := sitesOf(ctx, p, args)
			if err != nil {
				return err
			}
			before := map[int64]int64{}
			for _, s := range sites {
				if before[s.ID], err = revision(ctx, p, s.ID); err != nil {
					return err
				}
			}
			if err := p.Drain(ctx); err != nil {
				return err
			}
			for _, s := range sites {
				build := p.Publisher.Build
				if full {
					build = p.Publisher.BuildAll
				}
				r, err := build(ctx, s.ID)
				if err != nil {
					return err
				}
				now, err := revision(ctx, p, s.ID)
				if err != nil {
					return err
				}
				if r.Revision == 0 && r.Waiting == 0 && now > before[s.ID] { // Drain has published it already
					fmt.Fprintf(c.out, "%s：已发布到第 %d 版\n", s.Code, now)
					continue
				}
				c.showResult(s.Code, r)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&full, "full", false, "全部页面重新生成（主题改动后用）")
	return cmd
}

// revision returns the number of the newest published revision of a site.
func revision(ctx context.Context, p *app.Platform, id int64) (int64, error) {
	st, err := p.Publisher.Status(ctx, id)
	return st.Head.Revision, err
}

func (c *cli) showResult(code string, r publish.Result) {
	switch {
	case r.Waiting > 0:
		fmt.Fprintf(c.out, "%s：已回退，%d 页改动等待恢复（guiyi rollback %s --resume）\n", code, r.Waiting, code)
	case r.Revision == 0:
		fmt.Fprintf(c.out, "%s：没有变化（生成 %d 页）\n", code, r.Rendered)
	default:
		fmt.Fprintf(c.out, "%s：第 %d 版，生成 %d 页，改动 %d 处，用时 %s\n", code, r.Revision, r.Rendered, r.Changed,
			r.Took.Round(time.Millisecond))
	}
}

func (c *cli) rollback() *cobra.Command {
	var reason string
	var resume bool
	cmd := &cobra.Command{
		Use:   "rollback SITE [REVISION]",
		Short: "一步回退到某一版；--resume 恢复跟随内容",
		Example: example(
			"guiyi rollback qinghe 41 --reason 首页误发",
			"guiyi rollback qinghe --resume"),
		Args: func(cmd *cobra.Command, given []string) error {
			if want := map[bool]int{true: 1, false: 2}[resume]; len(given) != want {
				return &usageError{fmt.Errorf(
					"用法：guiyi rollback SITE REVISION --reason 原因，或 guiyi rollback SITE --resume")}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "原因（必填）")
	cmd.Flags().BoolVar(&resume, "resume", false, "结束回退，发布现在的内容")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		s, err := siteOf(ctx, p, args[0])
		if err != nil {
			return err
		}
		var r publish.Result
		if !resume && reason == "" {
			return &usageError{fmt.Errorf("请用 --reason 写明回退原因")}
		}
		if resume {
			r, err = p.Control.Resume(ctx, s.ID)
		} else {
			var revision int64
			if revision, err = strconv.ParseInt(args[1], 10, 64); err != nil {
				return &usageError{fmt.Errorf("版本号应是数字：%s", args[1])}
			}
			r, err = p.Control.Rollback(ctx, s.ID, revision, reason)
			err = fault.Advise(err, fault.NotFound, "可以回退的版本见 guiyi ledger list %s", s.Code)
		}
		switch {
		case err != nil:
			return err
		case resume || r.Revision == 0:
			c.showResult(s.Code, r)
		default: // the number of changes is not counted in a rollback
			fmt.Fprintf(c.out, "%s：第 %d 版，与第 %s 版相同，其后撤下的除外（重新生成 %d 页）；恢复用 guiyi rollback %s --resume\n", s.Code,
				r.Revision, args[1], r.Rendered, s.Code)
		}
		return nil
	})
	return cmd
}

func (c *cli) verify() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [SITE…]",
		Short: "证明每个公开地址都与内容库一致、每个字节都与散列一致",
		Example: example(
			"guiyi verify",
			"guiyi verify qinghe --json"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			sites, err := sitesOf(ctx, p, args)
			if err != nil {
				return err
			}
			bad := 0
			for _, s := range sites {
				proof, err := p.Publisher.Verify(ctx, s.ID)
				if err != nil {
					return err
				}
				bad += len(proof.Problems)
				if asJSON {
					if err := json.NewEncoder(c.out).Encode(proof); err != nil {
						return err
					}
					continue
				}
				c.showProof(proof)
			}
			if bad > 0 {
				fmt.Fprintln(c.err, "受损的页面和文件用 guiyi repair 修复（--dry-run 先看能否修复）；内容不一致的用 guiyi publish --full 重新生成")
				return errFound
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "输出 JSON")
	return cmd
}

func (c *cli) showProof(p *publish.Proof) {
	state := "一致"
	if !p.OK() {
		state = fmt.Sprintf("发现 %d 个问题", len(p.Problems))
	}
	fmt.Fprintf(c.out, "%s 第 %d 版：核对 %d 页、%d 个地址的内容，%s", p.Site, p.Revision, p.Pages, p.Files, state)
	if p.Pinned != 0 {
		fmt.Fprintf(c.out, "（已回退到第 %d 版，只核对字节和账本）", p.Pinned)
	}
	if p.Waiting > 0 {
		fmt.Fprintf(c.out, "，%d 页等待发布", p.Waiting)
	}
	fmt.Fprintln(c.out)
	for _, pr := range p.Problems {
		fmt.Fprintf(c.out, "  %s %s %s\n", pr.Kind, pr.Path, pr.Text)
	}
}

func (c *cli) ledger() *cobra.Command {
	cmd := &cobra.Command{Use: "ledger", Short: "发布账本"}
	list := &cobra.Command{
		Use:     "list SITE",
		Short:   "列出各版",
		Example: example("guiyi ledger list qinghe"),
		Args:    args(1, "SITE"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			s, err := siteOf(ctx, p, args[0])
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			oldest, err := p.Publisher.Oldest(ctx, s.ID)
			if err != nil {
				return err
			}
			fmt.Fprintln(w, "版本\t时间\t地址数\t可回退\t说明\t散列")
			for h, err := range ledger.All(ctx, p.DB.Read(), s.ID) {
				if err != nil {
					return err
				}
				target := map[bool]string{true: "是", false: "已清理"}[h.Revision >= oldest]
				fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%s\n", h.Revision,
					store.FromMilli(h.At).Format("2006-01-02 15:04:05"),
					h.Count, target, h.Note, h.Hash().String()[:16])
			}
			return w.Flush()
		}),
	}
	verify := &cobra.Command{
		Use:     "verify [SITE…]",
		Short:   "核对每一版的签名和前后相接",
		Example: example("guiyi ledger verify"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			sites, err := sitesOf(ctx, p, args)
			if err != nil {
				return err
			}
			failed := false
			for _, s := range sites {
				r, err := p.Publisher.VerifyLedger(ctx, s.ID)
				if err != nil {
					failed = true
					fmt.Fprintf(c.out, "%s：%s\n", s.Code, fault.Text(err))
					continue
				}
				fmt.Fprintf(c.out, "%s：%d 版，签名与次序全部正确\n", s.Code, r.Good)
			}
			if failed {
				return errFound
			}
			return nil
		}),
	}
	cmd.AddCommand(list, verify)
	return cmd
}
