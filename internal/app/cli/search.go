package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/spf13/cobra"

	"guiyi/internal/kernel/fault"
)

func (c *cli) search() *cobra.Command {
	var siteCode string
	cmd := &cobra.Command{
		Use:     "search QUERY",
		Short:   "在运行中的平台上搜索",
		Example: example("guiyi search 公积金 --site qinghe"),
		Args:    args(1, "QUERY"),
	}
	cmd.Flags().StringVar(&siteCode, "site", "", "只搜一个站点")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := c.load()
		if err != nil {
			return err
		}
		scheme := "http://"
		if cfg.Public.TLSCert != "" {
			scheme = "https://"
		}
		at := scheme + strings.Replace(cfg.Public.Listen, "0.0.0.0", "127.0.0.1", 1) + "/api/v1/search?" +
			url.Values{"q": {args[0]}, "site": {siteCode}}.Encode()
		req, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, at, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			return fault.Wrap(fault.Unavailable, err, "连不上平台（%v）；先 guiyi serve", err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
		if err != nil {
			return err
		}
		var pretty bytes.Buffer
		if json.Indent(&pretty, body, "", "  ") != nil {
			pretty.Write(body)
		}
		_, err = fmt.Fprintln(c.out, pretty.String())
		return err
	}
	return cmd
}
