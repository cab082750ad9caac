package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"guiyi/test/bench/content"
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

// The bounds that we set ourselves for the CPU time of a request, as shares of the peer's.
const (
	boundNginx = 2.8
	boundCaddy = 0.6
	// boundLogged is what the access log may cost.
	boundLogged = 1.05
	// boundBefore is what may be lost since an earlier commit.
	boundBefore = 1.05
)

// mode is one way of asking for the page.
type mode struct {
	name     string
	encoding string
	secure   bool
	http2    bool
}

func modes() []mode {
	return []mode{
		{name: "identity", encoding: "identity"}, {name: "gzip", encoding: "gzip"},
		{name: "gzip over TLS", encoding: "gzip", secure: true},
		{name: "gzip over HTTP/2", encoding: "gzip", secure: true, http2: true},
	}
}

// serve is part (b): one page of 32 KB from one core, plain and compressed.
func (b *bench) serve(ctx context.Context, t *table) error {
	t.Title = "Serving a page of 32 KB on one core"
	t.Method = fmt.Sprintf(
		"The same bytes from every server, kept on one CPU (GOMAXPROCS=1, one worker); the load on another CPU: wrk, over HTTP/2 h2load, with %d "+
			"connections, %d s a load, loopback. Ours: guiyi with the role edge, every answer verified against the signed manifest, its security headers, counters and access log; and the same without the log. "+
			"nginx: sendfile, open_file_cache, gzip_static. Caddy: file_server with precompressed files, Debian's version. "+
			"Latency is that of a saturated server (h2load tells none). CPU is read from /proc. TLS 1.3 with a P-256 certificate.", connections, b.seconds)
	t.Measures = []measure{{"cpu", "CPU µs/request", 1}, {"rps", "requests/s", 0}, {"p50", "p50 ms", 2},
		{"p99", "p99 ms", 2}}
	if ok, err := b.have(ctx, t, "wrk", "taskset"); !ok {
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
	p, err := b.preparePage(ctx, g, dir, cpus[0])
	if err != nil {
		return err
	}
	t.Notes = append(t.Notes, fmt.Sprintf("page: %d bytes, %d with gzip", len(p.plain), len(p.gzip)))
	sites := []published{{"guiyi edge", g, p}}
	if b.before != "" {
		old := newGuiyi(b.before, filepath.Join(dir, "before", "data"))
		p, err := b.preparePage(ctx, old, filepath.Join(dir, "before"), cpus[0])
		if err != nil {
			return fmt.Errorf("the earlier guiyi: %w", err)
		}
		t.Notes = append(t.Notes, fmt.Sprintf("page of the earlier guiyi: %d bytes, %d with gzip", len(p.plain),
			len(p.gzip)))
		sites = append(sites, published{earlier, old, p})
	}
	cert, err := newCertificate(dir)
	if err != nil {
		return err
	}
	for _, secure := range []bool{false, true} {
		at := spot{dir: dir, cpu: cpus[0]}
		if secure {
			at.tls = cert
		}
		if err := b.contest(ctx, t, sites, at, cpus[1]); err != nil {
			return err
		}
	}
	return nil
}

// earlier is the edge of the binary that -before names.
const earlier = "guiyi edge, before"

// published is the page in the data of one guiyi.
type published struct {
	name string
	g    guiyi
	page page
}

// contest starts ours and the peers at a spot and lets them answer in all modes that fit it. The first of sites is
// ours; it is served without an access log too, and peers serve its page.
func (b *bench) contest(ctx context.Context, t *table, sites []published, at spot, cpu int) error {
	var servers []*server
	defer func() {
		for _, s := range servers {
			s.stop()
		}
	}()
	p := sites[0].page
	add := func(s *server, err error) error {
		if err == nil {
			servers = append(servers, s)
			s.page = p
			err = s.check(ctx)
		}
		return err
	}
	if err := add(startGuiyi(ctx, sites[0], at)); err != nil {
		return err
	}
	if err := add(startUnlogged(ctx, sites[0].g, at)); err != nil {
		return err
	}
	for _, other := range sites[1:] {
		s, err := startGuiyi(ctx, other, at)
		if err != nil {
			return err
		}
		servers = append(servers, s)
		s.page = other.page
		if err := s.check(ctx); err != nil {
			return err
		}
	}
	for _, peer := range []struct {
		program string
		start   func(context.Context, string, spot) (*server, error)
	}{{"nginx", startNginx}, {"caddy", startCaddy}} {
		ok, err := b.have(ctx, t, peer.program)
		if err == nil && ok {
			err = add(peer.start(ctx, p.path, at))
		}
		if err != nil {
			return err
		}
	}
	for _, m := range modes() {
		if m.secure != (at.tls != nil) {
			continue
		}
		if m.http2 {
			if ok, err := b.have(ctx, t, "h2load"); err != nil {
				return err
			} else if !ok {
				continue
			}
		}
		if err := b.load(ctx, t, servers, m, cpu); err != nil {
			return err
		}
	}
	return nil
}

// load runs all rounds of one mode; in each round the servers take turns, and each begins with another one.
func (b *bench) load(ctx context.Context, t *table, servers []*server, m mode, cpu int) error {
	for _, s := range servers { // warm caches and connections, not counted
		if b.quick {
			break
		}
		if _, _, err := s.hit(ctx, m, cpu, 1); err != nil {
			return err
		}
	}
	for n := range b.rounds {
		progress("serve %s, round %d", m.name, n+1)
		for i := range servers {
			s := servers[(i+n)%len(servers)]
			l, spent, err := s.hit(ctx, m, cpu, b.seconds)
			if err != nil {
				return err
			}
			r := t.row(s.name + ", " + m.name)
			r.add("cpu", float64(spent.Microseconds())/float64(l.Requests))
			r.add("rps", l.PerSec)
			if l.P99 > 0 {
				r.add("p50", millis(l.P50))
				r.add("p99", millis(l.P99))
			}
		}
	}
	for _, s := range servers[1:] {
		bound := boundCaddy
		switch {
		case s.name == unlogged:
			bound = boundLogged
		case s.name == earlier:
			bound = boundBefore
		case m.secure: // stated, without a bound
			bound = 0
		case s.name == "nginx":
			bound = boundNginx
		}
		t.relate(servers[0].name+", "+m.name, s.name+", "+m.name, "cpu", "CPU per request", bound)
		t.relate(servers[0].name+", "+m.name, s.name+", "+m.name, "p99", "p99", 0)
	}
	return nil
}

// hit loads the server for some seconds and returns what the load measured and what the server spent.
func (s *server) hit(ctx context.Context, m mode, cpu, seconds int) (load, time.Duration, error) {
	before, err := treeCPU(s.cmd.Process.Pid)
	if err != nil {
		return load{}, 0, fmt.Errorf("%s: %w", s.name, err)
	}
	args := []string{"-c", fmt.Sprint(cpu), "wrk", "-t1", fmt.Sprintf("-c%d", connections),
		fmt.Sprintf("-d%ds", seconds), "--latency", "-H", "Host: " + benchHost}
	parse := parseWrk
	if m.http2 {
		args = []string{"-c", fmt.Sprint(cpu), "h2load", "-t1", "-m1", fmt.Sprintf("-c%d", connections),
			fmt.Sprintf("-D%d", seconds), "-H", ":authority: " + benchHost}
		parse = parseH2load
	}
	args = append(args, "-H", "Accept-Encoding: "+m.encoding, s.scheme+"://"+s.addr+s.page.path)
	_, out, err := timed(command(ctx, "", nil, "taskset", args...))
	if err != nil {
		return load{}, 0, err
	}
	after, err := treeCPU(s.cmd.Process.Pid)
	if err != nil {
		return load{}, 0, fmt.Errorf("%s: %w", s.name, err)
	}
	l, err := parse(out)
	if err == nil && (l.Bad > 0 || l.Socket > 0 || l.Requests == 0) {
		err = fmt.Errorf("%s under load: %d requests, %d bad answers, %d socket errors", s.name, l.Requests, l.Bad,
			l.Socket)
	}
	return l, after - before, err
}

// preparePage publishes a site whose first article makes a page of the wanted size.
func (b *bench) preparePage(ctx context.Context, g guiyi, dir string, cpu int) (p page, err error) {
	body := pageBytes - 11<<10 // the frame around the text is about as large
	for range 3 {
		all := content.Articles(200, content.BodyBytes)
		all[0].Body = content.Body(1, body)
		if err := writeGuiyiSite(dir, slices.Values(all)); err != nil {
			return p, err
		}
		if _, err := g.firstBuild(ctx, dir); err != nil {
			return p, err
		}
		s, err := startGuiyi(ctx, published{"guiyi edge", g, page{}}, spot{dir: dir, cpu: cpu})
		if err != nil {
			return p, err
		}
		p, err = s.firstArticle(ctx)
		s.stop()
		if err != nil {
			return p, err
		}
		if off := pageBytes - len(p.plain); off < 1<<10 && off > -1<<10 {
			return p, writeRoot(filepath.Join(dir, "root"), p)
		}
		body += pageBytes - len(p.plain)
	}
	return p, fmt.Errorf("the page has %d bytes, wanted %d", len(p.plain), pageBytes)
}

// writeRoot leaves the page and its compressed form in the folder that the peers serve.
func writeRoot(dir string, p page) error {
	name := filepath.Join(dir, filepath.FromSlash(p.path))
	if err := os.MkdirAll(filepath.Dir(name),
		0o755); err != nil { // the worker of nginx has another user
		return err
	}
	if err := os.WriteFile(name, p.plain, 0o644); err != nil {
		return err
	}
	return os.WriteFile(name+".gz", p.gzip, 0o644)
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
