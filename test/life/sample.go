package main

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// sample is the state of the platform at one moment. Sizes are bytes.
type sample struct {
	hour       float64
	rss        float64 // of the platform's process
	heap       float64 // in use
	cache      float64 // verified pages in memory
	goroutines float64
	fds        float64
	edgeRSS    float64 // of the edge in a process of its own, 0 while it is down
	edgeFDs    float64
	waiting    float64 // jobs
	dead       float64
	disk       map[string]float64
	log        float64 // written so far
	revisions  float64 // of all sites
	requests   float64 // per second since the sample before
	p50, p99   float64 // of answers since the sample before, in milliseconds
}

// usage measures the data folder.
func usage(dir string) map[string]float64 {
	out := map[string]float64{}
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() { // files come and go
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		rel, _ := filepath.Rel(dir, path)
		out[folderOf(filepath.ToSlash(rel))] += float64(info.Size())
		return nil
	})
	return out
}

func folderOf(rel string) string {
	for prefix, name := range map[string]string{"blob/pack/": "pack", "blob/cas/": "cas", "search/": "search",
		"bus/": "bus", "heads/": "heads", "guiyi.db-wal": "wal"} {
		if strings.HasPrefix(rel, prefix) {
			return name
		}
	}
	if rel == "guiyi.db" {
		return "db"
	}
	return "other"
}

// rss and open files of a process; 0 when it is not there.
func processUse(pid int) (rss, fds float64) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		if v, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(v), " kB"), 64)
			rss = kib * 1024
		}
	}
	open, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return rss, float64(len(open))
}

// scrape reads the metrics of a process, values of one name added up; label, when given, must be in the line.
func scrape(ctx context.Context, address string) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	out := map[string]float64{}
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, ok := cutLast(lines.Text())
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			continue
		}
		base, labels, _ := strings.Cut(name, "{")
		if _, state, ok := strings.Cut(labels, `state="`); ok {
			base += ":" + state[:strings.IndexByte(state, '"')]
		}
		out[base] += v
	}
	return out, lines.Err()
}

func cutLast(line string) (before, after string, ok bool) {
	i := strings.LastIndexByte(line, ' ')
	if i < 0 {
		return line, "", false
	}
	return line[:i], line[i+1:], true
}
