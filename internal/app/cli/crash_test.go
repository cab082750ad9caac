package cli_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/test/freeport"
)

// crash is one kind of import to be killed: a format, a database, and perhaps a running
// platform beside the command.
type crash struct {
	name   string
	write  func(t *testing.T, dir string, items int) (input string)
	dsn    func(t testing.TB) string // nil: SQLite in the data folder
	server bool
}

var crashes = []crash{
	{name: "lines", write: writeRecords},
	{name: "pages", write: writePages},
	{name: "server", write: writeRecords, server: true},
	{name: "postgres", write: writeTable, dsn: func(t testing.TB) string { return storetest.Postgres(t) }},
}

// perKill is how many items are new in each round, so that each has something to import
// and to publish.
const perKill = 150

// TestKilledImportsFinish kills an importing and publishing process, or the platform
// beside it, at random moments, again and again, and then lets one run to its end: every
// item is there once, and what is public equals the library. GUIYI_TEST_KILLS sets how
// often, over all kinds (default 4).
func TestKilledImportsFinish(t *testing.T) {
	kills := len(crashes)
	if n, err := strconv.Atoi(os.Getenv("GUIYI_TEST_KILLS")); err == nil {
		kills = n
	}
	for i, c := range crashes {
		n := kills / len(crashes)
		if i < kills%len(crashes) {
			n++
		}
		t.Run(c.name, func(t *testing.T) { c.run(t, n) })
	}
}

func (c crash) run(t *testing.T, kills int) {
	dir := t.TempDir()
	writeSite(t, dir)
	g := commands{t: t, dir: dir, exe: link(t, dir)}
	if c.dsn != nil {
		g.env = append(g.env, "GUIYI_DATABASE="+c.dsn(t))
	}
	g.run("apply", "sites")
	items := perKill
	importing := []string{"import", c.write(t, dir, items), "--site", "test", "--column", "news"}
	importTook, publishTook := g.measured(importing...) // how long both take, for the moments of the kills
	var server *exec.Cmd
	count := map[phase]int{}
	for done, tries := 0, 0; done < kills; tries++ {
		if tries == 10*kills+10 {
			t.Fatalf("only %d of %d kills hit: %v", done, kills, count)
		}
		items += perKill
		c.write(t, dir, items)
		if c.server && server == nil {
			server = g.serve()
		}
		moment := killAt{victim: server, publishing: rand.IntN(2) == 1}
		if server != nil && rand.IntN(2) == 1 {
			moment.victim = nil // the command dies, the platform lives
		}
		moment.after = rand.N(importTook + time.Millisecond)
		if moment.publishing {
			moment.after = rand.N(publishTook + time.Millisecond)
		}
		at := g.killed(moment, importing...)
		if moment.victim != nil {
			server = nil
		}
		if count[at]++; at != ended {
			done++
			t.Logf("kill %d while %s: %s", done, at, strings.TrimSpace(g.run("ledger", "verify")))
		}
	}
	if server != nil {
		g.stop(server)
	}
	t.Logf("%d kills, %d items: %v", kills, items, count)
	g.run(append(importing, "--no-publish")...)
	g.settle()
	if out := g.run("verify"); !strings.Contains(out, "一致") || strings.Contains(out, "等待") {
		t.Errorf("verify: %s", out)
	}
	g.run("ledger", "verify")
	for table, column := range map[string]string{"resource_item": "id", "resource_edition": "item_id",
		"resource_provenance": "external_id", "resource_placement": "item_id", "resource_address": "item_id"} {
		if all, different := g.count(table, column); all != items || different != items {
			t.Errorf("%s has %d rows of %d items, want %d", table, all, different, items)
		}
	}
	if out := g.run(append(importing, "--no-publish", "--report", "-")...); !strings.Contains(out,
		fmt.Sprintf(`"unchanged": %d`, items)) {
		t.Errorf("one more run changed something: %.500s", out)
	}
}

// phase is what a command was doing when something was killed.
type phase string

const (
	beginning  phase = "beginning" // before its run was noted
	taking     phase = "importing"
	publishing phase = "publishing"
	ended      phase = "over" // too late
)

// killAt is a moment: so long after the start of the import or of the publishing.
type killAt struct {
	victim     *exec.Cmd // nil: the command itself
	publishing bool
	after      time.Duration
}

// measured runs a command to its end and tells how long it imported and published.
func (c commands) measured(args ...string) (importing, publishing time.Duration) {
	c.t.Helper()
	cmd := c.command(args...)
	imported := reported(c.t, cmd)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	<-imported
	half := time.Now()
	if err := cmd.Wait(); err != nil {
		c.t.Fatalf("guiyi %s: %v", strings.Join(args, " "), err)
	}
	return half.Sub(begin), time.Since(half)
}

// reported is closed when the command tells of its import, before it publishes, or ends.
func reported(t *testing.T, cmd *exec.Cmd) <-chan struct{} {
	t.Helper()
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan struct{})
	go func() {
		tell := sync.OnceFunc(func() { close(told) })
		defer tell()
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.HasPrefix(lines.Text(), "输入 ") {
				tell()
			}
		}
	}()
	return told
}

// killed starts a command, kills it or the platform beside it at a moment, and tells what
// the command was doing then.
func (c commands) killed(m killAt, args ...string) phase {
	c.t.Helper()
	cmd := c.command(args...)
	imported := reported(c.t, cmd)
	runs := c.runs()
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	if m.publishing {
		<-imported
	}
	over := make(chan struct{})
	go func() { _ = cmd.Wait(); close(over) }()
	select {
	case <-time.After(m.after): // the moment is what is random here; nothing waits for it
	case <-over:
	}
	at := ended
	select {
	case <-over:
	default:
		at = taking
		select {
		case <-imported:
			at = publishing
		default:
		}
	}
	if m.victim == nil {
		_ = cmd.Process.Kill()
		<-over
		if cmd.ProcessState.Success() {
			return ended
		}
	} else {
		_ = m.victim.Process.Kill()
		_ = m.victim.Wait()
		<-over // the command goes on without the platform
		if !cmd.ProcessState.Success() {
			c.t.Errorf("the import did not survive the platform beside it: %v", cmd.ProcessState)
		}
	}
	if at == taking && c.runs() == runs {
		at = beginning
	}
	return at
}

// settle publishes what waits. Work whose process was killed again and again waits longer
// for its next attempt than one command does; the next command then finds it due.
func (c commands) settle() {
	c.t.Helper()
	var out []byte
	var err error
	for range 8 {
		if out, err = c.command("publish").CombinedOutput(); err == nil {
			return
		}
	}
	c.t.Fatalf("publishing does not come to its end: %v %s", err, out)
}

// count returns the rows of a table and the different values of a column.
func (c commands) count(table, column string) (all, different int) {
	c.t.Helper()
	dsn := "sqlite:" + filepath.Join(c.dir, "data", "guiyi.db")
	for _, e := range c.env {
		if url, ok := strings.CutPrefix(e, "GUIYI_DATABASE="); ok {
			dsn = url
		}
	}
	db, err := store.Open(c.t.Context(), dsn)
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	q := db.Read().NewSelect().TableExpr("?", bun.Ident(table)).ColumnExpr("count(*)").ColumnExpr("count(DISTINCT ?)",
		bun.Ident(column))
	if err := q.Scan(c.t.Context(), &all, &different); err != nil {
		c.t.Fatal(err)
	}
	return all, different
}

// runs counts the imports that the database knows.
func (c commands) runs() int {
	c.t.Helper()
	n, _ := c.count("exchange_run", "id")
	return n
}

// serve starts the platform beside the commands and waits until it is up.
func (c commands) serve() *exec.Cmd {
	c.t.Helper()
	cmd := c.command("serve")
	for _, name := range []string{"GUIYI_PUBLIC_LISTEN", "GUIYI_STUDIO_LISTEN"} {
		at, err := freeport.Address()
		if err != nil {
			c.t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, name+"="+at)
	}
	up := make(chan struct{})
	var errs strings.Builder
	cmd.Stdout, cmd.Stderr = &until{w: &bytes.Buffer{}, mark: "Ctrl-C", found: up}, &errs
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = cmd.Process.Kill() })
	select {
	case <-up:
	case <-time.After(90 * time.Second):
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		c.t.Fatalf("the platform did not come up: %s", errs.String())
	}
	return cmd
}

// stop ends the platform as an administrator would.
func (c commands) stop(cmd *exec.Cmd) {
	c.t.Helper()
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		c.t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		c.t.Errorf("the platform did not end well: %v", err)
	}
}

// commands runs the real binary in a folder.
type commands struct {
	t   *testing.T
	dir string
	exe string
	env []string
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
	cmd.Env = append(cmd.Env, c.env...)
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

// sentence is the text of one item.
func sentence(i int) string {
	return fmt.Sprintf("这是第%d条工作动态的正文，记录全市重点工作的推进情况。", i)
}

func written(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func writeRecords(t *testing.T, dir string, n int) string {
	t.Helper()
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%d","title":"第%d号工作动态","time":"2026-%02d-%02d 09:%02d","source":"市政府办公室","body":"%s"}`+
			"\n", i, i, 1+i%10, 1+i%28, i%60, sentence(i))
	}
	written(t, filepath.Join(dir, "news.jsonl"), b.Bytes())
	return "news.jsonl"
}

func writeTable(t *testing.T, dir string, n int) string {
	t.Helper()
	b := bytes.NewBufferString("编号,标题,时间,来源,内容\n")
	for i := range n {
		fmt.Fprintf(b, "%d,第%d号工作动态,2026-%02d-%02d 09:%02d,市政府办公室,\"%s\n第二段\"\n", i, i, 1+i%10, 1+i%28, i%60,
			sentence(i))
	}
	written(t, filepath.Join(dir, "news.csv"), b.Bytes())
	return "news.csv"
}

// writePages writes saved pages, each with a picture of its own and an attachment.
func writePages(t *testing.T, dir string, n int) string {
	t.Helper()
	for i := range n {
		at := filepath.Join(dir, "pages", strconv.Itoa(i))
		if _, err := os.Stat(at + ".html"); err == nil {
			continue
		}
		var b bytes.Buffer
		if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 100+i, 100))); err != nil {
			t.Fatal(err)
		}
		written(t, at+".png", b.Bytes())
		written(t, at+".pdf", fmt.Appendf(nil, "%%PDF-1.4\n%% %d\n%%%%EOF", i))
		written(t, at+".html",
			fmt.Appendf(nil,
				`<!DOCTYPE html><html><head><meta charset="utf-8"><title>第%[1]d号工作动态发布</title><meta name="ArticleTitle" content="第%[1]d号工作动态发布">`+
					`<meta name="PubDate" content="2026-%02[2]d-%02[3]d 10:30"><meta name="ContentSource" content="清河日报"></head><body><h1>第%[1]d号工作动态发布</h1>`+
					`<div class="TRS_Editor"><p>%[4]s</p><p><img src="%[1]d.png"></p><p><a href="%[1]d.pdf">附件：方案%[1]d</a></p></div></body></html>`, i, 1+i%10, 1+i%28, sentence(i)))
	}
	return "pages"
}
