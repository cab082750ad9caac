package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
)

func (c *cli) serve() *cobra.Command {
	var demo bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "启动平台",
		Example: example(
			"guiyi serve --demo",
			"guiyi serve --config /etc/guiyi/guiyi.yaml",
			"guiyi serve --roles edge,portal --public-listen 0.0.0.0:80"),
		Args: args(0, ""),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := c.load()
			if err != nil {
				return err
			}
			ready := func(at app.Started) { c.welcome(at, demo) }
			return app.Serve(cmd.Context(), cfg.Config, app.ServeOptions{Demo: demo, Ready: ready, Log: c.err})
		},
	}
	cmd.Flags().BoolVar(&demo, "demo", false, "平台上还没有站点时，装入示范城市")
	return cmd
}

// welcome prints the addresses of the platform.
func (c *cli) welcome(at app.Started, demo bool) {
	fmt.Fprint(c.out, "\n归一已启动\n")
	if at.Public != "" {
		fmt.Fprintf(c.out, "  门户网站  %s\n", at.Public)
		if demo {
			for _, s := range []string{"linjiang", "rsj", "jtj"} {
				fmt.Fprintf(c.out, "            %s\n", strings.Replace(at.Public, "://", "://"+s+".", 1))
			}
		}
	}
	if at.Sites == 0 {
		fmt.Fprintln(c.out, "  还没有站点：用 guiyi apply 文件夹 建立站点，或用 guiyi serve --demo 看示范城市")
	}
	for _, l := range at.Links {
		fmt.Fprintf(c.out, "  %s  %s\n", l.Name, l.URL)
	}
	if len(at.Links) > 0 {
		fmt.Fprintln(c.out, "            每个链接只能用一次，24 小时内有效；重新启动会换新的")
	}
	fmt.Fprintf(c.out, "  运行状态  %sreadyz\n", at.Studio)
	fmt.Fprintln(c.out, "  按 Ctrl-C 停止")
}
