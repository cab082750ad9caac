package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/exchange"
)

func (c *cli) quarantine() *cobra.Command {
	var siteCode string
	cmd := &cobra.Command{
		Use:     "quarantine",
		Short:   "列出导入时隔离的内容和原因",
		Example: example("guiyi quarantine --site qinghe"),
		Args:    args(0, ""),
	}
	cmd.Flags().StringVar(&siteCode, "site", "", "只看一个站点")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
		w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "来源\t输入\t原因\t说明")
		n := 0
		err := p.Exchange.Quarantine(ctx, siteCode, func(q exchange.QuarantinedInput) error {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", q.Source, q.Name, q.Reason, q.Detail)
			if n++; n%1000 == 0 { // the writer buffers all rows until Flush
				return w.Flush()
			}
			return nil
		})
		if err != nil {
			return err
		}
		return w.Flush()
	})
	return cmd
}
