package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"guiyi/test/bench/content"
)

// searchSites are the sites of the searched library; the first holds two items in five.
func searchSites() []string { return []string{siteCode, "bench2", "bench3", "bench4"} }

// siteOf is the site of the item with a number.
func siteOf(no int) string {
	sites := searchSites()
	return sites[[]int{0, 0, 1, 2, 3}[no%5]%len(sites)]
}

// manyClients is how many readers search at once; the portal lets as many run.
const manyClients = 8

// search is part (c): how fast a large library answers, and how soon a new item is found.
func (b *bench) search(ctx context.Context, t *table) error {
	t.Title = fmt.Sprintf("Search in %d items", b.items)
	t.Method = fmt.Sprintf(
		"One process with all roles on SQLite, %d sites. Queries go over HTTP through the edge to the portal: the page /search and /api/v1/search, in all sites "+
			"and in one, by one reader and by %d at once, each asking again as soon as it has the answer, %d s a load. The answer has ten hits with highlights and all facets. "+
			"Server and readers share the machine. From publishing to finding: the clock starts before the command `guiyi import` of one item starts beside the running platform, "+
			"and stops with the first answer that has it, asked every 10 ms. No peer is measured.",
		len(searchSites()), manyClients, b.seconds)
	t.Measures = []measure{{"rate", "queries/s", 0}, {"p50", "p50 ms", 1}, {"p95", "p95 ms", 1}, {"p99", "p99 ms", 1},
		{"max", "max ms", 1}}
	c, err := content.NewCorpus(b.data, b.items)
	if err != nil {
		return err
	}
	t.Notes = append(t.Notes, c.About)
	dir := filepath.Join(b.work, "search")
	g := newGuiyi(b.bin, filepath.Join(dir, "data"))
	s, err := b.searchLibrary(ctx, t, g, dir, c)
	if err != nil {
		return err
	}
	defer s.stop()
	if err := b.searchLoads(ctx, t, s, c.Queries); err != nil {
		return err
	}
	if err := b.findable(ctx, t, g, s, dir); err != nil {
		return err
	}
	if rss, err := peakMiB(s.cmd.Process.Pid); err == nil {
		t.Notes = append(t.Notes, fmt.Sprintf("largest resident set of the platform: %.0f MiB", rss))
	}
	return nil
}

// searchLibrary imports and publishes the corpus and starts the platform; it returns when everything is indexed.
func (b *bench) searchLibrary(ctx context.Context, t *table, g guiyi, dir string, c content.Corpus) (*server, error) {
	for _, code := range searchSites() {
		if err := writeDeclaration(dir, code, "政策解读"); err != nil {
			return nil, err
		}
	}
	if err := writeMapping(dir); err != nil {
		return nil, err
	}
	if err := g.apply(ctx, dir); err != nil {
		return nil, err
	}
	begin := time.Now()
	for _, code := range searchSites() {
		progress("search: importing into %s", code)
		file := code + ".jsonl"
		mine := func(yield func(content.Article) bool) {
			for a := range c.Texts {
				if siteOf(a.No) == code && !yield(a) {
					return
				}
			}
		}
		if err := writeLines(filepath.Join(dir, file), mine); err != nil {
			return nil, err
		}
		if _, err := g.importFile(ctx, dir, file, code); err != nil {
			return nil, err
		}
	}
	imported := time.Now()
	progress("search: publishing")
	if _, err := g.run(ctx, "publish"); err != nil {
		return nil, err
	}
	published := time.Now()
	progress("search: indexing")
	s, err := g.serve(ctx, "guiyi", "edge,portal,worker,studio", spot{dir: dir, cpu: anyCPU})
	if err != nil {
		return nil, err
	}
	if err := s.indexed(ctx, indexTime(b.items)); err != nil {
		s.stop()
		return nil, err
	}
	t.Notes = append(t.Notes, fmt.Sprintf("the library was imported in %.0f s, published in %.0f s, indexed in %.0f s",
		imported.Sub(begin).Seconds(),
		published.Sub(imported).Seconds(), time.Since(published).Seconds()))
	return s, nil
}

// indexTime bounds the wait for the index of so many items.
func indexTime(items int) time.Duration {
	return time.Minute + time.Duration(items)*10*time.Millisecond
}

// indexed waits until no change waits for the index and it lacks nothing.
func (s *server) indexed(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for calm := 0; calm < 3; {
		waiting, err := s.waiting(ctx)
		if err != nil {
			return err
		}
		whole, err := s.whole(ctx)
		if err != nil {
			return err
		}
		if waiting == 0 && whole {
			calm++
		} else {
			calm = 0
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("indexing: %d changes wait, whole: %v: %w", waiting, whole, ctx.Err())
		case <-time.After(300 * time.Millisecond):
		}
	}
	return nil
}

// whole reports that the index lacks nothing, as the readiness report tells.
func (s *server) whole(ctx context.Context) (bool, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.studio+"/readyz", nil)
	if err != nil {
		return false, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false, err
	}
	defer res.Body.Close()
	var report struct {
		Checks map[string]struct {
			OK bool `json:"ok"`
		} `json:"checks"`
	}
	err = json.NewDecoder(res.Body).Decode(&report)
	return report.Checks["search"].OK, err
}

// waiting is how many changes the index has not taken in, as the metrics tell every few seconds: jobs that are still
// to go into the feed, and what the index of the process has not read of it. It is -1 while they do not tell both.
func (s *server) waiting(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.studio+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	sum, jobs, feed := 0, false, false
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		job := strings.HasPrefix(name, `guiyi_jobs_waiting{kind="search.index"`) &&
			!strings.Contains(name, `state="dead"`)
		if !job && name != "guiyi_search_behind" {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, err
		}
		sum, jobs, feed = sum+int(n), jobs || job, feed || !job
	}
	if !jobs || !feed {
		return -1, nil
	}
	return sum, nil
}

// searchLoads asks in all ways, round after round.
func (b *bench) searchLoads(ctx context.Context, t *table, s *server, queries []string) error {
	var at atomic.Int64 // the next query: every load goes on where the last one stopped
	if _, err := s.searchers(ctx, 1, min(100, len(queries)), 0,
		func() string { return address("/api/v1/search", "", queries[int(at.Add(1))%len(queries)]) }); err != nil {
		return err
	}
	for n := range b.rounds {
		progress("search round %d", n+1)
		for _, path := range []string{"/search", "/api/v1/search"} {
			for _, site := range []string{"", siteCode} {
				for _, clients := range []int{1, manyClients} {
					next := func() string { return address(path, site, queries[int(at.Add(1))%len(queries)]) }
					times, err := s.searchers(ctx, clients, 0, time.Duration(b.seconds)*time.Second, next)
					if err != nil {
						return err
					}
					scope := map[string]string{"": "all sites", siteCode: "one site"}[site]
					r := t.row(fmt.Sprintf("%s, %s, %d at once", path, scope, clients))
					r.add("rate", float64(len(times))/float64(b.seconds))
					r.addTimes(times)
				}
			}
		}
	}
	return nil
}

func (r *row) addTimes(times []time.Duration) {
	r.add("p50", millis(percentile(times, 50)))
	r.add("p95", millis(percentile(times, 95)))
	r.add("p99", millis(percentile(times, 99)))
	r.add("max", millis(percentile(times, 100)))
}

func address(path, site, query string) string {
	v := url.Values{"q": {query}}
	if site != "" {
		v.Set("site", site)
	}
	return path + "?" + v.Encode()
}

// searchers lets readers ask one after the other, for so many queries or for a time, and returns how long each answer
// took.
func (s *server) searchers(ctx context.Context, clients, count int, during time.Duration,
	next func() string) ([]time.Duration, error) {
	var mu sync.Mutex
	var all []time.Duration
	var errs []error
	var group sync.WaitGroup
	end := time.Now().Add(during)
	for range clients {
		group.Go(func() {
			var mine []time.Duration
			var err error
			for n := 0; err == nil && (n < count || count == 0 && time.Now().Before(end)); n++ {
				path, start := next(), time.Now()
				var res *http.Response
				var body []byte
				if res, body, err = s.get(ctx, path, "gzip"); err == nil && res.StatusCode != http.StatusOK {
					err = fmt.Errorf("%s: %s: %s", path, res.Status, bytes.TrimSpace(body[:min(len(body), 300)]))
				}
				mine = append(mine, time.Since(start))
			}
			mu.Lock()
			defer mu.Unlock()
			all, errs = append(all, mine...), append(errs, err)
		})
	}
	group.Wait()
	return all, errors.Join(errs...)
}

// peakMiB is the largest resident set that a process has had.
func peakMiB(pid int) (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, errors.New("no VmHWM")
}
