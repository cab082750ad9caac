package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
)

func (c *cli) department() *cobra.Command {
	cmd := &cobra.Command{Use: "department", Short: "部门：建立、列出"}
	cmd.AddCommand(c.departmentList(), c.departmentAdd())
	return cmd
}

func (c *cli) departmentList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "列出部门",
		Example: example("guiyi department list"),
		Args:    args(0, ""),
		RunE: c.with(func(ctx context.Context, p *app.Platform, _ []string) error {
			all, err := p.People.Departments(ctx)
			if err != nil {
				return err
			}
			codes := map[int64]string{}
			for _, d := range all {
				codes[d.ID] = d.Code
			}
			w := tabwriter.NewWriter(c.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "代码\t名称\t上级")
			for _, d := range all {
				fmt.Fprintf(w, "%s\t%s\t%s\n", d.Code, d.Name, codes[d.Parent])
			}
			return w.Flush()
		}),
	}
}

func (c *cli) departmentAdd() *cobra.Command {
	var name, parent string
	cmd := &cobra.Command{
		Use:     "add CODE --name 名称",
		Short:   "建立部门",
		Example: example("guiyi department add rsj --name 市人力资源和社会保障局 --parent szf"),
		Args:    args(1, "CODE --name 名称"),
	}
	cmd.Flags().StringVar(&name, "name", "", "名称")
	cmd.Flags().StringVar(&parent, "parent", "", "上级部门的代码")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		above, err := departmentID(ctx, p, parent)
		if err == nil {
			_, err = p.People.AddDepartment(ctx, args[0], name, above)
		}
		return err
	})
	return cmd
}
