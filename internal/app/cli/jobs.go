package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/kernel/jobs"
)

func (c *cli) jobs() *cobra.Command {
	return &cobra.Command{
		Use:     "jobs",
		Short:   "列出失败后停下的后台任务",
		Example: example("guiyi jobs"),
		Args:    args(0, ""),
		RunE: c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
			dead, err := p.Board.List(ctx, jobs.Filter{State: "dead"})
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			for _, j := range dead {
				fmt.Fprintf(w, "%d\t%s\t%d 次\t%s\n", j.ID, j.Kind, j.Attempt, j.Error)
			}
			return w.Flush()
		}),
	}
}
