package cli

import (
	"github.com/spf13/cobra"

	"guiyi/internal/app"
)

func (c *cli) openapi() *cobra.Command {
	return &cobra.Command{
		Use:     "openapi",
		Short:   "输出接口说明（OpenAPI 3.1，JSON）",
		Long:    "输出接口说明（OpenAPI 3.1，JSON），用来生成客户端。不需要数据目录；与运行中的平台在 /api/v1/openapi.json 给出的相同。",
		Example: example("guiyi openapi > openapi.json"),
		Args:    args(0, ""),
		RunE: func(*cobra.Command, []string) error {
			text, err := app.Document()
			if err == nil {
				_, err = c.out.Write(append(text, '\n'))
			}
			return err
		},
	}
}
