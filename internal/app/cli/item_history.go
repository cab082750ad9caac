package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
	"guiyi/internal/resource/compare"
)

func (c *cli) itemHistory() *cobra.Command {
	return &cobra.Command{
		Use:     "history ITEM",
		Short:   "每一稿由谁在什么时候写成，改了哪些句子",
		Example: example("guiyi item history 3051"),
		Args:    args(1, "ITEM"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			ids, err := parseIDs(args)
			if err != nil {
				return err
			}
			editions, err := p.Library.Editions(ctx, ids[0])
			if err != nil {
				return err
			}
			slices.SortFunc(editions, func(a, b *resource.Edition) int { return a.No - b.No })
			before := &resource.Edition{}
			for _, e := range editions {
				by := e.CreatedBy
				if by == "" {
					by = "（当时没有记录）"
				}
				fmt.Fprintf(c.out, "第 %d 稿  %s  %s  %s\n", e.No,
					store.FromMilli(e.CreatedAt).Format("2006-01-02 15:04:05"), by,
					e.State)
				if before.No != 0 {
					c.changes("标题", before.Title, e.Title)
					c.changes("正文", before.Text, e.Text)
				}
				before = e
			}
			return nil
		}),
	}
}

// changes prints the removed and added sentences.
func (c *cli) changes(what, before, after string) {
	for _, ch := range compare.Diff(before, after) {
		for _, s := range ch.Removed {
			fmt.Fprintf(c.out, "  %s - %s\n", what, strings.TrimSpace(s))
		}
		for _, s := range ch.Added {
			fmt.Fprintf(c.out, "  %s + %s\n", what, strings.TrimSpace(s))
		}
	}
}
