package cli

import (
	"os"

	"github.com/spf13/cobra"

	"guiyi/internal/app"
	"guiyi/internal/app/cli/archive"
	"guiyi/internal/search/feed"
)

func (c *cli) backup() *cobra.Command {
	var passFile string
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "把整个平台备份成一个文件，不用停机",
		Long: "备份数据库的同一时刻、它用到的全部文件、主题和公钥。FILE 为 - 时写到标准输出。\n" +
			"私钥默认不在备份里，请另行保管；--keys-passphrase 用口令加密后放进备份。",
		Example: example(
			"guiyi backup /backup/guiyi-2026-11-27.guiyi",
			"guiyi backup - | ssh backup@10.0.0.9 'cat > guiyi.guiyi'"),
		Args: args(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.archive(func(d *archive.Desk) (bool, error) { return d.Take(cmd.Context(), args[0], passFile) })
		},
	}
	cmd.Flags().StringVar(&passFile, "keys-passphrase", "", "口令文件：第一行是口令，用它加密私钥并放进备份")
	verify := &cobra.Command{
		Use:     "verify FILE",
		Short:   "通读一个备份，证明它完整，不恢复",
		Example: example("guiyi backup verify /backup/guiyi-2026-11-27.guiyi"),
		Args:    args(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.archive(func(d *archive.Desk) (bool, error) { return d.Check(cmd.Context(), args[0]) })
		},
	}
	cmd.AddCommand(verify)
	return cmd
}

func (c *cli) restore() *cobra.Command {
	var passFile string
	var check bool
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "在空的平台上恢复一个备份，并逐行逐字节核对",
		Long: "目标由 data-dir、database、blob 决定，必须是空的；可以和备份时不是同一种数据库或存储。FILE 为 - 时读标准输入。\n" +
			"中途失败或被杀死时数据库仍是空的，再运行一次即可。",
		Example: example(
			"guiyi restore /backup/guiyi-2026-11-27.guiyi",
			"guiyi restore /backup/guiyi-2026-11-27.guiyi --data-dir /var/lib/guiyi --keys-passphrase pass.txt"),
		Args: args(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if check {
				return c.archive(func(d *archive.Desk) (bool, error) { return d.Check(cmd.Context(), args[0]) })
			}
			return c.archive(func(d *archive.Desk) (bool, error) { return d.Restore(cmd.Context(), args[0], passFile) })
		},
	}
	cmd.Flags().StringVar(&passFile, "keys-passphrase", "", "口令文件：第一行是口令，用它解开备份里的私钥")
	cmd.Flags().BoolVar(&check, "check", false, "只检查备份，不恢复（同 guiyi backup verify）")
	return cmd
}

// archive calls run with a Desk for the configured platform. It does not open the platform, because that would migrate
// the tables.
func (c *cli) archive(run func(*archive.Desk) (clean bool, err error)) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	out, _ := c.out.(*os.File)
	clean, err := run(&archive.Desk{
		Out:          c.out,
		Err:          c.err,
		Terminal:     out != nil && isTerminal(out),
		Migrations:   app.Migrations(),
		AfterRestore: feed.Restart,
		Program:      app.Version(),
		Progress:     c.stages(),
		At: archive.Where{DataDir: cfg.DataDir, Keys: app.KeysDir(cfg.Config), Database: cfg.Database,
			Blob: cfg.Blob},
	})
	if err == nil && !clean {
		return errFound
	}
	return err
}

// stages returns a progress function that shows a progress bar for each step, on a terminal only.
func (c *cli) stages() func(what string, done, total int64) {
	bar, last := c.progress("准备"), ""
	return func(what string, done, total int64) {
		if what != last {
			_ = bar.Finish() // each step has its own bar, because steps count different things
			bar, last = c.progress(what), what
			if total > 0 {
				bar.ChangeMax64(total)
			}
		}
		_ = bar.Set64(done)
	}
}
