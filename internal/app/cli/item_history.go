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
	var sentences bool
	cmd := &cobra.Command{
		Use:   "history ITEM",
		Short: "每一稿由谁在什么时候写成，改了哪些句子，谁审的、看到的是什么",
		Example: example(
			"guiyi item history 3051",
			"guiyi item history 3051 --sentences"),
		Args: args(1, "ITEM"),
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
				if err := c.reviewed(ctx, p, ids[0], e.No); err != nil {
					return err
				}
			}
			if !sentences {
				return nil
			}
			return c.origins(ctx, p, ids[0])
		}),
	}
	cmd.Flags().BoolVar(&sentences, "sentences", false, "公开的一稿里，每一句出自哪一稿、谁写的")
	return cmd
}

// reviewed prints the reviews of an edition, and whether the record, the content and the audit agree.
func (c *cli) reviewed(ctx context.Context, p *app.Platform, item int64, no int) error {
	got, err := p.Editorial.History(ctx, item, no)
	if err != nil {
		return err
	}
	for _, r := range got.Reviews {
		proof := "经过、内容和审计记录一致"
		if !r.Proven {
			proof = "经过、内容和审计记录不一致，请核对"
		}
		fmt.Fprintf(c.out, "  审核任务 %d  %s  %s\n", r.Task.ID, taskState(&r.Task), proof)
		for _, a := range r.Acts {
			c.act(a, r.Task.Steps)
		}
	}
	return nil
}

// origins prints where each sentence of the public edition comes from.
func (c *cli) origins(ctx context.Context, p *app.Platform, item int64) error {
	got, err := p.Editorial.History(ctx, item, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "第 %d 稿的各句：\n", got.Edition.No)
	for _, s := range got.Sentences {
		fmt.Fprintf(c.out, "  第 %d 稿  %s  %s\n", s.No, s.By, s.Text)
	}
	return nil
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
