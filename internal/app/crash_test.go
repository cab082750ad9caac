package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestKilledImportsFinish kills an importing and publishing process at random moments,
// again and again, and then lets one run to its end: every item is there once, and what
// is public equals the library. GUIYI_TEST_KILLS sets how often (default 4).
func TestKilledImportsFinish(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv("GUIYI_TEST_KILLS")); err == nil {
		kills = n
	}
	const items = 400
	dir := t.TempDir()
	writeSite(t, dir)
	writeRecords(t, filepath.Join(dir, "news.jsonl"), items)
	g := commands{t: t, dir: dir, exe: link(t, dir)}
	g.run("apply", "sites")
	for i := range kills {
		g.killed(time.Duration(rand.Int64N(int64(900*time.Millisecond)))+20*time.Millisecond, "import", "news.jsonl", "--site", "test", "--column", "news")
		t.Logf("kill %d: %s", i+1, strings.TrimSpace(g.run("ledger", "verify")))
	}
	g.run("import", "news.jsonl", "--site", "test", "--column", "news")
	g.run("publish")
	if out := g.run("verify"); !strings.Contains(out, "一致") || strings.Contains(out, "等待") {
		t.Errorf("verify: %s", out)
	}
	g.run("ledger", "verify")
	if n := strings.Count(g.run("item", "list", "--site", "test", "--limit", "500"), "\n"); n != items {
		t.Errorf("%d items in the library, want %d", n, items)
	}
	if out := g.run("import", "news.jsonl", "--site", "test", "--column", "news", "--report", "-"); !strings.Contains(out, fmt.Sprintf(`"unchanged": %d`, items)) {
		t.Errorf("one more run changed something: %.500s", out)
	}
}

// commands runs the real binary in a folder.
type commands struct {
	t   *testing.T
	dir string
	exe string
}

func link(t *testing.T, dir string) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "guiyi")
	if err := os.Symlink(exe, name); err != nil {
		t.Fatal(err)
	}
	return name
}

func (c commands) command(args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.Background(), c.exe, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "GUIYI_DATA_DIR="+filepath.Join(c.dir, "data"))
	return cmd
}

func (c commands) run(args ...string) string {
	c.t.Helper()
	cmd := c.command(args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("guiyi %s: %v\n%s%s", strings.Join(args, " "), err, out, errs.String())
	}
	return string(out)
}

// killed starts a command and kills it after a while; it may have ended by then.
func (c commands) killed(after time.Duration, args ...string) {
	c.t.Helper()
	cmd := c.command(args...)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	timer := time.AfterFunc(after, func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
	defer timer.Stop()
	_ = cmd.Wait()
}

func writeSite(t *testing.T, dir string) {
	t.Helper()
	text := `site: test
name: 清河测试网
kind: portal
state: running
domains: [www.test.gov.cn]
dossier: {idcode: "2301990009", sponsor: 清河市人民政府, icp: 黑ICP备00000000号-9, police: 黑公网安备 23019900000009号, phone: 0450-0000000}
columns:
  - {slug: news, name: 新闻, types: [工作动态], update: news, description: 本市新闻}
`
	if err := os.Mkdir(filepath.Join(dir, "sites"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "sites", "test.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeRecords(t *testing.T, name string, n int) {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%d","title":"第%d号工作动态","time":"2026-%02d-%02d 09:%02d","source":"市政府办公室","body":"这是第%d条工作动态的正文，记录全市重点工作的推进情况。"}`+"\n",
			i, i, 1+i%10, 1+i%28, i%60, i)
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}
