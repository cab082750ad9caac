package app

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func (c *cli) quarantine() *cobra.Command {
	var siteCode string
	cmd := &cobra.Command{Use: "quarantine", Short: "列出导入时隔离的内容和原因", Args: args(0, "")}
	cmd.Flags().StringVar(&siteCode, "site", "", "只看一个站点")
	cmd.RunE = c.with(func(ctx context.Context, p *Platform, _ []string) error {
		held, err := p.Exchange.Quarantine(ctx, siteCode)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "来源\t输入\t原因\t说明")
		for _, q := range held {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", q.Source, q.Name, q.Reason, q.Detail)
		}
		return w.Flush()
	})
	return cmd
}
