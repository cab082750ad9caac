package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// settleTime is how long the platform may take to finish what the day has left.
const settleTime = 60 * time.Second

// check looks at everything once more when the day is over and returns what is wrong.
func (l *life) check(ctx context.Context) (faults []string) {
	fault := func(format string, a ...any) { faults = append(faults, fmt.Sprintf(format, a...)) }
	l.settle(ctx, fault)
	for _, args := range [][]string{{"verify"}, {"ledger", "verify"}} {
		if out, err := l.city.guiyi(ctx, args...); err != nil || strings.Contains(out, "等待发布") {
			fault("%v: %v %s", args, err, out)
		}
	}
	if out, err := l.city.guiyi(ctx, "jobs"); err != nil || strings.TrimSpace(out) != "" {
		fault("jobs that failed for good: %v %s", err, out)
	}
	for _, it := range l.editors.items {
		l.checkItem(ctx, it, fault)
	}
	for status, n := range l.readers.status {
		if status >= 500 {
			fault("%d answers with status %d", n, status)
		}
	}
	for _, name := range []string{l.city.platform.log, l.city.edge.log} {
		for _, line := range badLines(name) {
			fault("log: %s", line)
		}
	}
	return append(append(faults, l.readers.faults...), l.editors.faults...)
}

// settle waits until nothing waits and the index knows the last item.
func (l *life) settle(ctx context.Context, fault func(string, ...any)) {
	items := l.editors.items
	if len(items) == 0 {
		fault("the editors released nothing")
		return
	}
	for end := time.Now().Add(settleTime); ; {
		m, err := scrape(ctx, l.city.platform.ops)
		waiting := m["guiyi_jobs_waiting:waiting"] + m["guiyi_jobs_waiting:running"]
		if err == nil && waiting == 0 && l.found(ctx, items[len(items)-1]) {
			return
		}
		if time.Now().After(end) {
			fault("work still waits %s after the end: %v jobs, %v", settleTime, waiting, err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// found reports whether the search is up to date with an item.
func (l *life) found(ctx context.Context, it *item) bool {
	hits, err := l.search(ctx, it)
	return err == nil && (len(hits) > 0) != it.gone
}

type hit struct {
	ID    json.Number `json:"id"`
	Title string      `json:"title"`
	URL   string      `json:"url"`
}

// search asks for a token; as another citizen each time, because each may ask so often only.
func (l *life) search(ctx context.Context, it *item) ([]hit, error) {
	res, body, err := l.get(ctx, it.site, "/api/v1/search?q="+url.QueryEscape(it.token), it.id)
	if err != nil {
		return nil, err
	}
	var page struct{ Items []hit }
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, fmt.Errorf("%d %w: %.200s", res.StatusCode, err, body)
	}
	var out []hit
	for _, h := range page.Items {
		if strings.Contains(h.Title, it.token) {
			out = append(out, h)
		}
	}
	return out, nil
}

func (l *life) get(ctx context.Context, site, path string, who int64) (*http.Response, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+l.city.platform.public+path, nil)
	if err != nil {
		return nil, nil, err
	}
	req.Host = host(site)
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.9.%d.%d", who>>8&255, 1+who%250))
	res, err := l.readers.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, body, err
}

// checkItem: what was published is found and answers, what was withdrawn is not and answers 410.
func (l *life) checkItem(ctx context.Context, it *item, fault func(string, ...any)) {
	hits, err := l.search(ctx, it)
	if err != nil {
		fault("%s: search: %v", it.token, err)
		return
	}
	if it.old != "" {
		res, _, err := l.get(ctx, it.site, it.old, it.id)
		if err != nil || (res.StatusCode != http.StatusMovedPermanently) != it.gone &&
			res.StatusCode != http.StatusMovedPermanently {
			fault("%s: old address: %v", it.token, err)
		}
	}
	at, err := l.city.address(ctx, it)
	if err != nil {
		fault("%s: %v", it.token, err)
		return
	}
	res, body, err := l.get(ctx, it.site, at, it.id)
	switch {
	case err != nil:
		fault("%s: %v", it.token, err)
	case it.gone && (len(hits) > 0 || res.StatusCode != http.StatusGone || strings.Contains(string(body), it.token)):
		fault("%s was withdrawn, but it answers %d and is found %d times", it.token, res.StatusCode, len(hits))
	case !it.gone && (len(hits) == 0 || res.StatusCode != http.StatusOK || !strings.Contains(string(body), it.token)):
		fault("%s (item %d) was published, but %s answers %d and it is found %d times", it.token, it.id, at,
			res.StatusCode, len(hits))
	}
}

// address asks for the public address of an item.
func (c *city) address(ctx context.Context, it *item) (string, error) {
	out, err := c.guiyi(ctx, "item", "show", fmt.Sprint(it.id))
	if err != nil {
		return "", err
	}
	var shown struct{ Addresses map[string]string }
	if err := json.Unmarshal([]byte(out), &shown); err != nil {
		return "", err
	}
	if at := shown.Addresses[it.site]; at != "" {
		return at, nil
	}
	return "", fmt.Errorf("item %d has no address on %s: %v", it.id, it.site, shown.Addresses)
}

// maxLines bounds what is shown of a log.
const maxLines = 20

// badLines are warnings and errors of a log. Edges of a stopped second process may lose the bus for a moment.
func badLines(name string) (out []string) {
	b, err := os.ReadFile(name)
	if err != nil {
		return []string{err.Error()}
	}
	for line := range strings.Lines(string(b)) {
		if (strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN")) && len(out) < maxLines {
			out = append(out, strings.TrimSpace(line))
		}
	}
	return out
}
