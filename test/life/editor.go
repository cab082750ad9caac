package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// item is something the generator has published.
type item struct {
	id    int64
	token string // in its title and nowhere else
	site  string
	old   string // path at its old address, "" for none
	gone  bool   // withdrawn
	plan  bool   // has a planned release that has not come yet
}

// editors do the work of the offices through the command line and remember what must be public.
type editors struct {
	c      *city
	rnd    *rand.Rand
	origin *origin

	mu       sync.Mutex
	items    []*item
	editions int // accepted, of all items
	done     map[kind]int
	faults   []string
	crawls   sync.WaitGroup
}

// columns that imports go to; the last is on the site that is rolled back.
var columns = [][2]string{{"qinghe", "xwdt/bmdt"}, {"linjiang", "xwdt/jrlj"}, {"jtj", "xwdt/gzdt"},
	{"qinghe", "xwdt/tzgg"}, {"rsj", "xwdt/gzdt"}}

const rolledBack = "rsj"

func newEditors(c *city, seed uint64, o *origin) *editors {
	return &editors{c: c, rnd: rand.New(rand.NewPCG(seed, 1)), origin: o, done: map[kind]int{}}
}

func (e *editors) fault(format string, a ...any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.faults = append(e.faults, fmt.Sprintf(format, a...))
}

// do carries out one event. Crawls run in the background, since they keep their pace.
func (e *editors) do(ctx context.Context, ev event) {
	e.mu.Lock()
	e.done[ev.kind]++
	e.mu.Unlock()
	var err error
	switch ev.kind {
	case importFile:
		err = e.importFile(ctx, ev.n)
	case crawlSite:
		e.crawls.Go(func() {
			if err := e.crawl(ctx); err != nil && ctx.Err() == nil {
				e.fault("crawl: %v", err)
			}
		})
	case revise, planned:
		err = e.revise(ctx, ev)
	case withdraw:
		err = e.withdraw(ctx)
	case place:
		err = e.place(ctx)
	case rollback:
		err = e.rollback(ctx)
	case resume:
		_, err = e.c.guiyi(ctx, "rollback", rolledBack, "--resume")
	case edgeStop:
		e.c.edge.stop()
	case edgeStart:
		err = e.c.startEdge(ctx)
	}
	if err != nil && ctx.Err() == nil {
		e.fault("%s %d: %v", ev.kind, ev.n, err)
	}
}

// moment writes a time as people in China do.
func moment(t time.Time) string {
	return t.In(time.FixedZone("CST", 8*3600)).Format("2006-01-02 15:04:05")
}

// record is one line of a file to import.
type record struct {
	ID     string `json:"id"`
	Title  string `json:"title"`
	Time   string `json:"time"`
	Source string `json:"source"`
	URL    string `json:"url,omitempty"`
	Body   string `json:"body"`
}

// text is a body of the usual length: a few paragraphs.
func text(r *rand.Rand, about string) string {
	words := strings.Fields(
		"全市 重点工作 推进会 要求 各有关部门 认真落实 任务分工 加强协调 确保 按期完成 群众 反映 强烈 的 问题 得到 及时 解决 道路 清雪 供热 用水 就业 培训 社保 公共交通 线路 调整 企业 服务 项目 建设 安全 生产 检查")
	var b strings.Builder
	for range 4 + r.IntN(6) {
		b.WriteString("<p>" + about + "：")
		for range 40 + r.IntN(60) {
			b.WriteString(words[r.IntN(len(words))])
		}
		b.WriteString("。</p>")
	}
	return b.String()
}

func (e *editors) importFile(ctx context.Context, n int) error {
	to := columns[n%len(columns)]
	name := filepath.Join(e.c.dir, fmt.Sprintf("import-%03d.jsonl", n))
	tokens, old := map[string]string{}, map[string]string{}
	var lines strings.Builder
	for i := range 2 + e.rnd.IntN(3) {
		id := fmt.Sprintf("%d-%d", n, i)
		token := fmt.Sprintf("life%06d", 100*n+i)
		tokens[id] = token
		rec := record{
			ID:     id,
			Title:  "关于" + token + "号事项的工作动态",
			Time:   moment(time.Now()),
			Source: "市政府办公室",
			Body:   text(e.rnd, token+"号事项"),
		}
		if i == 0 {
			old[id] = "/old/" + token + ".html"
			rec.URL = "https://old.qinghe.gov.cn" + old[id]
		}
		b, err := json.Marshal(rec)
		if err != nil {
			return err
		}
		lines.Write(append(b, '\n'))
	}
	if err := os.WriteFile(name, []byte(lines.String()), 0o600); err != nil {
		return err
	}
	args := []string{"import", name, "--site", to[0], "--column", to[1], "--source", "life", "--report", "-"}
	if n%2 == 1 {
		args = append(args, "--no-publish") // the platform publishes it
	}
	return e.imported(ctx, to[0], tokens, old, args...)
}

// imported runs an import and notes what it took in.
func (e *editors) imported(ctx context.Context, site string, tokens, old map[string]string, args ...string) error {
	out, err := e.c.guiyi(ctx, args...)
	if err != nil {
		return err
	}
	var report struct {
		Quarantined int
		Lines       []struct {
			ID, Status, Detail string
			Item               int64 `json:"item,string"`
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		return fmt.Errorf("report: %w: %.200s", err, out)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, l := range report.Lines {
		if l.Item == 0 && strings.HasSuffix(l.ID, "/index.html") {
			continue // a list is not taken for an article
		}
		if l.Item == 0 {
			e.faults = append(e.faults, fmt.Sprintf("input %s was not taken: %s %s", l.ID, l.Status, l.Detail))
			continue
		}
		e.editions++
		if token := tokens[l.ID]; token != "" {
			e.items = append(e.items, &item{id: l.Item, token: token, site: site, old: old[l.ID]})
		}
	}
	return nil
}

func (e *editors) crawl(ctx context.Context) error {
	tokens := e.origin.grow()
	return e.imported(ctx, "qinghe", tokens, nil, "import", e.origin.url+"/index.html", "--site", "qinghe", "--column",
		"xwdt/bmdt", "--source", "crawl",
		"--private", "--delay", "200ms", "--max-pages", "40", "--report", "-")
}

// pick returns a live item, nil while there is none.
func (e *editors) pick(sites ...string) *item {
	e.mu.Lock()
	defer e.mu.Unlock()
	for range 50 {
		if len(e.items) == 0 {
			break
		}
		it := e.items[e.rnd.IntN(len(e.items))]
		if !it.gone && !it.plan && (len(sites) == 0 || it.site == sites[0]) {
			return it
		}
	}
	return nil
}

// revise changes a title, at once or from a planned moment on. The token stays.
func (e *editors) revise(ctx context.Context, ev event) error {
	it := e.pick()
	if it == nil {
		return nil
	}
	args := []string{"item", "revise", fmt.Sprint(it.id), "--title",
		fmt.Sprintf("关于%s号事项的工作动态（第%d次修订）", it.token, ev.n+1)}
	if ev.kind == revise {
		args = append(args, "--release")
	}
	_, err := e.c.guiyi(ctx, args...)
	if err == nil && ev.kind == planned {
		e.mu.Lock()
		it.plan = true
		e.mu.Unlock()
		_, err = e.c.guiyi(ctx, "item", "release", fmt.Sprint(it.id), "--at", moment(time.Now().Add(3*time.Second)))
	}
	if err == nil {
		e.mu.Lock()
		e.editions++
		e.mu.Unlock()
	}
	return err
}

func (e *editors) withdraw(ctx context.Context) error {
	it := e.pick()
	if it == nil {
		return nil
	}
	_, err := e.c.guiyi(ctx, "item", "withdraw", fmt.Sprint(it.id), "--reason", "演练")
	if err == nil {
		e.mu.Lock()
		it.gone = true
		e.mu.Unlock()
	}
	return err
}

func (e *editors) place(ctx context.Context) error {
	it := e.pick("linjiang")
	if it == nil {
		return nil
	}
	_, err := e.c.guiyi(ctx, "item", "place", fmt.Sprint(it.id), "qinghe", "xwdt/bmdt")
	return err
}

// rollback goes back to the oldest revision that is still kept, which is the one a cleaning could have hurt.
func (e *editors) rollback(ctx context.Context) error {
	out, err := e.c.guiyi(ctx, "ledger", "list", rolledBack)
	if err != nil {
		return err
	}
	var rows [][]string
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 4 && f[0] != "版本" {
			rows = append(rows, f)
		}
	}
	target := ""
	for _, f := range rows[:len(rows)-1] {
		if f[4] == "是" { // version, day, time, addresses, can be rolled back to
			target = f[0]
			break
		}
	}
	if target == "" { // published once
		target = rows[len(rows)-1][0]
	}
	_, err = e.c.guiyi(ctx, "rollback", rolledBack, target, "--reason", "演练")
	return err
}
