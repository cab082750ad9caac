package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	pageBytes   = 32 << 10
	connections = 32
	benchHost   = siteCode + ".localhost"
)

// page is what all servers are to serve, byte for byte.
type page struct {
	path        string
	plain, gzip []byte
}

// serve is part (b): one page of 32 KB from one core, plain and compressed.
func (b *bench) serve(ctx context.Context, t *table) error {
	t.Title = "Serving a page of 32 KB on one core"
	t.Method = fmt.Sprintf("The same bytes from every server, kept on one CPU (GOMAXPROCS=1, one worker); wrk on another CPU with %d connections, %d s a load, loopback. "+
		"Latency is that of a saturated server. CPU is read from /proc.", connections, b.seconds)
	t.Measures = []measure{{"cpu", "CPU µs/request", 1}, {"rps", "requests/s", 0}, {"p50", "p50 ms", 2}, {"p99", "p99 ms", 2}}
	if err := need(ctx, os.Stderr, "nginx", "caddy", "wrk", "taskset"); err != nil {
		return err
	}
	cpus, err := allowedCPUs()
	if err != nil {
		return err
	}
	if len(cpus) < 2 {
		return errors.New("needs two CPUs: one for the server, one for the load")
	}
	dir := filepath.Join(b.work, "serve")
	g := newGuiyi(b.bin, filepath.Join(dir, "data"))
	ours, p, err := b.preparePage(ctx, g, dir, cpus[0])
	if err != nil {
		return err
	}
	defer ours.stop()
	servers := []*server{ours}
	if err := writeRoot(filepath.Join(dir, "root"), p); err != nil {
		return err
	}
	for _, start := range []func(context.Context, string, string, int) (*server, error){startNginx, startCaddy} {
		s, err := start(ctx, dir, p.path, cpus[0])
		if err != nil {
			return err
		}
		defer s.stop()
		servers = append(servers, s)
	}
	for _, s := range servers {
		if err := s.check(ctx, p); err != nil {
			return err
		}
	}
	t.Notes = append(t.Notes, fmt.Sprintf("page: %d bytes, %d with gzip", len(p.plain), len(p.gzip)))
	return b.load(ctx, t, servers, p, cpus[1])
}

// load runs all rounds; in each one the servers take turns, and each round begins with another server.
func (b *bench) load(ctx context.Context, t *table, servers []*server, p page, cpu int) error {
	for _, encoding := range []string{"identity", "gzip"} {
		for _, s := range servers { // warm caches and connections, not counted
			if _, _, err := s.hit(ctx, p.path, encoding, cpu, 1); err != nil {
				return err
			}
		}
		for n := range b.rounds {
			progress("serve %s, round %d", encoding, n+1)
			for i := range servers {
				s := servers[(i+n)%len(servers)]
				l, spent, err := s.hit(ctx, p.path, encoding, cpu, b.seconds)
				if err != nil {
					return err
				}
				r := t.row(s.name + ", " + encoding)
				r.add("cpu", float64(spent.Microseconds())/float64(l.Requests))
				r.add("rps", l.PerSec)
				r.add("p50", float64(l.P50)/float64(time.Millisecond))
				r.add("p99", float64(l.P99)/float64(time.Millisecond))
			}
		}
		for _, s := range servers[1:] {
			t.relate(servers[0].name+", "+encoding, s.name+", "+encoding, "cpu", "CPU per request")
			t.relate(servers[0].name+", "+encoding, s.name+", "+encoding, "p99", "p99")
		}
	}
	return nil
}

// preparePage publishes a site whose first article makes a page of the wanted size, and starts the edge with it.
func (b *bench) preparePage(ctx context.Context, g guiyi, dir string, cpu int) (*server, page, error) {
	var s *server
	var p page
	body := pageBytes - 11<<10 // the frame around the text is about as large
	for range 3 {
		all := articles(200, bodyBytes)
		all[0].Body = newWriter(1).body(body)
		if err := writeGuiyiSite(dir, all); err != nil {
			return nil, p, err
		}
		_, _, err := guiyiBuild(ctx, g, dir)
		if err != nil {
			return nil, p, err
		}
		if s, err = startGuiyi(ctx, g, dir, cpu); err != nil {
			return nil, p, err
		}
		if p, err = s.firstArticle(ctx); err != nil {
			s.stop()
			return nil, p, err
		}
		if off := pageBytes - len(p.plain); off < 1<<10 && off > -1<<10 {
			return s, p, nil
		}
		s.stop()
		body += pageBytes - len(p.plain)
	}
	return nil, p, fmt.Errorf("the page has %d bytes, wanted %d", len(p.plain), pageBytes)
}

// writeRoot leaves the page and its compressed form in the folder that the peers serve.
func writeRoot(dir string, p page) error {
	name := filepath.Join(dir, filepath.FromSlash(p.path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // the worker of nginx has another user
		return err
	}
	if err := os.WriteFile(name, p.plain, 0o644); err != nil { //nolint:gosec // likewise
		return err
	}
	return os.WriteFile(name+".gz", p.gzip, 0o644) //nolint:gosec // likewise
}

func gunzip(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	_, err = out.ReadFrom(r)
	return out.Bytes(), err
}
