package cli

import (
	"context"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/resource"
)

func (c *cli) itemPlace() *cobra.Command {
	var headline, at string
	cmd := &cobra.Command{
		Use:   "place ITEM SITE COLUMN",
		Short: "把信息引用到一个栏目，可另定标题和日期",
		Example: example(
			"guiyi item place 3051 qinghe zwgk/zcwj",
			"guiyi item place 3051 qinghe yw --headline 简短的标题 --date 2026-11-20"),
		Args: args(3, "ITEM SITE COLUMN"),
	}
	cmd.Flags().StringVar(&headline, "headline", "", "在这个栏目里的标题")
	cmd.Flags().StringVar(&at, "date", "", "在这个栏目里的日期")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		ids, err := parseIDs(args[:1])
		if err != nil {
			return err
		}
		var when int64
		if at != "" {
			if when, err = parseMoment(at); err != nil {
				return err
			}
		}
		s, err := siteOf(ctx, p, args[1])
		if err != nil {
			return err
		}
		tree, err := p.Sites.Columns(ctx, s.ID)
		if err != nil {
			return err
		}
		col := tree.Path(args[2])
		if col == nil {
			return fault.New(fault.NotFound, "站点 %[1]s 没有栏目 %[2]s；栏目见 guiyi site show %[1]s", args[1], args[2])
		}
		place := resource.PlaceIn(s.ID, col)
		place.Headline, place.At = headline, when
		if err := p.Items.Place(ctx, ids[0], place); err != nil {
			return err
		}
		return p.Drain(ctx)
	})
	return cmd
}

func (c *cli) itemUnplace() *cobra.Command {
	return &cobra.Command{
		Use:     "unplace ITEM SITE COLUMN",
		Short:   "取消引用",
		Example: example("guiyi item unplace 3051 qinghe yw"),
		Args:    args(3, "ITEM SITE COLUMN"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			ids, err := parseIDs(args[:1])
			if err != nil {
				return err
			}
			s, err := siteOf(ctx, p, args[1])
			if err != nil {
				return err
			}
			col, err := columnID(ctx, p, s.ID, args[2])
			if err != nil {
				return err
			}
			if err := p.Items.Unplace(ctx, ids[0], col); err != nil {
				return err
			}
			return p.Drain(ctx)
		}),
	}
}
