package cli_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"guiyi/internal/app/cli"
)

// call runs a command line in this process against an empty data folder.
func call(t *testing.T, data string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = cli.Main(append([]string{"--data-dir", data}, args...), &out, &errs)
	return status, out.String(), errs.String()
}

// TestWrongUse: status 2 and a sentence that says what to do, for whatever a person may
// get wrong; nothing is done.
func TestWrongUse(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for name, c := range map[string]struct {
		args []string
		want int
		text string
	}{
		"unknown command":      {[]string{"pubilsh"}, 2, "没有命令"},
		"unknown sub-command":  {[]string{"item", "lst"}, 2, "withdraw"},
		"unknown flag":         {[]string{"verify", "--jsn"}, 2, "jsn"},
		"missing argument":     {[]string{"apply"}, 2, "用法"},
		"too many arguments":   {[]string{"site", "show", "a", "b"}, 2, "用法"},
		"unknown flag, hint":   {[]string{"verify", "--jsn"}, 2, "guiyi verify --help"},
		"flag without value":   {[]string{"item", "list", "--limit"}, 2, "缺少值"},
		"flag of a wrong kind": {[]string{"item", "list", "--limit", "many"}, 2, "整数"},
		"not a number":         {[]string{"item", "show", "abc"}, 2, "数字"},
		"unknown class":        {[]string{"item", "list", "--class", "artcle"}, 2, "没有类别"},
		"unknown state":        {[]string{"item", "list", "--state", "lve"}, 2, "没有状态"},
		"column without site":  {[]string{"item", "list", "--column", "zwgk"}, 2, "--site"},
		"limit":                {[]string{"item", "list", "--limit", "-5"}, 2, "--limit"},
		"withdraw no reason":   {[]string{"item", "withdraw", "1"}, 2, "--reason"},
		"release in the past":  {[]string{"item", "release", "1", "--at", "2020-01-01"}, 2, "已经过去"},
		"moment":               {[]string{"item", "release", "1", "--at", "tomorrow"}, 1, "看不懂"},
		"import without site":  {[]string{"import", data}, 2, "--site"},
		"rollback no revision": {[]string{"rollback", "qinghe"}, 2, "用法"},
		"no such folder":       {[]string{"apply", filepath.Join(data, "none")}, 1, "打不开文件夹"},
		"no site yet":          {[]string{"verify"}, 1, "guiyi apply"},
		"no such site":         {[]string{"site", "show", "nowhere"}, 1, "没有站点 nowhere"},
		"no such site, hint":   {[]string{"site", "show", "nowhere"}, 1, "站点代码见 guiyi site list"},
		"no such item":         {[]string{"item", "show", "7"}, 1, "没有编号为 7"},
		"a wrong setting":      {[]string{"config", "check", "--log-level", "loud"}, 1, "log.level"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := call(t, data, c.args...)
			if status != c.want || !strings.Contains(stderr, c.text) {
				t.Errorf("status %d, want %d; said %q, want %q in it; printed %q", status, c.want, stderr, c.text,
					stdout)
			}
		})
	}
}

func TestConfigDumpHidesSecrets(t *testing.T) {
	t.Setenv("GUIYI_BUS_TOKEN", "very-secret-token")
	t.Setenv("GUIYI_BUS_URL", "nats://127.0.0.1:4222")
	status, stdout, stderr := call(t, t.TempDir(), "config", "dump")
	if status != 0 || !strings.Contains(stdout, "token:") {
		t.Fatalf("status %d: %s%s", status, stdout, stderr)
	}
	if strings.Contains(stdout+stderr, "very-secret-token") {
		t.Error("the dump shows a secret")
	}
}
