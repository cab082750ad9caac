package cli_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"

	"guiyi/internal/exchange"
)

// What one command may take with hostile input: memory in MiB at its peak, and the time
// after which it counts as hanging. The time is generous, for a loaded machine: work is
// bounded by the limits of the readers, not by this clock.
const (
	mostMemory = 700 * raceMemory
	patience   = 4 * time.Minute
)

// endured runs the real binary as a child and holds it against the bounds.
func (c commands) endured(args ...string) (out, errs string, ok bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	plain := c.command(args...)
	cmd := exec.CommandContext(ctx, plain.Path, plain.Args[1:]...)
	cmd.Dir, cmd.Env = plain.Dir, plain.Env
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		c.t.Fatalf("guiyi %s hangs", strings.Join(args, " "))
	}
	used, _ := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	c.t.Logf("guiyi %s: %d MiB, %v of CPU", strings.Join(args, " "), used.Maxrss>>10,
		cmd.ProcessState.UserTime().Round(10*time.Millisecond))
	if used.Maxrss>>10 > mostMemory {
		c.t.Errorf("guiyi %s took %d MiB", strings.Join(args, " "), used.Maxrss>>10)
	}
	if strings.Contains(stderr.String(), "goroutine ") {
		c.t.Errorf("guiyi %s panicked: %.2000s", strings.Join(args, " "), stderr.String())
	}
	return stdout.String(), stderr.String(), err == nil
}

// refused expects a command to fail with a text that a person understands.
func (c commands) refused(want string, args ...string) {
	c.t.Helper()
	_, errs, ok := c.endured(args...)
	if ok || !strings.Contains(errs, want) || !strings.ContainsFunc(errs,
		func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		c.t.Errorf("guiyi %s: want a refusal with %q, got %v %.500s", strings.Join(args, " "), want, ok, errs)
	}
}

// took imports and returns how each input that is not unchanged ended, by name.
func (c commands) took(args ...string) (*exchange.Report, map[string]exchange.Line) {
	c.t.Helper()
	out, errs, _ := c.endured(append([]string{"import", "--site", "test", "--no-publish", "--report", "-"}, args...)...)
	r := &exchange.Report{}
	if err := json.Unmarshal([]byte(out), r); err != nil {
		c.t.Fatalf("import %v gave no report: %v %.500s", args, err, errs)
	}
	if !r.AddUp() {
		c.t.Errorf("import %v: totals do not add up: %+v", args, r.Totals)
	}
	lines := map[string]exchange.Line{}
	for _, l := range r.Lines {
		lines[l.Name] = l
	}
	return r, lines
}

func newCommands(t *testing.T) commands {
	t.Helper()
	dir := t.TempDir()
	writeSite(t, dir)
	g := commands{t: t, dir: dir, exe: link(t, dir)}
	g.run("apply", "sites")
	return g
}

func hostilePage(title, body string) string {
	return fmt.Sprintf(
		`<!DOCTYPE html><html><head><meta charset="utf-8"><title>%[1]s</title><meta name="ArticleTitle" content="%[1]s"><meta name="PubDate" content="2026-03-02 10:30"></head>`+
			`<body><h1>%[1]s</h1><div class="TRS_Editor"><p>各县（区）人民政府：现就《%[1]s》有关事项通知如下，请认真贯彻执行，切实抓好落实。</p>%[2]s</div></body></html>`, title, body)
}

// billion is the entity bomb, as document type of a root element.
func billion(root string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE ` + root + ` [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">`)
	for c := 'b'; c <= 'l'; c++ {
		fmt.Fprintf(&b, `<!ENTITY %c "%s">`, c, strings.Repeat(fmt.Sprintf("&%c;", c-1), 10))
	}
	return b.String() + "]>"
}

// hostilePages are pages that cost more than they look, by file name. Good ones stand
// before and after them.
func hostilePages() map[string]string {
	return map[string]string{
		"00-first.html": hostilePage("第一篇好的网页没有受影响", ""),
		"attributes.html": hostilePage("很多属性的网页", "<p "+func() string {
			var b strings.Builder
			for i := range 1_000_000 {
				fmt.Fprintf(&b, "a%d=1 ", i)
			}
			return b.String()
		}()+">"),
		"comment.html":     hostilePage("没有结束的注释", "<!-- "+strings.Repeat("注释", 2_700_000)),
		"deep.html":        hostilePage("很深的网页", strings.Repeat("<div>", 100_000)),
		"depth-mixed.html": hostilePage("交替的深层", strings.Repeat("<div><b><table><tr><td><i><a href=x>", 20_000)),
		"marks.html": hostilePage("领养算法", strings.Repeat("<a><b><i><font><nobr>", 40_000)+
			strings.Repeat("</b></a><p>", 20_000)),
		"nested-a.html": hostilePage("套叠的链接", strings.Repeat("<a href=x><p>", 100_000)),
		"tables.html":   hostilePage("表格套表格", strings.Repeat("<table><tr><td>", 20_000)+"字"),
		"span.html": hostilePage("跨行跨列", "<table>"+
			strings.Repeat(`<tr><td rowspan="65534" colspan="1000">字</td></tr>`, 20_000)+"</table>"),
		"select.html":   hostilePage("选项套选项", strings.Repeat("<select><option><select>", 100_000)),
		"svg.html":      hostilePage("外来内容", strings.Repeat("<svg><foreignObject><math><mtext>", 50_000)),
		"template.html": hostilePage("模板", strings.Repeat("<template><table>", 50_000)),
		"entities.html": hostilePage("实体", strings.Repeat("&CounterClockwiseContourIntegral;&#x1F600;&", 300_000)),
		"tag.html":      hostilePage("没有结束的标签", "<p "+strings.Repeat("x", 14<<20)),
		"titles.html": "<html><head><title>" + strings.Repeat("长标题", 1_000_000) +
			"</title></head><body><p>正文</p></body></html>",
		"dashes.html": hostilePage("很多短线", strings.Repeat("<!--->", 1_000_000)),
		"href.html":   hostilePage("很长的地址", `<a href="/`+strings.Repeat("a/../", 1_000_000)+`x.pdf">附件</a>`),
		"images.html": hostilePage("很多图片的网页", func() string {
			var b strings.Builder
			for i := range 50_000 {
				fmt.Fprintf(&b, `<img src="i%d.png">`, i)
			}
			return b.String()
		}()),
		"data.html": hostilePage("内嵌的图片", `<img src="data:image/png;base64,`+strings.Repeat("AAAA", 1<<20)+`">`),
		"date.html": strings.Replace(hostilePage("离谱的时间", ""), "2026-03-02 10:30",
			"99999-99-99 99:99 "+strings.Repeat("2026年", 300_000), 1),
		"nul.html": hostilePage("零字节", strings.Repeat("\x00", 1000)+strings.Repeat("字\x00", 1000)),
		"laughs.xml": billion("rss") +
			`<rss version="2.0"><channel><title>&l;</title><item><title>&l;</title><description>&l;</description></item></channel></rss>`,
		"feed-deep.xml": "<rss><channel>" + strings.Repeat("<item>", 300_000),
		"feed-open.xml": "<rss><channel><item><title>" + strings.Repeat("字", 3_000_000),
		"feed-many.xml": `<rss version="2.0"><channel><title>很多条</title>` + strings.Repeat("<item></item>", 1_000_000) +
			"</channel></rss>",
		"bomb.png.html": hostilePage("图片炸弹的网页",
			`<img src="bomb.png"><img src="laughs.svg"><img src="deep.svg"><a href="zip.zip">附件</a>`),
		"zz-last.html": hostilePage("最后一篇好的网页也没有丢", ""),
	}
}

func TestHostilePages(t *testing.T) {
	g := newCommands(t)
	in := filepath.Join(g.dir, "in")
	var names []string
	for name, text := range hostilePages() {
		written(t, filepath.Join(in, name), []byte(text))
		names = append(names, name)
	}
	debug.FreeOSMemory() // a child begins with the peak of its parent in its account
	// A picture that says it is 65,535 × 65,535, drawings that unfold, and an archive of nothing.
	written(t, filepath.Join(in, "bomb.png"),
		[]byte(
			"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x02\x00\x00\x00\x00\x00\x00\x00"))
	written(t, filepath.Join(in, "laughs.svg"), []byte(billion("svg")+
		`<svg xmlns="http://www.w3.org/2000/svg"><text>&l;</text></svg>`))
	written(t, filepath.Join(in, "deep.svg"), []byte(`<svg xmlns="http://www.w3.org/2000/svg">`+strings.Repeat("<g>",
		1_000_000)))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	written(t, filepath.Join(g.dir, "out", "secret.html"), []byte(hostilePage("外面的秘密", "")))
	must(os.Symlink(filepath.Join(g.dir, "out", "secret.html"), filepath.Join(in, "link.html")))
	must(os.Symlink("../out/secret.html", filepath.Join(in, "link2.html")))
	must(os.Symlink("../out", filepath.Join(in, "folder")))
	must(os.Symlink(".", filepath.Join(in, "self")))
	must(os.Symlink("loop.html", filepath.Join(in, "loop.html")))
	must(os.Symlink("/dev/zero", filepath.Join(in, "zero.html")))
	must(os.Symlink("/proc/self/environ", filepath.Join(in, "environ.html")))
	must(syscall.Mkfifo(filepath.Join(in, "pipe.html"), 0o600))
	must(os.WriteFile(filepath.Join(in, "\xb9\xd8\xd3\xda.html"), []byte(hostilePage("文件名是国标码的网页", "")), 0o600))
	must(os.WriteFile(filepath.Join(in, "a\nb\x1b[31m.html"), []byte(hostilePage("文件名里有换行的网页", "")), 0o600))
	r, lines := g.took("in")
	slices.Sort(names)
	for _, name := range names {
		l, ok := lines[name]
		if !ok && name != "laughs.xml" { // whose entry counts
			t.Errorf("%s is not accounted for", name)
		}
		t.Logf("%s: %s %s %s", name, l.Status, l.Reason, l.Detail)
	}
	for _, name := range []string{"00-first.html", "zz-last.html", "关于.html", "bomb.png.html"} {
		if l := lines[name]; l.Status != "imported" {
			t.Errorf("%s: %+v", name, l)
		}
	}
	for _, name := range []string{"link.html", "link2.html", "folder", "self", "loop.html", "zero.html", "environ.html",
		"pipe.html"} {
		if l := lines[name]; l.Status != exchange.Quarantined || l.Detail == "" {
			t.Errorf("%s: %+v", name, l)
		}
	}
	t.Logf("%+v %v", r.Totals, r.Reasons)
	if list := g.run("item", "list", "--site", "test", "--limit", "500"); strings.Contains(list, "秘密") {
		t.Error("a link led out of the folder")
	}
}

func TestHostileLines(t *testing.T) {
	g := newCommands(t)
	good := func(id string) string {
		return `{"id":"` + id + `","title":"好的一条` + id + `","time":"2026-03-02","body":"好的正文` + id + `"}` + "\n"
	}
	f, err := os.Create(filepath.Join(g.dir, "a.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	bad := []string{
		`{"id":"deep","body":` + strings.Repeat("[", 1_000_000),
		`{"id":"deepmap","body":` + strings.Repeat(`{"a":`, 1_000_000),
		"\x00\x00\x00\x00", "null", "[]", `"text"`, "{", `{"id":"two","title":"甲"}{"id":"three"}`,
		strings.Repeat("{", 1<<20),
		`{"id":"untitled","body":"` + strings.Repeat("字", 1_000_000) + `"}`,
		`{"id":"title","title":"` + strings.Repeat("长", 1_000_000) + `","body":"正文"}`,
		`{"id":"\xff\xfe","title":"\x80\x81\xff\xfe\x80","body":"\xff\xfe\x80\x81"`,
	}
	odd := []string{
		`{"id":"surrogate","title":"半个代理\ud83d","body":"正文\udc00有半个代理"}`,
		`{"id":"twice","id":"twice2","title":"甲","title":"后一个算数","body":"重复的键"}`,
		`{"id":"date","title":"离谱的时间","time":"99999999999999999999","body":"离谱的时间一"}`,
		`{"id":"date2","title":"离谱的时间二","time":"-1000-13-45T99:99:99Z","body":"离谱的时间二"}`,
		`{"id":"number","title":"大数","n":1e999999999,"body":"大数的正文"}`,
		`{"id":"zero","title":"零\u0000字节","body":"零\u0000字节的正文"}`,
		func() string {
			var b strings.Builder
			b.WriteString(`{"id":"wide","title":"很多字段","body":"很多字段的正文"`)
			for i := range 1_000_000 {
				fmt.Fprintf(&b, `,"f%d":1`, i)
			}
			return b.String() + "}"
		}(),
	}
	write := func(s string) {
		if _, err := f.WriteString(s); err != nil {
			t.Fatal(err)
		}
	}
	write(good("first"))
	for i, s := range append(slices.Clone(bad), odd...) {
		write(s + "\n" + good(fmt.Sprint("after", i)))
	}
	write(`{"id":"endless","title":"`)
	for range 80 {
		write(strings.Repeat("没完没了", 1<<18)) // 3 MiB each
	}
	write("\n" + good("last"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r, lines := g.took("a.jsonl")
	if want := len(bad) + len(odd) + 2; r.Imported < want-2 || r.Inputs != 2*(len(bad)+len(odd))+3 {
		t.Errorf("%+v", r.Totals)
	}
	for n, l := range lines {
		if l.Status == exchange.Quarantined && !strings.Contains(n, "a.jsonl:") {
			t.Errorf("no line is named: %+v", l)
		}
		if l.Status == exchange.Quarantined {
			t.Logf("%s %s %s", n, l.Reason, l.Detail)
		}
	}
	if r.Quarantined != len(bad)+1 {
		t.Errorf("%d of %d bad lines held: %v", r.Quarantined, len(bad)+1, r.Reasons)
	}
}

func TestHostileTables(t *testing.T) {
	g := newCommands(t)
	f, err := os.Create(filepath.Join(g.dir, "a.csv"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	good := func(k int) {
		for range k {
			n++
			fmt.Fprintf(f, "%d,第%d条,2026-03-02,第%d条的正文\n", n, n, n)
		}
	}
	fmt.Fprintln(f, "编号,标题,时间,内容")
	good(500)
	fmt.Fprintln(f, `x1,"没有配对的引号,2026-03-02,正文`)
	good(3000)
	fmt.Fprint(f, `x2,很长的一行,`)
	for range 50 {
		fmt.Fprint(f, strings.Repeat("长", 1<<18))
	}
	fmt.Fprintln(f)
	good(500)
	fmt.Fprintf(f, "x3,%s,2026,正文\n", strings.Repeat("\x80\xff\x00\x01", 1000))
	good(500)
	fmt.Fprintln(f, strings.Repeat(",", 100_000))
	fmt.Fprintln(f, strings.Repeat(`"`, 100_001))
	good(500)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r, lines := g.took("a.csv")
	if r.Imported < n {
		t.Errorf("%d of %d good rows: %+v", r.Imported, n, r.Totals)
	}
	for _, name := range []string{"a.csv:502", "a.csv:3503"} {
		if l := lines[name]; l.Status != exchange.Quarantined || l.Detail == "" {
			t.Errorf("%s: %+v", name, l)
		}
	}
	for k, l := range lines {
		if l.Status == exchange.Quarantined {
			t.Logf("%s %s %s", k, l.Reason, l.Detail)
		}
	}
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	fmt.Fprintln(z, "标题,内容")
	for range 300 {
		_, _ = io.WriteString(z, strings.Repeat("甲乙,丙丁\n", 1<<16))
	}
	_ = z.Close()
	written(t, filepath.Join(g.dir, "bomb.csv.gz"), bomb.Bytes())
	g.refused("不像正常的数据", "import", "bomb.csv.gz", "--site", "test")
}
