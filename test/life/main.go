package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"
)

// settings of a replay.
type settings struct {
	binary   string
	dir      string // where the platform's data go; kept when given
	duration time.Duration
	seed     uint64
	rate     float64 // requests per second in the peaks
}

func main() {
	var s settings
	flag.StringVar(&s.binary, "binary", "bin/guiyi", "the program to run")
	flag.StringVar(&s.dir, "dir", "",
		"folder for the data, which must be empty; a temporary one that is removed when left out")
	flag.DurationVar(&s.duration, "duration", 10*time.Minute, "how long the day takes")
	flag.Uint64Var(&s.seed, "seed", 1, "of the plan")
	flag.Float64Var(&s.rate, "rate", 80, "requests per second when most readers are there")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, _, err := replay(ctx, s, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "life:", err)
	}
	if err != nil || !ok {
		stop()
		os.Exit(1)
	}
}

// life is one replay.
type life struct {
	settings
	city    *city
	readers *readers
	editors *editors
	began   time.Time
	samples []sample
}

// hour is the hour of the day now, 24 at its end.
func (l *life) hour() float64 { return 24 * time.Since(l.began).Seconds() / l.duration.Seconds() }

// replay runs a day and reports what was wrong, and whether all is well: no faults, and nothing grows.
func replay(ctx context.Context, s settings, out io.Writer) (ok bool, faults []string, err error) {
	if s.binary, err = filepath.Abs(s.binary); err != nil {
		return false, nil, err
	}
	if s.dir == "" {
		if s.dir, err = os.MkdirTemp("", "guiyi-life-"); err != nil {
			return false, nil, err
		}
		defer os.RemoveAll(s.dir)
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return false, nil, err
	}
	old, err := newOrigin(s.seed)
	if err != nil {
		return false, nil, err
	}
	defer func() { _ = old.server.Close() }()
	l := &life{settings: s}
	l.city, err = newCity(ctx, s.binary, s.dir, s.duration)
	defer func() { l.city.edge.stop(); l.city.platform.stop() }()
	if err != nil {
		return false, nil, err
	}
	l.readers, l.editors = newReaders(l.city), newEditors(l.city, s.seed, old)
	l.day(ctx)
	if ctx.Err() != nil {
		return false, nil, ctx.Err()
	}
	faults = l.check(ctx)
	return l.report(out, faults), faults, nil
}

// day runs readers, editors and sampling side by side until the day is over.
func (l *life) day(ctx context.Context) {
	l.began = time.Now()
	ctx, cancel := context.WithDeadline(ctx, l.began.Add(l.duration))
	defer cancel()
	var all sync.WaitGroup
	const crew = 8
	for i := range crew {
		all.Go(func() { l.reader(ctx, i, crew) })
	}
	all.Go(func() { l.sampling(ctx) })
	for _, ev := range newDay(l.seed, min(l.duration.Minutes()/10, 1)) {
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(l.began.Add(time.Duration(ev.hour / 24 * float64(l.duration))))):
		}
		if ev.kind == edgeStop {
			l.readers.setEdge(false)
		}
		// What was begun is finished, also when the day ends meanwhile.
		l.editors.do(context.WithoutCancel(ctx), ev)
		if ev.kind == edgeStart {
			l.readers.setEdge(true)
		}
	}
	l.editors.crawls.Wait()
	all.Wait()
}

// reader is one of a crew that shares the rate.
func (l *life) reader(ctx context.Context, n, crew int) {
	rnd, seen := rand.New(rand.NewPCG(l.seed, uint64(100+n))), map[string]string{}
	for ctx.Err() == nil {
		pause := time.Duration(rnd.ExpFloat64() * float64(crew) / (l.rate * crowd(l.hour())) * float64(time.Second))
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(pause, l.duration/50)):
		}
		l.readers.read(ctx, rnd, l.readers.choose(rnd, l.editors.oldAddresses()), seen)
	}
}

// sampling measures 120 times a day.
func (l *life) sampling(ctx context.Context) {
	every := l.duration / 120
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			l.samples = append(l.samples, l.measure(context.WithoutCancel(ctx), every))
		}
	}
}

func (l *life) measure(ctx context.Context, every time.Duration) sample {
	s := sample{hour: l.hour(), disk: usage(l.city.platform.data)}
	s.rss, s.fds = processUse(l.city.platform.cmd.Process.Pid)
	if l.readers.edgeThere() {
		s.edgeRSS, s.edgeFDs = processUse(l.city.edge.cmd.Process.Pid)
	}
	m, err := scrape(ctx, l.city.platform.ops)
	if err != nil {
		l.editors.fault("metrics: %v", err)
	}
	s.heap, s.goroutines, s.revisions = m["go_memstats_heap_inuse_bytes"], m["go_goroutines"], m["guiyi_edge_revision"]
	s.waiting, s.dead = m["guiyi_jobs_waiting:waiting"]+m["guiyi_jobs_waiting:running"], m["guiyi_jobs_waiting:dead"]
	s.cache = m["guiyi_edge_cache_bytes"]
	took := l.readers.since()
	s.requests, s.p50, s.p99 = float64(len(took))/every.Seconds(), quantile(took, .5), quantile(took, .99)
	if info, err := os.Stat(l.city.platform.log); err == nil {
		s.log = float64(info.Size())
	}
	return s
}

func (r *readers) setEdge(up bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.edgeUp = up
}

func (r *readers) edgeThere() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.edgeUp
}

// oldAddresses are "site path" of pages that moved here.
func (e *editors) oldAddresses() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []string
	for _, it := range e.items {
		if it.old != "" {
			out = append(out, it.site+" "+it.old)
		}
	}
	return out
}
