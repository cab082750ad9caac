package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"guiyi/internal/exchange"
	"guiyi/internal/kernel/fault"
)

func (c *cli) text() *cobra.Command {
	return &cobra.Command{
		Use:   "text FILE",
		Short: "显示附件里能读出的文字：Word、Excel、PPT、OFD、PDF、网页、文本",
		Long: "不改动任何东西，也不需要数据库。用来核对附件是否有文字：扫描件没有文字，有密码的文件读不出来。\n" +
			"各种格式读到什么程度见 docs/attachments.md。",
		Example: example(
			"guiyi text 申请表.docx",
			"guiyi text 公报.pdf"),
		Args: args(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return c.showText(cmd.Context(), args[0]) },
	}
}

func (c *cli) showText(ctx context.Context, name string) (err error) {
	f, err := os.Open(name)
	if err != nil {
		return fault.Wrap(fault.NotFound, err, "打不开文件 %s", name)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return fault.New(fault.Invalid, "%s 不是文件", name)
	}
	var texts exchange.Texts
	defer func() { err = errors.Join(err, texts.Close()) }()
	t, err := texts.Read(ctx, filepath.Base(name), f, info.Size())
	if err != nil {
		return err
	}
	if t.Text == "" {
		fmt.Fprintf(c.err, "%s 里没有文字，可能是扫描件\n", name)
		return nil
	}
	fmt.Fprintln(c.out, t.Text)
	if t.Cut {
		fmt.Fprintln(c.err, "文字太长，后面的没有显示")
	}
	return nil
}
