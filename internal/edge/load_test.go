package edge

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/publish/manifest"
)

// While revisions follow each other under load, every page that a reader gets names an asset that this or the next
// revision has: no answer mixes two snapshots, and none fails.
func TestNoMixedSnapshot(t *testing.T) {
	w := newWorld(t)
	release := func(n int) func(*pack) []manifest.Change {
		return func(p *pack) []manifest.Change {
			p.bare = true
			asset := fmt.Sprintf("/_a/%012d.css", n)
			return []manifest.Change{
				manifest.Put(p.page("/", fmt.Sprintf("第%d版 %s", n, asset))),
				manifest.Put(p.page("/404.html", fmt.Sprintf("第%d版 %s", n, asset))),
				manifest.Put(p.file(asset, "text/css", manifest.CacheAsset, []byte(fmt.Sprintf("/* %d */", n)))),
				// the one before stays, for pages already on screens
				manifest.Remove(fmt.Sprintf("/_a/%012d.css", n-2)),
			}
		}
	}
	heads := []manifest.Head{w.publish("qinghe", nil, release(1))}
	for n := 2; n <= 20; n++ {
		heads = append(heads, w.publish("qinghe", nil, release(n)))
	}
	e := w.edge(nil)
	w.set(e, heads[0])
	var current atomic.Int64 // no older than what is served
	current.Store(1)
	done := make(chan struct{})
	var readers sync.WaitGroup
	asset := regexp.MustCompile(`第(\d+)版 (/_a/\d+\.css)`)
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				body := get(e, "GET", "/").Body.String()
				found := asset.FindAllStringSubmatch(body, -1)
				if len(found) == 0 {
					t.Error("no page")
					return
				}
				for _, f := range found {
					if f[1] != found[0][1] {
						t.Errorf("a page of two revisions: %v %v", f, found[0])
					}
				}
				res := get(e, "GET", found[0][2])
				var rev int64
				fmt.Sscan(found[0][1], &rev)
				// the asset is there in the next revision, and gone in the one after
				if res.Code != 200 && current.Load() < rev+2 {

					t.Errorf("revision %s: asset %s is %d", found[0][1], found[0][2], res.Code)
				}
			}
		})
	}
	for i, h := range heads[1:] {
		current.Store(int64(i + 2))
		w.set(e, h)
		if body := get(e, "GET", "/").Body.String(); !strings.Contains(body, fmt.Sprintf("第%d版", i+2)) {
			t.Errorf("revision %d is not there right after SetHead", i+2)
		}
	}
	close(done)
	readers.Wait()
	w.quiet()
}

func TestLoadsOfOneHashAreOne(t *testing.T) {
	w := newWorld(t)
	w.publish("qinghe", nil, cityPages)
	counted := &countingBlobs{Blobs: w.store, gate: make(chan struct{})}
	e := w.edge(func(o *Options) { o.Stores = []verified.Blobs{counted} })
	w.set(e, w.heads["qinghe"])
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if res := get(e, "GET", "/zwgk/t3.html"); res.Code != 200 {
				t.Errorf("status %d", res.Code)
			}
		})
	}
	close(counted.gate)
	all.Wait()
	if n := counted.reads.Load(); n > 3 { // root, leaf, page
		t.Errorf("%d reads for 20 requests of one page", n)
	}
}

type countingBlobs struct {
	verified.Blobs
	gate  chan struct{}
	reads atomic.Int64
}

func (c *countingBlobs) ReadRange(ctx context.Context, name string, off, n int64) ([]byte, error) {
	<-c.gate
	c.reads.Add(1)
	return c.Blobs.ReadRange(ctx, name, off, n)
}

func TestManyRoutesAreBounded(t *testing.T) {
	w, e := city(t)
	snap := e.sites.Load().byCode["qinghe"]
	for i := range routeShards * routesInShard * 2 {
		snap.routes.put(fmt.Sprintf("/%d", i), nil)
	}
	for i := range snap.routes.shards {
		if n := len(snap.routes.shards[i].m); n > routesInShard {
			t.Errorf("%d routes in a shard", n)
		}
	}
	if res := get(e, "GET", "/zwgk/t1.html"); res.Code != 200 {
		t.Errorf("status %d", res.Code)
	}
	for i := range 50 { // paths that are not there leave nothing behind
		get(e, "GET", fmt.Sprintf("/none%d", i))
		if snap.routes.get(fmt.Sprintf("/none%d", i)) != nil {
			t.Error("a missing path was kept")
		}
	}
	w.quiet()
}

// sink is a response writer that costs nothing.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(int)             {}

func hotWorld(b *testing.B) *Edge {
	w := newWorld(b)
	w.publish("qinghe", func(h *manifest.Head) { h.Default = true }, func(p *pack) []manifest.Change {
		p.bare = true
		return []manifest.Change{manifest.Put(p.file("/", "text/html; charset=utf-8", manifest.CachePage,
			append([]byte(a11y.PageStart), make([]byte, 32<<10)...)))}
	})
	e := w.edge(nil)
	w.set(e, w.heads["qinghe"])
	return e
}

// BenchmarkHot is a page from memory, without net/http's own cost.
func BenchmarkHot(b *testing.B) {
	e := hotWorld(b)
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "localhost:8080"
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	r.Header.Set("Cookie", "Hm_lvt_1=2")
	s := &sink{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(s.h)
		e.ServeHTTP(s, r)
	}
}

// BenchmarkHotWithAttributes serves the same page with accessibility settings.
func BenchmarkHotWithAttributes(b *testing.B) {
	e := hotWorld(b)
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = "localhost:8080"
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Cookie", "a11y=elder%3D1")
	s := &sink{http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(s.h)
		e.ServeHTTP(s, r)
	}
}

// BenchmarkServer is the page over a real connection; b.N requests one after another.
func BenchmarkServer(b *testing.B) {
	e := hotWorld(b)
	base, client := listen(b, e, nil), &http.Client{}
	defer client.CloseIdleConnections()
	b.ReportAllocs()
	for b.Loop() {
		res, err := client.Get(base + "/")
		if err != nil {
			b.Fatal(err)
		}
		if _, err := drain(res); err != nil {
			b.Fatal(err)
		}
	}
}

func drain(res *http.Response) (int64, error) {
	defer res.Body.Close()
	return io.Copy(io.Discard, res.Body)
}
