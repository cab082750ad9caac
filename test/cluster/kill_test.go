package cluster

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// batch is how many items one import brings.
const batch = 6

// TestAnyProcessMayDie imports and publishes all the time, kills each process in turn, and starts it again. Nothing
// is lost or doubled, edges that live answer every request, and in the end everything agrees. GUIYI_TEST_ROUNDS says
// how often (default 1).
func TestAnyProcessMayDie(t *testing.T) {
	rounds := 1
	if n, err := strconv.Atoi(os.Getenv("GUIYI_TEST_ROUNDS")); err == nil {
		rounds = n
	}
	c := newCluster(t)
	in := &importer{c: c}
	in.next()
	for edge := range c.public {
		c.awaitPage(edge, in.lastTitle())
	}
	c.awaitFound(in)
	if _, err := get(c.portal+"/search", "www.test.gov.cn"); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("the portal answers somebody who is no edge: %v", err)
	}
	readers := c.read()
	for round := range rounds {
		for _, i := range rand.Perm(len(c.processes)) {
			p := c.processes[i]
			done := make(chan struct{})
			go func() { defer close(done); in.next() }() // its acknowledgement may need the process back
			pause(600 * time.Millisecond)
			p.kill()
			c.without(p.name)
			pause(1200 * time.Millisecond)
			p.up()
			<-done
			for edge := range c.public {
				c.awaitPage(edge, in.lastTitle())
			}
			c.awaitFound(in)
			t.Logf("round %d: %s was killed; %d items, %d requests answered", round, p.name, in.items, readers.total())
			if t.Failed() {
				return
			}
		}
	}
	readers.stop()
	c.agrees(in)
}

// without looks at what the others say while one is away.
func (c *cluster) without(name string) {
	c.t.Helper()
	switch check := map[string]string{"postgres": "database", "nats": "bus", "s3": "blobs"}[name]; {
	case check != "":
		await(c.t, "worker1 says that it lacks "+name, func() error {
			if report, err := get(c.ops["worker1"]+"/readyz", ""); err == nil || !strings.Contains(err.Error(), "503") {
				return fmt.Errorf("%v %s", err, report)
			}
			return nil
		})
		if report, err := get(c.ops["edge1"]+"/readyz", ""); err != nil {
			c.t.Errorf("without %s an edge does not want readers: %v %s", name, err, report)
		}
		if _, err := c.search(); err != nil {
			c.t.Errorf("without %s: %v", name, err)
		}
	case name == "portal":
		if _, err := c.search(); err == nil || !strings.Contains(err.Error(), "502") {
			c.t.Errorf("search without a portal: %v", err)
		}
	}
}

// search asks for all items, by way of an edge, and returns how many were found.
func (c *cluster) search() (int, error) {
	body, err := get(c.public["edge1"]+"/api/v1/search?"+url.Values{"q": {"工作动态"}}.Encode(), "www.test.gov.cn")
	if err != nil {
		return 0, err
	}
	var found struct{ Total int }
	err = json.Unmarshal([]byte(body), &found)
	return found.Total, err
}

// pause waits for a random moment: when the process dies must not be the same in every run.
func pause(most time.Duration) { time.Sleep(time.Duration(rand.Int64N(int64(most)))) }

// importer brings in items, again and again until they are acknowledged.
type importer struct {
	c     *cluster
	items int
}

func (in *importer) lastTitle() string { return fmt.Sprintf("第%d号工作动态", in.items-1) }

// records writes a file; its name is part of what an item is known by.
func (in *importer) records(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		at := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(i) * time.Hour)
		fmt.Fprintf(&b,
			`{"id":"%d","title":"第%d号工作动态","time":"%s","source":"市政府办公室","body":"这是第%d条工作动态的正文，记录全市重点工作的推进情况。"}`+"\n",
			i, i, at.Format("2006-01-02 15:04"), i)
	}
	file := filepath.Join(in.c.dir, "news.jsonl")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		in.c.t.Error(err)
	}
	return file
}

func (in *importer) args(file string) []string {
	return []string{"import", file, "--site", site, "--column", "news", "--report", "-", "--no-publish"}
}

func (in *importer) next() {
	file := in.records(in.items, in.items+batch)
	var err error
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		if _, err = in.c.try(in.args(file)...); err == nil {
			in.items += batch
			return
		}
	}
	in.c.t.Errorf("never acknowledged: %v", err)
}

func get(address, host string) (string, error) {
	req, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return "", err
	}
	req.Host = host
	resp, err := (&http.Client{Timeout: 20 * time.Second}).Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %d: %.300s", address, resp.StatusCode, body)
	}
	return string(body), err
}

// awaitPage waits until the list of news on an edge shows a title.
func (c *cluster) awaitPage(edge, title string) {
	c.t.Helper()
	await(c.t, edge+" shows "+title, func() error {
		page, err := get(c.public[edge]+"/news/", "www.test.gov.cn")
		if err == nil && !strings.Contains(page, title) {
			err = fmt.Errorf("the page does not show it")
		}
		return err
	})
}

// readers ask each edge for pages all the time.
type readers struct {
	t    *testing.T
	quit chan struct{}
	all  sync.WaitGroup

	mu     sync.Mutex
	counts map[string]int
}

var link = regexp.MustCompile(`href="(/news/[^"]+\.html)"`)

func (c *cluster) read() *readers {
	r := &readers{t: c.t, quit: make(chan struct{}), counts: map[string]int{}}
	for edge, address := range c.public {
		p := c.process(edge)
		r.all.Go(func() {
			paths := []string{"/", "/news/"}
			for i := 0; ; i++ {
				select {
				case <-r.quit:
					return
				case <-time.After(20 * time.Millisecond): // a steady reader, not a load test
				}
				path := paths[i%len(paths)]
				before := p.isAway()
				page, err := get(address+path, "www.test.gov.cn")
				if before || p.isAway() {
					continue // the edge itself was killed
				}
				r.count(edge)
				if err != nil {
					r.t.Errorf("%s at %s: %v", edge, time.Now().Format("15:04:05.000"), err)
				}
				if found := link.FindAllStringSubmatch(page, -1); path == "/news/" && len(found) > 0 {
					paths = []string{"/", "/news/"} // the newest pages, hardly ever in memory yet
					for _, m := range found[:min(4, len(found))] {
						paths = append(paths, m[1])
					}
				}
			}
		})
	}
	return r
}

func (r *readers) count(edge string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[edge]++
}

func (r *readers) total() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range r.counts {
		n += c
	}
	return n
}

func (r *readers) stop() {
	close(r.quit)
	r.all.Wait()
}

// agrees compares everything with everything.
func (c *cluster) agrees(in *importer) {
	t := c.t
	t.Helper()
	c.run("publish")
	if out := c.run("verify"); !strings.Contains(out, "一致") || strings.Contains(out, "等待") {
		t.Errorf("verify: %s", out)
	}
	c.run("ledger", "verify")
	if n := strings.Count(c.run("item", "list", "--site", site, "--limit", "500"), "\n"); n != min(in.items, 500) {
		t.Errorf("%d items in the library, want %d", n, in.items)
	}
	if out := c.run(in.args(in.records(0, in.items))...); !strings.Contains(out,
		fmt.Sprintf(`"unchanged": %d`, in.items)) {
		t.Errorf("what was acknowledged is not there: %.500s", out)
	}
	newest := 0
	for line := range strings.Lines(c.run("ledger", "list", site)) {
		if n, err := strconv.Atoi(strings.Fields(line)[0]); err == nil {
			newest = max(newest, n)
		}
	}
	for edge := range c.public {
		await(t, edge+" serves the newest revision", func() error {
			metrics, err := get(c.ops[edge]+"/metrics", "")
			if err == nil && !strings.Contains(metrics,
				fmt.Sprintf("guiyi_edge_revision{site=%q} %d\n", site, newest)) {
				err = fmt.Errorf("not at revision %d", newest)
			}
			return err
		})
		metrics, err := get(c.ops[edge]+"/metrics", "")
		if err != nil ||
			regexp.MustCompile(
				`guiyi_edge_events_total\{kind="(tampered|refused|planted|head-file)"\} [1-9]`).MatchString(metrics) {
			t.Errorf("%s saw what it must not see: %v\n%s", edge, err, grep(metrics, "guiyi_edge_events_total"))
		}
	}
	c.awaitFound(in)
	if report, err := get(c.ops["portal"]+"/readyz", ""); err != nil ||
		!strings.Contains(report, `"search":{"ok":true`) {
		t.Errorf("the index of the portal: %s %v", report, err)
	}
}

func (c *cluster) awaitFound(in *importer) {
	c.t.Helper()
	await(c.t, "search finds every item", func() error {
		if n, err := c.search(); err != nil || n != in.items {
			return fmt.Errorf("%d of %d found, %v", n, in.items, err)
		}
		return nil
	})
}

func grep(text, word string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		if strings.Contains(line, word) {
			out.WriteString(line)
		}
	}
	return out.String()
}
