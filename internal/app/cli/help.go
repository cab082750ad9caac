package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usage writes the part of --help below the description: usage, subcommands, examples and the command's own flags. It
// leaves out the configuration options; "guiyi config options" lists them.
func usage(cmd *cobra.Command) error {
	w := cmd.OutOrStdout()
	if !cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "用法：\n  %s\n", cmd.UseLine())
	} else {
		fmt.Fprintf(w, "用法：\n  %s 命令\n\n命令：\n", cmd.CommandPath())
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() || sub.Name() == "help" {
				fmt.Fprintf(w, "  %-*s %s\n", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if cmd.HasExample() {
		fmt.Fprintf(w, "\n示例：\n%s\n", cmd.Example)
	}
	title := "\n参数：\n"
	cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "--" + f.Name
		if kind := kindOf(f); kind != "" {
			name += " " + kind
		}
		fmt.Fprintf(w, "%s  %s\n      %s%s\n", title, name, f.Usage, byDefault(f))
		title = ""
	})
	_, err := fmt.Fprint(w, "\n配置：--config 指定配置文件；每个配置项也可以写成参数，见 guiyi config options。\n")
	return err
}

// kindOf returns a Chinese name for the type of a flag, or "" for a switch.
func kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "bool":
		return ""
	case "int", "int64":
		return "整数"
	case "duration":
		return "时长"
	case "stringSlice":
		return "文本,…"
	}
	return "文本"
}

func byDefault(f *pflag.Flag) string {
	if slices.Contains([]string{"", "0", "0s", "false", "[]"}, f.DefValue) {
		return ""
	}
	return "（默认 " + f.DefValue + "）"
}

// example joins the example lines of a command. A test parses each of them.
func example(lines ...string) string { return "  " + strings.Join(lines, "\n  ") }

// speakChinese replaces the texts of cobra by Chinese ones for root and all its commands.
func speakChinese(root *cobra.Command) {
	root.SetUsageFunc(usage)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return &usageError{flagError(cmd, err)} })
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	root.InitDefaultVersionFlag()
	var each func(*cobra.Command)
	each = func(cmd *cobra.Command) {
		cmd.DisableFlagsInUseLine = true
		cmd.InitDefaultHelpFlag()
		cmd.Flags().Lookup("help").Usage = "显示本命令的用法"
		switch parent := cmd.Parent(); {
		case cmd.Name() == "help" && parent == root:
			cmd.Use, cmd.Short, cmd.Long = "help [命令]", "显示一个命令的用法", ""
			cmd.Example = example("guiyi help item withdraw")
		case cmd.Name() == "completion" && parent == root:
			cmd.Short, cmd.Long = "生成命令补全脚本", "生成 Shell 的命令补全脚本，写入后重新登录即可用 Tab 键补全。"
		case parent != nil && parent.Name() == "completion":
			cmd.Short, cmd.Long = cmd.Name()+" 的补全脚本", ""
			cmd.Example = example("guiyi completion " + cmd.Name() + " > guiyi." + cmd.Name())
			cmd.Flags().Lookup("no-descriptions").Usage = "补全时不显示说明"
		}
		for _, sub := range cmd.Commands() {
			each(sub)
		}
	}
	each(root)
	root.Flags().Lookup("version").Usage = "显示程序版本"
}

// flagError returns a Chinese error for a wrong flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var missing *pflag.ValueRequiredError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown):
		name := "--" + unknown.GetSpecifiedName()
		if letters := unknown.GetSpecifiedShortnames(); letters != "" {
			name = "-" + unknown.GetSpecifiedName()
		}
		return fmt.Errorf("没有参数 %s；本命令的参数见 %s --help，配置项见 guiyi config options", name, cmd.CommandPath())
	case errors.As(err, &missing):
		return fmt.Errorf("参数 --%s 后面缺少值", missing.GetFlag().Name)
	case errors.As(err, &invalid):
		kind := kindOf(invalid.GetFlag())
		if kind == "" {
			kind = "true 或 false"
		}
		if kind == "时长" {
			kind = "时长（如 30s、5m）"
		}
		return fmt.Errorf("参数 --%s 应是 %s，不能是 %q", invalid.GetFlag().Name, kind, invalid.GetValue())
	}
	return err
}
