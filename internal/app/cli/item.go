package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/exchange"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
)

func (c *cli) item() *cobra.Command {
	cmd := &cobra.Command{Use: "item", Short: "信息资源：列表、查看、修改、发布、撤稿、引用、关联"}
	cmd.AddCommand(c.itemList(), c.itemDraft(), c.itemShow(), c.itemRevise(), c.itemSubmit(), c.itemRelease(),
		c.itemWithdraw(),
		c.itemCancel(), c.itemPlace(), c.itemUnplace(), c.itemLink(), c.itemLinks(), c.itemProposals(), c.itemUnlink(),
		c.itemAccept(), c.itemRefuse(), c.itemHistory(),
		c.itemDiscard(), c.itemUndiscard(), c.itemReinstate())
	return cmd
}

func (c *cli) itemList() *cobra.Command {
	var f resource.Filter
	var siteCode, column, class, state string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "列出信息，最新的在前",
		Example: example(
			"guiyi item list --site qinghe --column zwgk/zcwj",
			"guiyi item list --state draft --limit 100"),
		Args: args(0, ""),
	}
	cmd.Flags().StringVar(&siteCode, "site", "", "站点")
	cmd.Flags().StringVar(&column, "column", "", "栏目路径（要同时给站点）")
	cmd.Flags().StringVar(&class, "class", "", "类别：article、notice、picture、document、interpretation、page")
	cmd.Flags().StringVar(&state, "state", "", "状态：draft、scheduled、live、withdrawn、discarded（在回收站）")
	cmd.Flags().StringVar(&f.DocNo, "doc-no", "", "发文字号")
	cmd.Flags().Int64Var(&f.After, "after", 0, "从这个编号之后继续")
	cmd.Flags().IntVar(&f.Limit, "limit", 50, "最多几条")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
		f.Class, f.State = resource.Class(class), resource.State(state)
		if err := checkListFlags(f, siteCode, column); err != nil {
			return err
		}
		if siteCode != "" {
			s, err := siteOf(ctx, p, siteCode)
			if err != nil {
				return err
			}
			f.Owner = s.ID
			if column != "" {
				if f.Column, err = columnID(ctx, p, s.ID, column); err != nil {
					return err
				}
			}
		}
		rows, err := p.Library.List(ctx, f)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		for _, r := range rows.Items {
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", r.Item.ID, r.Item.State, r.Item.Class,
				store.FromMilli(r.At).Format("2006-01-02 15:04"), r.Title)
		}
		return w.Flush()
	})
	return cmd
}

func checkListFlags(f resource.Filter, siteCode, column string) error {
	classes := []resource.Class{"", resource.Article, resource.Notice, resource.Picture, resource.Document,
		resource.Interpretation, resource.Page}
	states := []resource.State{"", resource.Draft, resource.Scheduled, resource.Live, resource.Withdrawn,
		resource.Discarded}
	switch {
	case !slices.Contains(classes, f.Class):
		return &usageError{fmt.Errorf("没有类别 %s", f.Class)}
	case !slices.Contains(states, f.State):
		return &usageError{fmt.Errorf("没有状态 %s", f.State)}
	case column != "" && siteCode == "":
		return &usageError{fmt.Errorf("指定栏目时请同时用 --site 指明站点")}
	case f.Limit < 1 || f.Limit > 500:
		return &usageError{fmt.Errorf("--limit 应在 1 到 500 之间")}
	}
	return nil
}

func columnID(ctx context.Context, p *app.Platform, site int64, path string) (int64, error) {
	tree, err := p.Sites.Columns(ctx, site)
	if err != nil {
		return 0, err
	}
	col := tree.Path(path)
	if col == nil {
		return 0, fault.New(fault.NotFound, "没有栏目 %s；各站点的栏目见 guiyi site show 站点", path)
	}
	return col.ID, nil
}

func parseIDs(given []string) ([]int64, error) {
	var ids []int64
	for _, a := range given {
		id, err := strconv.ParseInt(a, 10, 64)
		if err != nil {
			return nil, &usageError{fmt.Errorf("信息编号应是数字：%s", a)}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

func (c *cli) itemShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show ITEM",
		Short:   "显示一条信息的全部：稿件、位置、来源、检查结果、公开地址",
		Example: example("guiyi item show 3051"),
		Args:    args(1, "ITEM"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			ids, err := parseIDs(args)
			if err != nil {
				return err
			}
			it, ed, err := p.Library.Item(ctx, ids[0])
			if err != nil {
				return err
			}
			findings, err := p.Library.Findings(ctx, it.ID)
			if err != nil {
				return err
			}
			from, err := p.Library.Provenance(ctx, it.ID)
			if err != nil {
				return err
			}
			addresses, err := addresses(ctx, p, it.ID)
			if err != nil {
				return err
			}
			enc := json.NewEncoder(c.out)
			enc.SetIndent("", "  ")
			enc.SetEscapeHTML(false)
			return enc.Encode(map[string]any{"item": it, "edition": ed, "addresses": addresses, "provenance": from,
				"findings": findings})
		}),
	}
}

// addresses returns the public addresses of an item by site code.
func addresses(ctx context.Context, p *app.Platform, id int64) (map[string]string, error) {
	places, err := p.Published.Placements(ctx, []int64{id})
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, pl := range places[id] {
		s, err := p.Sites.ByID(ctx, pl.SiteID)
		if err != nil {
			return nil, err
		}
		at, err := p.Publisher.Addresses(ctx, s.ID, id)
		if err != nil {
			return nil, err
		}
		out[s.Code] = at[id]
	}
	return out, nil
}

func (c *cli) itemRevise() *cobra.Command {
	var title, body, summary string
	var version int64
	var release bool
	cmd := &cobra.Command{
		Use:   "revise ITEM",
		Short: "修改一条信息，生成新的草稿；--release 立即发布",
		Example: example(
			"guiyi item revise 3051 --title 新标题 --version 4",
			"guiyi item revise 3051 --body body.html --release"),
		Args: args(1, "ITEM"),
	}
	cmd.Flags().StringVar(&title, "title", "", "新标题")
	cmd.Flags().StringVar(&summary, "summary", "", "新摘要")
	cmd.Flags().StringVar(&body, "body", "", "新正文的文件（HTML），- 为标准输入")
	cmd.Flags().Int64Var(&version, "version", 0, "您看到的版本号；别人改过则拒绝。不写则以当前为准")
	cmd.Flags().BoolVar(&release, "release", false, "修改后立即发布")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		ids, err := parseIDs(args)
		if err != nil {
			return err
		}
		raw, err := readBody(body)
		if err != nil {
			return err
		}
		seen := resource.Seen{Item: ids[0], Version: version}
		if version == 0 {
			current, err := p.Library.Current(ctx, ids[0])
			if err != nil {
				return err
			}
			seen = current[0]
		}
		it, err := p.Items.Revise(ctx, seen, func(it *resource.Item, e *resource.Edition) error {
			if title != "" {
				e.Title = title
			}
			if summary != "" {
				e.Summary = summary
			}
			if body == "" {
				return nil
			}
			return reviseBody(it.Class, e, raw)
		})
		if err != nil || !release {
			return err
		}
		if _, err := p.Items.Release(ctx, 0, resource.Seen{Item: it.ID, Version: it.Version}); err != nil {
			return err
		}
		return p.Drain(ctx)
	})
	return cmd
}

// maxBody is the maximum size of the file of a body, in bytes.
const maxBody = 16 << 20

// readBody reads the file of a body. "-" means the standard input. It returns nil if file is "".
func readBody(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	from := os.Stdin
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	raw, err := io.ReadAll(io.LimitReader(from, maxBody+1))
	if err == nil && len(raw) > maxBody {
		err = fault.New(fault.TooLarge, "正文文件 %s 超过 16 MiB", file)
	}
	return raw, err
}

func reviseBody(class resource.Class, e *resource.Edition, raw []byte) error {
	body, err := exchange.CleanBody(class, string(raw))
	if err != nil {
		return err
	}
	return e.SetBody(body)
}

func (c *cli) itemRelease() *cobra.Command {
	var at string
	cmd := &cobra.Command{
		Use:   "release ITEM…",
		Short: "发布草稿；多条在同一时刻生效，--at 定时",
		Example: example(
			"guiyi item release 3051 3052",
			"guiyi item release 3051 --at '2099-12-01 09:00'"),
		Args: atLeastOne,
	}
	cmd.Flags().StringVar(&at, "at", "", "发布时间，如 2026-12-01 09:00")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		ids, when, err := idsAt(args, at)
		if err != nil {
			return err
		}
		seen, err := p.Library.Current(ctx, ids...)
		if err != nil {
			return err
		}
		if _, err := p.Items.Release(ctx, when, seen...); err != nil {
			return err
		}
		return p.Drain(ctx)
	})
	return cmd
}

func atLeastOne(cmd *cobra.Command, given []string) error {
	if len(given) == 0 {
		return &usageError{fmt.Errorf("用法：%s ITEM…", cmd.CommandPath())}
	}
	return nil
}

func idsAt(given []string, at string) (ids []int64, when int64, err error) {
	if ids, err = parseIDs(given); err != nil || at == "" {
		return ids, 0, err
	}
	when, err = parseMoment(at)
	switch now := time.Now(); {
	case err != nil:
	case when < now.Add(-time.Minute).UnixMilli():
		err = &usageError{fmt.Errorf("时间 %s 已经过去；要立即生效请不写 --at", at)}
	case when <= now.UnixMilli(): // the current minute
		when = 0
	}
	return ids, when, err
}

func (c *cli) itemWithdraw() *cobra.Command {
	var kind, at string
	o := resource.WithdrawRequest{}
	cmd := &cobra.Command{
		Use:   "withdraw ITEM… --kind error|consolidated|banner --reason 原因",
		Short: "撤稿：error 撤下（410），consolidated 并入别的信息（301），banner 加注保留",
		Example: example(
			"guiyi item withdraw 3051 --reason 信息有误",
			"guiyi item withdraw 3051 --kind consolidated --to 3060 --reason 内容并入新文件"),
		Args: atLeastOne,
	}
	cmd.Flags().StringVar(&kind, "kind", string(resource.InError), "error、consolidated 或 banner")
	cmd.Flags().StringVar(&o.Reason, "reason", "", "原因（必填）")
	cmd.Flags().Int64Var(&o.To, "to", 0, "并入的信息编号（consolidated）")
	cmd.Flags().StringVar(&at, "at", "", "撤稿时间，如 2026-12-01 09:00")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		if o.Reason == "" {
			return &usageError{fmt.Errorf("请用 --reason 写明撤稿原因")}
		}
		ids, when, err := idsAt(args, at)
		if err != nil {
			return err
		}
		if o.Items, err = p.Library.Current(ctx, ids...); err != nil {
			return err
		}
		o.Kind, o.At = resource.WithdrawKind(kind), when
		if _, err := p.Items.Withdraw(ctx, o); err != nil {
			return err
		}
		return p.Drain(ctx)
	})
	return cmd
}

func (c *cli) itemCancel() *cobra.Command {
	return &cobra.Command{
		Use:     "cancel ITEM",
		Short:   "取消定时发布和定时撤稿",
		Example: example("guiyi item cancel 3051"),
		Args:    args(1, "ITEM"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			ids, err := parseIDs(args)
			if err != nil {
				return err
			}
			seen, err := p.Library.Current(ctx, ids...)
			if err != nil {
				return err
			}
			_, err = p.Items.CancelPlan(ctx, seen[0])
			return err
		}),
	}
}
