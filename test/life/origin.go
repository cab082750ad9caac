package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
)

// origin is an old website in the neighbourhood that is crawled; it grows by a few pages before each crawl.
type origin struct {
	url    string
	server *http.Server

	mu    sync.Mutex
	rnd   *rand.Rand
	pages []string // titles
}

func newOrigin(seed uint64) (*origin, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := &origin{url: "http://" + l.Addr().String(), rnd: rand.New(rand.NewPCG(seed, 2))}
	o.server = &http.Server{Handler: o}
	go func() { _ = o.server.Serve(l) }() // ends with Close
	return o, nil
}

// grow adds pages and returns their tokens by address.
func (o *origin) grow() map[string]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := map[string]string{}
	for range 4 {
		token := fmt.Sprintf("crawl%05d", len(o.pages))
		out[fmt.Sprintf("%s/p%d.html", o.url, len(o.pages))] = token
		o.pages = append(o.pages, token)
	}
	return out
}

// ServeHTTP answers as a simple government site does.
func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.URL.Path == "/index.html" {
		var b strings.Builder
		for i := range o.pages {
			fmt.Fprintf(&b, `<li><a href="/p%d.html">第%d页</a></li>`, i, i)
		}
		fmt.Fprintf(w, "<!doctype html><title>旧网站</title><ul>%s</ul>", b.String())
		return
	}
	n := -1
	if _, err := fmt.Sscanf(r.URL.Path, "/p%d.html", &n); err != nil || n < 0 || n >= len(o.pages) {
		http.NotFound(w, r)
		return
	}
	page := rand.New(rand.NewPCG(uint64(n), 3))
	fmt.Fprintf(w,
		`<!doctype html><html><head><meta name="ArticleTitle" content="旧网站%[1]s号工作动态"><meta name="PubDate" content="2026-11-%02[2]d 09:00"><meta name="ContentSource" content="市档案馆"><title>旧网站%[1]s号工作动态</title></head><body><h1>旧网站%[1]s号工作动态</h1><div class="content">%[3]s</div></body></html>`,
		o.pages[n], 1+n%20, text(page, o.pages[n]))
}
