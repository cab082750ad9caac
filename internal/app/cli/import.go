package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/exchange"
	"guiyi/internal/exchange/source"
	"guiyi/internal/exchange/source/crawl"
	"guiyi/internal/kernel/fault"
)

func (c *cli) importCommand() *cobra.Command {
	var o exchange.Request
	var mapFile, report string
	var noPublish bool
	var from crawl.Options
	cmd := &cobra.Command{
		Use:   "import PATH --site CODE",
		Short: "把网页、表格、订阅源或一个网站导入资源库并发布",
		Long: "PATH 可以是一个网页、一个存有网页的文件夹、JSON 行（.gz 也行）、CSV/TSV、XLSX、RSS/Atom、内容 YAML，\n" +
			"或 http(s) 地址（站点地图、订阅源，或从该页开始采集）。格式按内容识别。再运行一次不会重复导入。",
		Example: example(
			"guiyi import saved-pages --site qinghe --column zwgk/zcwj",
			"guiyi import documents.csv --site qinghe --map map.yaml --dry-run --report -",
			"guiyi import https://old.qinghe.example/ --site qinghe --max-pages 200"),
		Args: args(1, "PATH --site CODE"),
	}
	f := cmd.Flags()
	f.StringVar(&o.Site, "site", "", "导入到哪个站点（必填）")
	f.StringVar(&o.Column, "column", "", "栏目路径，如 zwgk/zcwj；不写则按映射、页面所属栏目或站点的第一个列表栏目")
	f.StringVar(&o.Name, "source", "", "来源名称，默认取映射文件的 name 或文件名")
	f.StringVar(&mapFile, "map", "", "映射文件（YAML），用于列名不同的表格")
	f.BoolVar(&o.DryRun, "dry-run", false, "只读取和检查，不写入")
	f.StringVar(&report, "report", "", "把结果写成 JSON（- 为标准输出）")
	f.BoolVar(&noPublish, "no-publish", false, "只入库，发布留给运行中的平台或 guiyi publish")
	f.StringSliceVar(&from.Hosts, "host", nil, "允许采集的主机，默认只有起始地址的主机")
	f.IntVar(&from.MaxPages, "max-pages", 0, "最多采集多少页，默认 5000")
	f.DurationVar(&from.Delay, "delay", 500*time.Millisecond, "两次请求之间的间隔")
	f.BoolVar(&from.Private, "private", false, "允许采集内网地址")
	cmd.RunE = c.with(func(ctx context.Context, p *app.Platform, args []string) (err error) {
		if o.Site == "" {
			return &usageError{fmt.Errorf("请用 --site 指明站点")}
		}
		if o.Source, err = openSource(args[0], from, p); err != nil {
			return err
		}
		if mapFile != "" {
			if o.Mapping, err = readMapping(mapFile); err != nil {
				return err
			}
		}
		bar := c.progress("导入")
		o.Progress = func(done int) { _ = bar.Set(done) }
		r, err := p.Exchange.Run(ctx, o)
		_ = bar.Finish()
		if r != nil {
			c.showReport(r)
			if err := writeReport(report, c.out, r); err != nil {
				return err
			}
		}
		if err != nil || o.DryRun || noPublish {
			return fault.Advise(err, fault.NotFound, "站点见 guiyi site list，栏目见 guiyi site show 站点")
		}
		return p.Drain(ctx)
	})
	return cmd
}

func openSource(at string, o crawl.Options, p *app.Platform) (source.Source, error) {
	if strings.HasPrefix(at, "http://") || strings.HasPrefix(at, "https://") {
		return crawl.Open(at, o)
	}
	return exchange.OpenPath(at, p.Blobs)
}

func readMapping(name string) (*exchange.Mapping, error) {
	text, err := readSmall(name)
	if err != nil {
		return nil, err
	}
	return exchange.ParseMapping(text)
}

// readSmall reads at most 4 MiB of a regular file. It refuses pipes and devices, because reading them may block.
func readSmall(name string) ([]byte, error) {
	const most = 4 << 20
	if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
		return nil, fault.Wrap(fault.NotFound, err, "文件读不了，或不是普通文件：%s", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "文件读不了：%s", name)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, fault.Wrap(fault.NotFound, err, "文件读不了：%s", name)
	}
	return text, nil
}

// progress returns a progress bar. It is only visible on a terminal.
func (c *cli) progress(what string) *progressbar.ProgressBar {
	out := io.Discard
	if f, ok := c.err.(*os.File); ok && isTerminal(f) {
		out = f
	}
	return progressbar.NewOptions(-1, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(), progressbar.OptionSetItsString("条"), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetSpinnerChangeInterval(0)) // prevents a goroutine that would cause a data race
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// shownLeftovers is the maximum number of leftovers that are printed. The report contains all of them.
const shownLeftovers = 20

func (c *cli) showReport(r *exchange.Report) {
	w := tabwriter.NewWriter(c.err, 0, 4, 2, ' ', 0)
	fmt.Fprintf(w, "输入 %d\t导入 %d\t更新 %d\t未变 %d\t合并 %d\t隔离 %d\n", r.Inputs, r.Imported, r.Updated, r.Unchanged, r.Merged,
		r.Quarantined)
	_ = w.Flush()
	for reason, n := range r.Reasons {
		fmt.Fprintf(c.err, "  隔离 %s：%d\n", reason, n)
	}
	for i, l := range r.Leftovers {
		if i == shownLeftovers {
			break
		}
		fmt.Fprintf(c.err, "  不是输入 %s：%s\n", l.Name, l.Why)
	}
	if n := r.LeftoverCount - shownLeftovers; n > 0 {
		fmt.Fprintf(c.err, "  另有 %d 处不是输入，见 --report\n", n)
	}
}

func writeReport(name string, stdout io.Writer, r *exchange.Report) error {
	if name == "" {
		return nil
	}
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	if name == "-" {
		_, err := stdout.Write(b)
		return err
	}
	return os.WriteFile(name, b, 0o644)
}
