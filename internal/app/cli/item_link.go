package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/resource"
)

const linkUse = "FROM KIND TO"

// onLink returns a command on one link. Its arguments are both ends and the kind of the link.
func (c *cli) onLink(use, short string,
	do func(ctx context.Context, p *app.Platform, l resource.Link) error) *cobra.Command {
	return &cobra.Command{
		Use:     use + " " + linkUse,
		Short:   short,
		Example: example("guiyi item " + use + " 3060 interprets 3051"),
		Args:    args(3, linkUse),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			ids, err := parseIDs([]string{args[0], args[2]})
			if err != nil {
				return err
			}
			err = do(ctx, p, resource.Link{From: ids[0], To: ids[1], Kind: resource.LinkKind(args[1])})
			if err != nil {
				return err
			}
			return p.Drain(ctx)
		}),
	}
}

func (c *cli) itemLink() *cobra.Command {
	return c.onLink("link", "关联两条信息：interprets、amends、repeals、source、related",
		func(ctx context.Context, p *app.Platform, l resource.Link) error {
			state, err := p.Items.Link(ctx, l)
			if err == nil && state != resource.LinkAccepted {
				fmt.Fprintln(c.out, "关联的状态："+linkStates()[state])
			}
			return err
		})
}

func (c *cli) itemUnlink() *cobra.Command {
	return c.onLink("unlink", "解除关联",
		func(ctx context.Context, p *app.Platform, l resource.Link) error { return p.Items.Unlink(ctx, l) })
}

func (c *cli) itemAccept() *cobra.Command {
	return c.onLink("accept", "同意别的站点提出的关联，两边的页面上随即显示",
		func(ctx context.Context, p *app.Platform, l resource.Link) error { return p.Items.AcceptLink(ctx, l) })
}

func (c *cli) itemRefuse() *cobra.Command {
	return c.onLink("refuse", "不同意别的站点提出的关联，或收回同意",
		func(ctx context.Context, p *app.Platform, l resource.Link) error { return p.Items.RefuseLink(ctx, l) })
}

func linkStates() map[resource.LinkState]string {
	return map[resource.LinkState]string{resource.LinkProposed: "待对方同意", resource.LinkAccepted: "已同意",
		resource.LinkRefused: "对方不同意"}
}

func (c *cli) printLinks(ctx context.Context, p *app.Platform, links []resource.LinkView) error {
	w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
	codes := map[int64]string{}
	for _, l := range links {
		for _, end := range []resource.LinkEnd{l.From, l.To} {
			if codes[end.Owner] != "" {
				continue
			}
			s, err := p.Sites.ByID(ctx, end.Owner)
			if err != nil {
				return err
			}
			codes[end.Owner] = s.Code
		}
		fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s %s → %s %s\n", l.From.Item, l.Kind, l.To.Item, linkStates()[l.State],
			codes[l.From.Owner], l.From.Title, codes[l.To.Owner], l.To.Title)
	}
	return w.Flush()
}

func (c *cli) itemLinks() *cobra.Command {
	return &cobra.Command{
		Use:     "links ITEM",
		Short:   "列出一条信息的关联和它们的状态",
		Example: example("guiyi item links 3051"),
		Args:    args(1, "ITEM"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			ids, err := parseIDs(args)
			if err != nil {
				return err
			}
			links, err := p.Library.Links(ctx, ids[0])
			if err != nil {
				return err
			}
			return c.printLinks(ctx, p, links)
		}),
	}
}

func (c *cli) itemProposals() *cobra.Command {
	var siteCode string
	var limit int
	cmd := &cobra.Command{
		Use:     "proposals",
		Short:   "列出等待同意的关联",
		Example: example("guiyi item proposals --site qinghe"),
		Args:    args(0, ""),
	}
	cmd.Flags().StringVar(&siteCode, "site", "", "只看等这个站点决定的")
	cmd.Flags().IntVar(&limit, "limit", 100, "最多几条")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
		var owner int64
		if siteCode != "" {
			s, err := p.Sites.ByCode(ctx, siteCode)
			if err != nil {
				return err
			}
			owner = s.ID
		}
		if limit < 1 {
			return &usageError{fmt.Errorf("--limit 应大于 0")}
		}
		links, err := p.Library.Proposals(ctx, owner, resource.Link{}, limit)
		if err != nil {
			return err
		}
		return c.printLinks(ctx, p, links)
	})
	return cmd
}
