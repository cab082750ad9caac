package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"guiyi/internal/app"
	"guiyi/internal/app/config"
	"guiyi/internal/app/intact"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

// Main runs a command and returns the exit status: 0 = success, 1 = failure, 2 = wrong usage.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c := &cli{out: stdout, err: stderr}
	root := c.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if fault.KindOf(err) == fault.Internal { // an error of an engine without a text for users
		err = intact.Advise(store.Explain(err))
	}
	var wrong *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintln(stderr, "guiyi:", wrong)
		return 2
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintln(stderr, "guiyi: 已中断；做到哪里都已保存，再运行一次会接着做")
	case fault.KindOf(err) == fault.Internal && !errors.Is(err, errFound):
		fmt.Fprintln(stderr, "guiyi:", err)
	default:
		fmt.Fprintln(stderr, "guiyi:", fault.Text(err))
	}
	if errors.Is(err, blob.ErrTampered) {
		fmt.Fprintln(stderr, "guiyi: 请运行 guiyi verify，查明哪些页面受影响")
	}
	return 1
}

// usageError is the error of a command that was called with wrong arguments.
type usageError struct{ err error }

func (u *usageError) Error() string { return u.err.Error() }

// errFound is the error of a checking command that found problems and has printed them.
var errFound = fault.New(fault.Conflict, "检查发现问题，见上")

// cli has the data that all commands share.
type cli struct {
	out, err io.Writer
	file     string
	root_    *cobra.Command
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "guiyi",
		Short:         "归一：政府网站集约化平台",
		Long:          "归一（Guiyi）：一座城市的全部政府网站，一库、一号、一网。\n\n第一次使用：guiyi serve --demo，然后打开它打印的地址。",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       app.Version(),
	}
	options := root.PersistentFlags()
	options.StringVar(&c.file, "config", os.Getenv("GUIYI_CONFIG"), "配置文件（YAML）")
	config.RegisterFlags(options)
	options.VisitAll(func(f *pflag.Flag) { f.Hidden = true }) // see usage
	root.AddCommand(
		c.serve(),
		c.audit(),
		c.apply(),
		c.importCommand(),
		c.publish(),
		c.verify(),
		c.rollback(),
		c.ledger(),
		c.compact(),
		c.site(),
		c.item(),
		c.check(),
		c.lexicon(),
		c.task(),
		c.flow(),
		c.quarantine(),
		c.openapi(),
		c.token(),
		c.officer(),
		c.department(),
		c.jobs(),
		c.search(),
		c.text(),
		c.repair(),
		c.backup(),
		c.restore(),
		c.configCommand(),
	)
	c.root_ = root
	speakChinese(root)
	refuseUnknown(root)
	return root
}

// refuseUnknown makes an unknown subcommand a usage error that lists the known ones. Cobra itself would print the
// help and succeed.
func refuseUnknown(cmd *cobra.Command) {
	if cmd.HasSubCommands() && cmd.RunE == nil {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(cmd *cobra.Command, given []string) error {
			if len(given) == 0 {
				return cmd.Help()
			}
			var names []string
			for _, sub := range cmd.Commands() {
				names = append(names, sub.Name())
			}
			return &usageError{fmt.Errorf("没有命令 %s %s；可用：%s", cmd.CommandPath(), given[0], strings.Join(names, "、"))}
		}
	}
	for _, sub := range cmd.Commands() {
		refuseUnknown(sub)
	}
}

func (c *cli) load() (*config.Loaded, error) {
	return config.Load(config.Sources{File: c.file, Env: os.Environ(), Flags: c.root_.PersistentFlags()})
}

// with returns a function that opens the platform, runs a command and closes the platform. The actor is the user of the
// operating system with the permissions of the command.
func (c *cli) with(run func(ctx context.Context, p *app.Platform, args []string) error) func(*cobra.Command,
	[]string) error {
	return func(cmd *cobra.Command, args []string) (err error) {
		cfg, err := c.load()
		if err != nil {
			return err
		}
		cfg.Log.Level = quieter(cfg.Log.Level)
		ctx := actor.With(cmd.Context(), runner(cmd.CommandPath()))
		p, err := app.Open(ctx, cfg.Config, false, c.err)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, p.Close()) }()
		if err := run(ctx, p, args); err != nil {
			return err
		}
		_, err = p.Audit.Seal(ctx)
		if errors.Is(err, audit.ErrHead) { // the command itself has succeeded
			fmt.Fprintln(c.err, "审计链与水位文件不符：请运行 guiyi audit verify 核对")
			return nil
		}
		return err
	}
}

// quieter returns the log level for a command, which prints no routine log lines.
func quieter(level string) string {
	if level == "info" {
		return "warn"
	}
	return level
}

// args returns a check of the number of arguments. names are the arguments in the usage text.
func args(n int, names string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		if len(given) != n {
			return &usageError{fmt.Errorf("用法：%s %s", cmd.CommandPath(), names)}
		}
		return nil
	}
}
