package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/resource"
)

func (c *cli) itemDiscard() *cobra.Command {
	return &cobra.Command{
		Use:     "discard ITEM…",
		Short:   "把从未公开的信息移入回收站",
		Long:    "把从未公开的信息移入回收站。回收站里的信息保留 90 天，其间可用 guiyi item undiscard 恢复。公开过的信息请撤稿。",
		Example: example("guiyi item discard 3051 3052"),
		Args:    atLeastOne,
		RunE: c.onItems(func(ctx context.Context, p *app.Platform, seen []resource.Seen) error {
			_, err := p.Items.Discard(ctx, seen...)
			return err
		}),
	}
}

func (c *cli) itemUndiscard() *cobra.Command {
	return &cobra.Command{
		Use:     "undiscard ITEM…",
		Short:   "从回收站恢复为草稿",
		Example: example("guiyi item undiscard 3051"),
		Args:    atLeastOne,
		RunE: c.onItems(func(ctx context.Context, p *app.Platform, seen []resource.Seen) error {
			for _, s := range seen {
				if _, err := p.Items.Undiscard(ctx, s); err != nil {
					return err
				}
			}
			return nil
		}),
	}
}

// onItems returns the function of a command whose arguments are items.
func (c *cli) onItems(do func(context.Context, *app.Platform, []resource.Seen) error) func(*cobra.Command,
	[]string) error {
	return c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		ids, _, err := idsAt(args, "")
		if err != nil {
			return err
		}
		seen, err := p.Library.Current(ctx, ids...)
		if err != nil {
			return err
		}
		return do(ctx, p, seen)
	})
}

func (c *cli) itemReinstate() *cobra.Command {
	var no int
	cmd := &cobra.Command{
		Use:     "reinstate ITEM --edition N",
		Short:   "把以前的稿件版本恢复为新的草稿",
		Example: example("guiyi item reinstate 3051 --edition 2"),
		Args:    args(1, "ITEM"),
	}
	cmd.Flags().IntVar(&no, "edition", 0, "第几版，见 guiyi item history")
	cmd.RunE = c.onItems(func(ctx context.Context, p *app.Platform, seen []resource.Seen) error {
		it, err := p.Items.Reinstate(ctx, seen[0], no)
		if err == nil {
			fmt.Fprintf(c.out, "信息 %d：第 %d 稿已恢复为新的草稿\n", it.ID, no)
		}
		return err
	})
	return cmd
}
