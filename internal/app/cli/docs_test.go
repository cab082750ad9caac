package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"guiyi/internal/app/config"
)

// words splits a line as a shell does, up to a comment, a pipe or a redirection.
func words(line string) (out []string) {
	quoted := regexp.MustCompile(`'[^']*'|"[^"]*"`)
	line = quoted.ReplaceAllStringFunc(line,
		func(s string) string { return strings.ReplaceAll(s[1:len(s)-1], " ", "_") })
	for _, w := range strings.Fields(line) {
		if slices.Contains([]string{"#", "|", ">", "<", "&&", ";", "&"}, w) {
			break
		}
		out = append(out, w)
	}
	return out
}

var commandWord = regexp.MustCompile(`^[a-z][a-z-]*$`)

// wrongCall tells what is wrong with a line that begins with guiyi: a command or a flag that is not there. A whole call
// is also held against the number of arguments. Words in capitals or Chinese stand for something.
func wrongCall(line string, whole bool) string {
	given := words(line)
	if len(given) == 0 || given[0] != "guiyi" {
		return "does not begin with guiyi"
	}
	cmd, rest := tree(), given[1:]
	for len(rest) > 0 && cmd.HasSubCommands() && commandWord.MatchString(rest[0]) {
		i := slices.IndexFunc(cmd.Commands(), func(c *cobra.Command) bool { return c.Name() == rest[0] })
		if i < 0 {
			return fmt.Sprintf("%s has no command %s", cmd.CommandPath(), rest[0])
		}
		cmd, rest = cmd.Commands()[i], rest[1:]
	}
	cmd.InheritedFlags() // merges what the commands above accept
	if whole {
		if err := cmd.ParseFlags(rest); err != nil {
			return err.Error()
		}
		if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil {
			return err.Error()
		}
		return ""
	}
	for _, w := range rest {
		name, _, _ := strings.Cut(strings.TrimPrefix(w, "--"), "=")
		known := cmd.Flags().Lookup(name) != nil || cmd.InheritedFlags().Lookup(name) != nil
		if strings.HasPrefix(w, "--") && name != "" && !known {
			return fmt.Sprintf("%s has no flag --%s", cmd.CommandPath(), name)
		}
	}
	return ""
}

var (
	inCode  = regexp.MustCompile("`(?:\\./)?(?:bin/)?(guiyi [^`]+)`")
	inBlock = regexp.MustCompile(`^(?:\$ |sudo )?(?:\./)?(?:bin/)?(guiyi .*)$`)
	inText  = regexp.MustCompile(`guiyi (?:[a-z][a-z-]*)(?: (?:--[a-z][a-z-]*|[a-z][a-z-]*|SITE|FILE|文件夹))*`)
	envName = regexp.MustCompile(`\bGUIYI_[A-Z0-9_]+`)
	ownEnv  = regexp.MustCompile(`^GUIYI_(CONFIG|DATA|(TEST|LIFE)_[A-Z0-9_]+)$`) // read by tests and tools, no option
)

// calls are the command lines that a document names, with the number of their line.
func calls(text string) map[string]int {
	out, n, block := map[string]int{}, 0, false
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			block = !block
			continue
		}
		if m := inBlock.FindStringSubmatch(line); block && m != nil {
			out[m[1]] = n
		}
		for _, m := range inCode.FindAllStringSubmatch(line, -1) {
			out[m[1]] = n
		}
	}
	return out
}

// wrongDoc finds what a document says of the command line that is not so.
func wrongDoc(name, text string) (broken []string) {
	for call, line := range calls(text) {
		if why := wrongCall(strings.TrimRight(call, "…"), false); why != "" {
			broken = append(broken, fmt.Sprintf("%s:%d: %s: %s", name, line, call, why))
		}
	}
	for _, v := range envName.FindAllString(text, -1) {
		if !strings.Contains(config.Options(), v+"\n") && !ownEnv.MatchString(v) {
			broken = append(broken, fmt.Sprintf("%s names %s, which no option reads", name, v))
		}
	}
	return broken
}

// TestDocs: every call of guiyi that a document, a unit file or a text of the program names is one that the program
// takes.
func TestDocs(t *testing.T) {
	t.Parallel()
	const top = "../../.."
	found := 0
	err := filepath.WalkDir(top, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && slices.Contains([]string{".git", "node_modules", "bin", "data"}, d.Name()) {
			return filepath.SkipDir
		}
		ext := filepath.Ext(path)
		if !d.Type().IsRegular() || !slices.Contains([]string{".md", ".service", ".timer", ".example", ".go"}, ext) ||
			strings.HasSuffix(path, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := string(b)
		if ext == ".go" {
			for lit := range strings.SplitSeq(strings.Join(hints(text), "\n"), "\n") {
				for _, call := range inText.FindAllString(lit, -1) {
					if found++; wrongCall(call, false) != "" {
						t.Errorf("%s: %s: %s", path, call, wrongCall(call, false))
					}
				}
			}
			return nil
		}
		found += len(calls(text))
		for _, b := range wrongDoc(path, text) {
			t.Error(b)
		}
		return nil
	})
	if err != nil || found < 60 {
		t.Errorf("%d calls found, %v: the test does not see the documents", found, err)
	}
}

// hints are the texts of a source file that speak Chinese: what a person may read and type.
func hints(text string) (out []string) {
	for _, lit := range regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`).FindAllString(text, -1) {
		if han(lit) {
			out = append(out, lit)
		}
	}
	return out
}

// TestDocsCanFail proves that the test above finds what it is there to find.
func TestDocsCanFail(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Run `guiyi verify`.":                                       "",
		"Run `guiyi verfy`.":                                        "no command verfy",
		"Run `guiyi item reviser 3`.":                               "no command reviser",
		"Run `guiyi item revise ITEM --bdy f`.":                     "no flag --bdy",
		"Run `guiyi publish SITE --full`.":                          "",
		"Run `guiyi publish --data-dir /var/lib/guiyi`.":            "",
		"Run `guiyi COMMAND --help`.":                               "",
		"```\nguiyi ledger verify   # all\nguiyi ledger prove\n```": "no command prove",
		"```\n./bin/guiyi serve --demoo\n```":                       "no flag --demoo",
		"Set `GUIYI_DATA_DIR` and `GUIYI_BUS_TOKEN`.":               "",
		"Set `GUIYI_DATADIR`.":                                      "no option reads",
	} {
		found := strings.Join(wrongDoc("a.md", text), "\n")
		if (want == "") != (found == "") || !strings.Contains(found, want) {
			t.Errorf("%q: want %q, got %q", text, want, found)
		}
	}
	if why := wrongCall("guiyi rollback qinghe", true); !strings.Contains(why, "用法") {
		t.Errorf("a call without its arguments: %q", why)
	}
	if got := hints(`fault.New(k, "先用 guiyi aply 建立"); const a = "guiyi manifest head"`); len(got) != 1 {
		t.Errorf("hints: %q", got)
	}
}
