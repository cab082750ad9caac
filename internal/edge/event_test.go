package edge

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"guiyi/internal/edge/audit"
	"guiyi/internal/edge/verified"
	"guiyi/internal/publish/manifest"
)

func TestEventsAreCountedAlwaysAndToldOnceAMinute(t *testing.T) {
	m, err := newMetrics(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	now, told := fixedNow(), 0
	var text strings.Builder
	r := &reporter{log: slog.New(slog.NewTextHandler(&text, nil)), onEvent: func(Event) { told++ },
		now: func() time.Time { return now }, metrics: m}
	for range 5 {
		r.report(Event{Kind: Tampered, Site: "qinghe", Where: "pack/qinghe/1@0+7"})
	}
	r.report(Event{Kind: Tampered, Site: "qinghe", Where: "pack/qinghe/1@7+7"})
	now = now.Add(quietTime)
	r.report(Event{Kind: Tampered, Site: "qinghe", Where: "pack/qinghe/1@0+7"})
	if told != 3 || strings.Count(text.String(), "\n") != 3 || !strings.Contains(text.String(), "level=ERROR") {
		t.Errorf("told %d times:\n%s", told, &text)
	}
	reg := prometheus.NewRegistry()
	reg.MustRegister(m.events)
	if n := sample(t, reg, "guiyi_edge_events_total", "tampered"); n != 7 {
		t.Errorf("counted %v", n)
	}
}

// sample returns a counter or gauge whose labels hold the value.
func sample(t *testing.T, reg *prometheus.Registry, name string, labels ...string) float64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
	metric:
		for _, m := range f.GetMetric() {
			for _, want := range labels {
				found := false
				for _, l := range m.GetLabel() {
					found = found || l.GetValue() == want
				}
				if !found {
					continue metric
				}
			}
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return 0
}

func TestMetrics(t *testing.T) {
	w, _ := city(t)
	reg := prometheus.NewRegistry()
	e := w.edge(func(o *Options) { o.Metrics = reg })
	for _, url := range []string{"/", "/", "/nothing", "/zwgk", "/search", "evil.example/"} {
		get(e, "GET", url)
	}
	for _, tc := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"guiyi_edge_requests_total", []string{"qinghe", "2xx"}, 2},
		{"guiyi_edge_requests_total", []string{"qinghe", "3xx"}, 1},
		{"guiyi_edge_requests_total", []string{"qinghe", "4xx"}, 1},
		{"guiyi_edge_requests_total", []string{"qinghe", "5xx"}, 1},
		{"guiyi_edge_requests_total", []string{"", "4xx"}, 1},
		{"guiyi_edge_revision", []string{"qinghe"}, 1},
		{"guiyi_edge_cache_total", []string{"hit"}, 1},
		{"guiyi_edge_cache_total", []string{"miss"}, 2},
	} {
		if got := sample(t, reg, tc.name, tc.labels...); got != tc.want {
			t.Errorf("%s %v = %v, want %v", tc.name, tc.labels, got, tc.want)
		}
	}
	if sample(t, reg, "guiyi_edge_bytes_total", "qinghe") < float64(2*len(pageBody("清河"))) ||
		sample(t, reg, "guiyi_edge_cache_bytes") == 0 {
		t.Error("bytes")
	}
	if _, err := New(Options{Stores: []verified.Blobs{w.store}, Ring: w.ring, Metrics: reg}); err == nil {
		t.Error("two edges share one registry")
	}
}

func TestScrubAuditsUntilItsContextEnds(t *testing.T) {
	w, e := city(t)
	w.flip(w.at(w.entry("qinghe", "/zwgk/t7.html").Loc, 3))
	ctx, cancel := contextAfterBytes(t)
	defer cancel()
	found := make(chan Event, 10)
	e.reporter.onEvent = func(ev Event) {
		select {
		case found <- ev:
		default:
		}
	}
	running, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- e.Scrub(running, time.Millisecond, audit.Options{Objects: w.store, Dir: w.blobDir})
	}()
	defer func() { // it may still write to the folder of the test
		stop()
		<-done
	}()
	if ev := <-found; ev.Kind != Tampered || ev.Path != "/zwgk/t7.html" {
		t.Errorf("%+v", ev)
	}
	if err := e.Scrub(ctx, time.Hour, audit.Options{}); err == nil {
		t.Error("ended without its context")
	}
}

func TestSitesFind(t *testing.T) {
	a := newSnapshot(manifest.Head{Site: "a", Hosts: []string{"www.a.gov.cn"}, State: "running"}, nil)
	b := newSnapshot(manifest.Head{Site: "b", Default: true, State: "running"}, nil)
	s := newSites(map[string]*snapshot{"a": a, "b": b})
	for host, want := range map[string]*snapshot{
		"www.a.gov.cn": a, "WWW.A.gov.cn:8080": a, "www.a.gov.cn.": a, "a.localhost": a, "A.LOCALHOST:1": a,
		"b.localhost": b,
		"localhost":   b, "localhost:8080": b, "127.0.0.1": b, "[::1]": b, "[::1]:8080": b, "[::ffff:127.0.0.1]:1": b,
		"": nil, ":80": nil, "a.gov.cn": nil, "x.www.a.gov.cn": nil, "c.localhost": nil, "0.0.0.0": nil,
		"10.0.0.1": nil, "localhost.evil.example": nil, "www.a.gov.cn:x": nil, "www.a.gov.cn..": nil,
	} {
		if got := s.find(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
