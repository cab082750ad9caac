package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// readers are the citizens: they look at pages, come back with what they have, search, and mistype.
type readers struct {
	c      *city
	client *http.Client

	mu     sync.Mutex
	pages  map[string][]string // addresses seen in pages, by site
	known  map[string]bool
	took   []float64 // milliseconds, since the last sample
	status map[int]int
	forms  map[string]int
	total  int
	faults []string
	edgeUp bool
}

// maxPages bounds what readers remember of a site.
const maxPages = 4000

var sites = []string{"qinghe", "linjiang", "rsj", "jtj"}

func newReaders(c *city) *readers {
	r := &readers{
		c:      c,
		pages:  map[string][]string{},
		known:  map[string]bool{},
		status: map[int]int{},
		forms:  map[string]int{},
		edgeUp: true,
	}
	r.client = &http.Client{Timeout: 30 * time.Second,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return r
}

// visit is one request and what may come back.
type visit struct {
	site, path string
	want       []int
	dynamic    bool // only the platform answers it
}

// choose draws a visit. The mix is that of portals: mostly pages, some lists and files, few searches and mistakes.
func (r *readers) choose(rnd *rand.Rand, old []string) visit {
	site := sites[rnd.IntN(len(sites))]
	page := []int{200, 304, 404, 410, 301} // what was seen a moment ago may be withdrawn or moved now
	switch x := rnd.IntN(100); {
	case x < 15:
		return visit{site, "/", []int{200, 304}, false}
	case x < 20:
		return visit{site, []string{"/sitemap.xml", "/rss.xml", "/xwdt/"}[rnd.IntN(3)], page, false}
	case x < 23:
		return visit{site, fmt.Sprintf("/nothing/%d.html", rnd.IntN(1000)), []int{404}, false}
	case x < 26 && len(old) > 0:
		where, path, _ := strings.Cut(old[rnd.IntN(len(old))], " ")
		return visit{where, path, []int{301, 404, 410}, false}
	case x < 29:
		return visit{site, "/search?q=" + []string{"清雪", "社保", "life000100", "公共交通", "没有这个词吗"}[rnd.IntN(5)], []int{200},
			true}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	seen := r.pages[site]
	if len(seen) == 0 {
		return visit{site, "/", []int{200, 304}, false}
	}
	i := len(seen) - 1 - int(float64(len(seen))*rnd.Float64()*rnd.Float64()) // newer ones more often
	return visit{site, seen[max(i, 0)], page, false}
}

var encodings = []string{"br, gzip", "br, gzip", "gzip", "zstd, gzip", ""}

var href = regexp.MustCompile(`(?:href|src)="(/[^"?#]+)"`)

// read makes one request. seen keeps what this reader has, as a browser does.
func (r *readers) read(ctx context.Context, rnd *rand.Rand, v visit, seen map[string]string) {
	at := r.c.platform.public
	r.mu.Lock()
	second := r.edgeUp && !v.dynamic && rnd.IntN(4) == 0
	r.mu.Unlock()
	if second {
		if e := r.c.edge; e != nil {
			at = e.public
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+at+v.path, nil)
	if err != nil {
		r.fault("%s: %v", v.path, err)
		return
	}
	req.Host = host(v.site)
	form := encodings[rnd.IntN(len(encodings))]
	if form != "" {
		req.Header.Set("Accept-Encoding", form)
	}
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.%d", rnd.IntN(8), rnd.IntN(256), 1+rnd.IntN(250)))
	key := v.site + v.path + " " + form
	if tag := seen[key]; tag != "" && rnd.IntN(2) == 0 {
		req.Header.Set("If-None-Match", tag)
	}
	began := time.Now()
	res, err := r.client.Do(req)
	if err != nil {
		if ctx.Err() == nil && !second { // the second edge is stopped in the middle of requests
			r.fault("%s%s: %v", v.site, v.path, err)
		}
		return
	}
	body, err := io.ReadAll(res.Body)
	err = errors.Join(err, res.Body.Close())
	r.note(v, res, body, time.Since(began), err)
	if tag := res.Header.Get("ETag"); tag != "" && res.StatusCode == 200 {
		if len(seen) > 500 {
			clear(seen)
		}
		seen[key] = tag
	}
}

func (r *readers) note(v visit, res *http.Response, body []byte, took time.Duration, err error) {
	bad := err != nil
	for i, s := range v.want {
		if res.StatusCode == s {
			break
		}
		bad = bad || i == len(v.want)-1
	}
	if bad {
		r.fault("%s%s answers %d, %v", v.site, v.path, res.StatusCode, err)
	}
	var links []string
	if form := res.Header.Get("Content-Encoding"); form == "" &&
		strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") && !v.dynamic {
		for _, m := range href.FindAllSubmatch(body, -1) {
			// others are for the portal
			if l := string(m[1]); !strings.HasPrefix(l, "/_") || strings.HasPrefix(l, "/_a/") ||
				strings.HasPrefix(l, "/_m/") {
				links = append(links, l)
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total++
	r.status[res.StatusCode]++
	r.forms[res.Header.Get("Content-Encoding")]++
	r.took = append(r.took, float64(took.Microseconds())/1000)
	for _, path := range links {
		if !r.known[v.site+path] && len(r.pages[v.site]) < maxPages {
			r.known[v.site+path] = true
			r.pages[v.site] = append(r.pages[v.site], path)
		}
	}
}

func (r *readers) fault(format string, a ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.faults) < 100 {
		r.faults = append(r.faults, fmt.Sprintf(format, a...))
	}
}

// since takes what was measured since it was last asked.
func (r *readers) since() (took []float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	took, r.took = r.took, nil
	return took
}
