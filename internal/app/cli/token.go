package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/token"
)

func (c *cli) token() *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "接口令牌：签发、列出、吊销"}
	cmd.AddCommand(c.tokenCreate(), c.tokenList(), c.tokenRevoke())
	return cmd
}

func (c *cli) tokenCreate() *cobra.Command {
	var w token.Request
	var sites []string
	var days int
	cmd := &cobra.Command{
		Use:   "create NAME --permission 权限,… --site 站点,…|--all-sites",
		Short: "签发令牌，密文只显示这一次",
		Long:  "NAME 写明用途或使用者。权限用逗号分开，all 为现有的全部权限；站点用逗号分开，--all-sites 为平台级令牌。\n标准输出只有密文一行，便于存入密码管理器。",
		Example: example(
			"guiyi token create 办公系统 --permission item.read,item.write --site qinghe --days 180",
			"guiyi token create 信息中心 --permission all --all-sites"),
		Args: args(1, "NAME --permission 权限,… --site 站点,…|--all-sites"),
	}
	cmd.Flags().StringSliceVar(&w.Permissions, "permission", nil, "权限，如 item.read,item.write；all 为全部")
	cmd.Flags().StringSliceVar(&sites, "site", nil, "站点代码")
	cmd.Flags().BoolVar(&w.All, "all-sites", false, "平台级：全部站点，包括以后建立的")
	cmd.Flags().IntVar(&days, "days", 90, "有效天数，最多 366")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		w.Name = args[0]
		if len(w.Permissions) == 1 && w.Permissions[0] == "all" {
			w.Permissions = p.Tokens.Known
		}
		if len(w.Permissions) == 0 {
			return &usageError{fmt.Errorf("请用 --permission 写明权限：%s，或 all", strings.Join(p.Tokens.Known, "、"))}
		}
		for _, code := range sites {
			s, err := siteOf(ctx, p, code)
			if err != nil {
				return err
			}
			w.Owners = append(w.Owners, s.ID)
		}
		w.ExpiresAt = time.Now().AddDate(0, 0, days).UnixMilli()
		t, secret, err := p.Tokens.Create(ctx, w)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.err, "令牌 %d（%s）已签发，%s 到期。密文只显示这一次：\n", t.ID, t.Name,
			store.FromMilli(t.ExpiresAt).Format("2006-01-02"))
		_, err = fmt.Fprintln(c.out, secret)
		return err
	})
	return cmd
}

func (c *cli) tokenList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "列出令牌（不含密文）",
		Example: example("guiyi token list"),
		Args:    args(0, ""),
		RunE: c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
			tokens, err := p.Tokens.List(ctx, 0, 10_000)
			if err != nil {
				return err
			}
			sites, err := p.Sites.Sites(ctx)
			if err != nil {
				return err
			}
			codes := map[int64]string{}
			for _, s := range sites {
				codes[s.ID] = s.Code
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "编号\t名称\t状态\t到期\t最近使用\t站点\t权限")
			for _, t := range tokens {
				where := "全部"
				if !t.All {
					var names []string
					for _, id := range t.Owners {
						names = append(names, codes[id])
					}
					where = strings.Join(names, ",")
				}
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, t.Name, tokenState(t),
					store.FromMilli(t.ExpiresAt).Format("2006-01-02"), usedAt(t), where,
					strings.Join(t.Permissions, ","))
			}
			return w.Flush()
		}),
	}
}

func tokenState(t *token.Token) string {
	switch {
	case t.RevokedAt != 0:
		return "已吊销"
	case !t.Live(store.NowMilli()):
		return "已过期"
	}
	return "有效"
}

func usedAt(t *token.Token) string {
	if t.UsedAt == 0 {
		return "从未"
	}
	return store.FromMilli(t.UsedAt).Format("2006-01-02 15:04")
}

func (c *cli) tokenRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "吊销令牌，立即生效",
		Example: example("guiyi token revoke 12"),
		Args:    args(1, "ID"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			id, err := strconv.ParseInt(args[0], 10, 64)
			if err != nil {
				return &usageError{fmt.Errorf("令牌编号应是数字：%s", args[0])}
			}
			return p.Tokens.Revoke(ctx, id)
		}),
	}
}
