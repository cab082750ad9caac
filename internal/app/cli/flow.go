package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/editorial"
)

func (c *cli) flow() *cobra.Command {
	cmd := &cobra.Command{Use: "flow", Short: "审核流程：查看、设定"}
	cmd.AddCommand(c.flowShow(), c.flowSet())
	return cmd
}

func (c *cli) flowShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show SITE",
		Short:   "站点和栏目的审核流程",
		Example: example("guiyi flow show qinghe"),
		Args:    args(1, "SITE"),
		RunE: c.with(func(ctx context.Context, p *app.Platform, args []string) error {
			s, err := siteOf(ctx, p, args[0])
			if err != nil {
				return err
			}
			all, err := p.Editorial.Flows(ctx, s.ID)
			if err != nil {
				return err
			}
			tree, err := p.Sites.Columns(ctx, s.ID)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				fmt.Fprintln(c.out, "没有设定审核流程，信息不经审核发布")
			}
			for _, f := range all {
				where := "整个站点"
				if col := tree.ID(f.Column); col != nil {
					where = col.Path
				}
				var steps []string
				for _, step := range f.Steps {
					steps = append(steps, stepText(step))
				}
				fmt.Fprintf(c.out, "%s  %s\n", where, strings.Join(steps, " → "))
			}
			return nil
		}),
	}
}

// stepText writes a step as parseStep reads it.
func stepText(s editorial.Step) string {
	out := s.Name + ":" + string(s.Kind)
	if len(s.Units) > 0 || s.Minutes > 0 {
		out += ":" + strings.Join(s.Units, "+")
	}
	if s.Minutes > 0 {
		out += ":" + strconv.FormatInt(s.Minutes, 10)
	}
	return out
}

// parseStep reads "name:kind[:unit+unit[:minutes]]".
func parseStep(text string) (s editorial.Step, err error) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 4 {
		return s, &usageError{fmt.Errorf("--step 应写作 名称:种类[:部门+部门[:分钟]]，如 初审:review；看不懂 %s", text)}
	}
	s.Name, s.Kind = parts[0], editorial.StepKind(parts[1])
	if len(parts) > 2 && parts[2] != "" {
		s.Units = strings.Split(parts[2], "+")
	}
	if len(parts) > 3 {
		if s.Minutes, err = strconv.ParseInt(parts[3], 10, 64); err != nil {
			return s, &usageError{fmt.Errorf("期限应是分钟数：%s", parts[3])}
		}
	}
	return s, nil
}

func (c *cli) flowSet() *cobra.Command {
	var column string
	var steps []string
	var remove bool
	cmd := &cobra.Command{
		Use:   "set SITE",
		Short: "设定站点或一个栏目的审核流程；有了流程，没有通过审核的不能发布",
		Example: example(
			"guiyi flow set qinghe --step 初审:review --step 保密审查:secrecy --step 终审:review",
			"guiyi flow set qinghe --column zwgk/zcwj --step 会签:review:rsj+czj:1440 --step 终审:review",
			"guiyi flow set qinghe --column zwgk/zcwj --remove"),
		Args: args(1, "SITE"),
	}
	cmd.Flags().StringVar(&column, "column", "", "栏目路径，不写为整个站点")
	cmd.Flags().StringArrayVar(&steps, "step", nil, "一步：名称:种类[:会签部门+部门[:分钟]]；种类为 review、proofread、secrecy、privacy；按顺序多次写")
	cmd.Flags().BoolVar(&remove, "remove", false, "取消流程")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) error {
		if remove == (len(steps) > 0) {
			return &usageError{fmt.Errorf("请用 --step 写明各步，或用 --remove 取消流程")}
		}
		s, err := siteOf(ctx, p, args[0])
		if err != nil {
			return err
		}
		f := editorial.Flow{Owner: s.ID}
		if column != "" {
			if f.Column, err = columnID(ctx, p, s.ID, column); err != nil {
				return err
			}
		}
		for _, text := range steps {
			step, err := parseStep(text)
			if err != nil {
				return err
			}
			f.Steps = append(f.Steps, step)
		}
		all, err := p.Editorial.Flows(ctx, s.ID)
		if err != nil {
			return err
		}
		for _, have := range all {
			if have.Column == f.Column {
				f.Version = have.Version
			}
		}
		_, err = p.Editorial.SetFlow(ctx, f)
		return err
	})
	return cmd
}
