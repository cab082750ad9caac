package cli

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func tree() *cobra.Command { return (&cli{out: &bytes.Buffer{}, err: &bytes.Buffer{}}).root() }

func each(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, sub := range cmd.Commands() {
		each(sub, do)
	}
}

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// TestHelp: every command explains itself and its own flags in Chinese, with examples that hold; the options of the
// configuration stand nowhere but in "config options", and every command takes them.
func TestHelp(t *testing.T) {
	t.Parallel()
	options := 0
	tree().PersistentFlags().VisitAll(func(f *pflag.Flag) {
		if options++; !f.Hidden {
			t.Errorf("--%s is listed under every command", f.Name)
		}
	})
	if options < 30 {
		t.Fatalf("only %d options", options)
	}
	each(tree(), func(cmd *cobra.Command) {
		var out bytes.Buffer
		cmd.SetOut(&out)
		if err := cmd.Help(); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		_, flags, _ := strings.Cut(text, "\n参数：")
		for _, wrong := range []string{"Usage", "Flags", "default", "[flags]"} {
			if strings.Contains(text, wrong) || strings.Contains(flags, "--data-dir") {
				t.Errorf("%s --help has %q, or an option:\n%s", cmd.CommandPath(), wrong, text)
			}
		}
		if !han(cmd.Short) || !strings.Contains(text, "guiyi config options") {
			t.Errorf("%s --help:\n%s", cmd.CommandPath(), text)
		}
		cmd.NonInheritedFlags().VisitAll(func(f *pflag.Flag) {
			if !han(f.Usage) || !f.Hidden && f.Name != "help" && !strings.Contains(text, "\n  --"+f.Name) {
				t.Errorf("%s --%s is not explained: %q", cmd.CommandPath(), f.Name, f.Usage)
			}
		})
		if cmd.HasSubCommands() {
			return
		}
		if !cmd.HasExample() {
			t.Errorf("%s has no example", cmd.CommandPath())
		}
		for line := range strings.Lines(cmd.Example) {
			if !strings.HasPrefix(strings.TrimSpace(line), cmd.CommandPath()) {
				t.Errorf("%s: the example %q is one of another command", cmd.CommandPath(), line)
			}
			if why := wrongCall(line, true); why != "" {
				t.Errorf("%s: the example %q: %s", cmd.CommandPath(), line, why)
			}
		}
	})
}

// TestEveryCommandTakesOptions: what is not listed is accepted all the same.
func TestEveryCommandTakesOptions(t *testing.T) {
	t.Parallel()
	each(tree(), func(cmd *cobra.Command) {
		if err := cmd.ParseFlags([]string{"--data-dir", "elsewhere", "--config=f", "--log-level=error"}); err != nil {
			t.Errorf("%s: %v", cmd.CommandPath(), err)
		}
	})
}
