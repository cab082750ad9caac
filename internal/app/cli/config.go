package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"guiyi/internal/app/config"
)

func (c *cli) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "检查和查看配置"}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "检查配置，一次列出所有问题",
		Example: example(
			"guiyi config check",
			"guiyi config check --config /etc/guiyi/guiyi.yaml"),
		Args: args(0, ""),
		RunE: func(*cobra.Command, []string) error {
			if _, err := c.load(); err != nil {
				return err
			}
			fmt.Fprintln(c.out, "配置没有问题")
			return nil
		},
	}, &cobra.Command{
		Use:     "dump",
		Short:   "打印生效的配置和每项的来源，密钥不显示",
		Example: example("guiyi config dump"),
		Args:    args(0, ""),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := c.load()
			if err == nil {
				fmt.Fprint(c.out, cfg.Dump())
			}
			return err
		},
	}, &cobra.Command{
		Use:     "example",
		Short:   "打印配置文件示例：每一项的含义、取值和默认值",
		Example: example("guiyi config example > guiyi.yaml"),
		Args:    args(0, ""),
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprint(c.out, config.Example())
			return nil
		},
	}, &cobra.Command{
		Use:   "options",
		Short: "列出全部配置项：参数、环境变量、含义、取值和默认值",
		Example: example(
			"guiyi config options",
			"guiyi config options | grep -A 1 listen"),
		Args: args(0, ""),
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprint(c.out, config.Options())
			return nil
		},
	})
	return cmd
}
