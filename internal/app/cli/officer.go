package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/org/people"
)

func (c *cli) officer() *cobra.Command {
	cmd := &cobra.Command{Use: "officer", Short: "人员：账户、链接、授权、会话"}
	cmd.AddCommand(c.officerList(), c.officerAdd(), c.officerLink(), c.officerState("disable", "停用账户，立即结束会话",
		people.Disabled), c.officerState("enable", "启用账户", people.Active),
		c.officerDo("unlock", "解除登录失败造成的锁定", (*people.Desk).Unlock),
		c.officerDo("reset-totp", "清除动态口令：本人丢失手机和恢复码时", (*people.Desk).ResetTOTP), c.officerGrant(),
		c.officerRevoke(), c.officerSessions(), c.officerEnd())
	return cmd
}

func (c *cli) officerList() *cobra.Command {
	var text string
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "列出人员和授权",
		Example: example("guiyi officer list --text wang"),
		Args:    args(0, ""),
		RunE: c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
			all, err := p.People.Officers(ctx, people.OfficerFilter{Text: text, Limit: 10_000})
			if err != nil {
				return err
			}
			departments, err := p.People.Departments(ctx)
			if err != nil {
				return err
			}
			codes := map[int64]string{}
			for _, d := range departments {
				codes[d.ID] = d.Code
			}
			var ids []int64
			for _, o := range all {
				for _, g := range o.Grants {
					ids = append(ids, g.Sites...)
				}
			}
			sites, err := p.Sites.Codes(ctx, ids...)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "账户\t姓名\t部门\t状态\t授权（编号 角色 站点）")
			for _, o := range all {
				state := map[people.State]string{people.Active: "在用", people.Disabled: "停用"}[o.State]
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", o.Account, o.Name, codes[o.Department], state,
					grantsText(o.Grants, sites))
			}
			return w.Flush()
		}),
	}
	cmd.Flags().StringVar(&text, "text", "", "账户名或姓名的一部分")
	return cmd
}

// grantsText writes grants on one line.
func grantsText(grants []people.Granted, sites map[int64]string) string {
	var out []string
	for _, g := range grants {
		where := "全部"
		if !g.AllSites {
			var names []string
			for _, id := range g.Sites {
				names = append(names, sites[id])
			}
			where = strings.Join(names, ",")
		}
		if len(g.Branches)+len(g.Units) > 0 {
			where += "（限栏目或部门）"
		}
		out = append(out, fmt.Sprintf("%d %s %s", g.ID, g.Role, where))
	}
	return strings.Join(out, "；")
}

func (c *cli) officerAdd() *cobra.Command {
	var n people.NewOfficer
	var department string
	cmd := &cobra.Command{
		Use:     "add ACCOUNT --name 姓名",
		Short:   "建立人员账户",
		Long:    "账户建立后还没有密码和角色：用 guiyi officer link 签发设置密码的链接，用 guiyi officer grant 授权。",
		Example: example("guiyi officer add wang.ming --name 王明 --department rsj"),
		Args:    args(1, "ACCOUNT --name 姓名"),
	}
	cmd.Flags().StringVar(&n.Name, "name", "", "姓名")
	cmd.Flags().StringVar(&department, "department", "", "部门代码")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) (err error) {
		n.Account = args[0]
		if n.Department, err = departmentID(ctx, p, department); err != nil {
			return err
		}
		o, err := p.People.AddOfficer(ctx, n)
		if err == nil {
			fmt.Fprintf(c.err, "已建立账户 %s\n", o.Account)
		}
		return err
	})
	return cmd
}

// departmentID finds a department by its code; "" is none.
func departmentID(ctx context.Context, p *app.Platform, code string) (int64, error) {
	if code == "" {
		return 0, nil
	}
	all, err := p.People.Departments(ctx)
	if err != nil {
		return 0, err
	}
	for _, d := range all {
		if d.Code == code {
			return d.ID, nil
		}
	}
	return 0, fault.New(fault.NotFound, "没有部门 %s", code)
}

func (c *cli) officerLink() *cobra.Command {
	var first bool
	cmd := &cobra.Command{
		Use:   "link [ACCOUNT]",
		Short: "签发一次性链接：设置密码，或首次设置",
		Long: "有 ACCOUNT 时，此人打开链接设置密码；--first 在还没有系统管理员时建立第一位。\n" +
			"标准输出只有链接一行，只显示这一次，请当面或用可靠的方式交给本人。",
		Example: example("guiyi officer link wang.ming", "guiyi officer link --first"),
		Args:    cobra.MaximumNArgs(1),
	}
	cmd.Flags().BoolVar(&first, "first", false, "建立第一位系统管理员")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		if first == (len(args) == 1) {
			return &usageError{fmt.Errorf("用法：guiyi officer link ACCOUNT，或 guiyi officer link --first")}
		}
		secret, err := "", error(nil)
		if first {
			secret, err = p.People.FirstLink(ctx)
		} else {
			var o *people.Officer
			if o, err = p.People.ByAccount(ctx, args[0]); err == nil {
				secret, _, err = p.People.PasswordLink(ctx, o.ID)
			}
		}
		if err != nil {
			return err
		}
		if secret == "" {
			return fault.New(fault.Conflict, "已有系统管理员，由其建立其他账户")
		}
		_, err = fmt.Fprintln(c.out, p.StudioURL()+people.LinkFragment+secret)
		return err
	})
	return cmd
}

func (c *cli) officerState(use, short string, to people.State) *cobra.Command {
	return &cobra.Command{
		Use:     use + " ACCOUNT",
		Short:   short,
		Example: example("guiyi officer " + use + " wang.ming"),
		Args:    args(1, "ACCOUNT"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			o, err := p.People.ByAccount(ctx, args[0])
			if err == nil {
				_, err = p.People.ChangeOfficer(ctx, o.ID, o.Version, people.OfficerChange{State: &to})
			}
			return err
		}),
	}
}

// officerDo is a command that does one thing to an officer.
func (c *cli) officerDo(use, short string, do func(*people.Desk, context.Context, int64) error) *cobra.Command {
	return &cobra.Command{
		Use:     use + " ACCOUNT",
		Short:   short,
		Example: example("guiyi officer " + use + " wang.ming"),
		Args:    args(1, "ACCOUNT"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			o, err := p.People.ByAccount(ctx, args[0])
			if err == nil {
				err = do(p.People, ctx, o.ID)
			}
			return err
		}),
	}
}

func (c *cli) officerGrant() *cobra.Command {
	var g people.GrantRequest
	var sites, columns []string
	cmd := &cobra.Command{
		Use:   "grant ACCOUNT --role 角色 --site 站点,…|--all-sites",
		Short: "授予角色",
		Long:  "站点用逗号分开。--column 把授权限定在一个站点的栏目和下级（写路径），--unit 限定在部门。",
		Example: example(
			"guiyi officer grant wang.ming --role writer --site qinghe --column xwdt",
			"guiyi officer grant li.hong --role auditor --all-sites"),
		Args: args(1, "ACCOUNT --role 角色 --site 站点,…|--all-sites"),
	}
	cmd.Flags().StringVar(&g.Role, "role", "", "角色代码")
	cmd.Flags().StringSliceVar(&sites, "site", nil, "站点代码")
	cmd.Flags().BoolVar(&g.AllSites, "all-sites", false, "全部站点，包括以后建立的")
	cmd.Flags().StringSliceVar(&columns, "column", nil, "栏目路径，如 xwdt/szyw；只写一个站点时可用")
	cmd.Flags().StringSliceVar(&g.Units, "unit", nil, "部门代码")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		if len(columns) > 0 && len(sites) != 1 {
			return &usageError{fmt.Errorf("--column 要与一个 --site 一起用")}
		}
		o, err := p.People.ByAccount(ctx, args[0])
		if err != nil {
			return err
		}
		g.Officer = o.ID
		for _, code := range sites {
			s, err := siteOf(ctx, p, code)
			if err != nil {
				return err
			}
			g.Sites = append(g.Sites, s.ID)
		}
		if g.Branches, err = columnIDs(ctx, p, g.Sites, columns); err != nil {
			return err
		}
		made, err := p.People.Give(ctx, g)
		if err == nil {
			fmt.Fprintf(c.err, "已授权，编号 %d\n", made.ID)
		}
		return err
	})
	return cmd
}

// columnIDs finds the columns with these paths on the one site of sites.
func columnIDs(ctx context.Context, p *app.Platform, sites []int64, paths []string) (ids []int64, err error) {
	if len(paths) == 0 {
		return nil, nil
	}
	tree, err := p.Sites.Columns(ctx, sites[0])
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		column := tree.Path(path)
		if column == nil {
			return nil, fault.New(fault.NotFound, "没有栏目 %s", path)
		}
		ids = append(ids, column.ID)
	}
	return ids, nil
}

// number reads an id from the command line.
func number(text, what string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, &usageError{fmt.Errorf("%s编号应是数字：%s", what, text)}
	}
	return id, nil
}

func (c *cli) officerRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ID",
		Short:   "撤销授权，立即生效",
		Long:    "ID 是授权的编号，见 guiyi officer list。",
		Example: example("guiyi officer revoke 12"),
		Args:    args(1, "ID"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			id, err := number(args[0], "授权")
			if err == nil {
				err = p.People.Take(ctx, id)
			}
			return err
		}),
	}
}

func (c *cli) officerSessions() *cobra.Command {
	return &cobra.Command{
		Use:     "sessions",
		Short:   "列出登录中的会话",
		Example: example("guiyi officer sessions"),
		Args:    args(0, ""),
		RunE: c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
			all, err := p.People.Sessions(ctx, 0, 0, 10_000)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "编号\t账户\t登录\t最近操作\t地址")
			for _, s := range all {
				fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", s.ID, s.Account,
					store.FromMilli(s.BeganAt).Format("2006-01-02 15:04"),
					store.FromMilli(s.SeenAt).Format("2006-01-02 15:04"), s.Address)
			}
			return w.Flush()
		}),
	}
}

func (c *cli) officerEnd() *cobra.Command {
	return &cobra.Command{
		Use:     "end ID",
		Short:   "结束会话，立即生效",
		Example: example("guiyi officer end 12"),
		Args:    args(1, "ID"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			id, err := number(args[0], "会话")
			if err == nil {
				err = p.People.EndSession(ctx, id)
			}
			return err
		}),
	}
}
