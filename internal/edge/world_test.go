package edge

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
	"github.com/prometheus/client_golang/prometheus"

	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/web"
	"guiyi/internal/publish/manifest"
)

// world publishes real packs and heads into a real store.
type world struct {
	testing.TB
	blobDir, headsDir string
	store             *blob.Store
	signer            crypto.Signer
	ring              *crypto.Ring
	heads             map[string]manifest.Head
	packs             int

	mu     sync.Mutex
	events []Event
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{TB: t, blobDir: filepath.Join(dir, "blobs"), headsDir: filepath.Join(dir, "heads"),
		heads: map[string]manifest.Head{}, ring: crypto.NewRing()}
	var err error
	if w.store, err = blob.Open(t.Context(), "dir:"+w.blobDir); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	if w.signer, err = crypto.LoadOrCreateSigner(filepath.Join(dir, "keys"), crypto.Ed25519); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ring.Add(crypto.Ed25519, w.signer.Public()); err != nil {
		t.Fatal(err)
	}
	return w
}

// pack collects what one publish writes.
type pack struct {
	w    *world
	name string
	buf  bytes.Buffer
	bare bool // files get no variants
}

func (w *world) newPack(site string) *pack {
	w.packs++
	return &pack{w: w, name: fmt.Sprintf("pack/%s/%d", site, w.packs)}
}

func (p *pack) add(b []byte) manifest.Loc {
	loc := manifest.Loc{Pack: p.name, Off: int64(p.buf.Len()), Len: int64(len(b))}
	p.buf.Write(b)
	return loc
}

func (p *pack) AddNode(b []byte, _ manifest.Hash) (manifest.Loc, error) { return p.add(b), nil }

// Node reads back, from the pack under work or an older one.
func (p *pack) Node(ctx context.Context, r manifest.Ref) ([]byte, error) {
	if r.Loc.Pack == p.name {
		return p.buf.Bytes()[r.Loc.Off : r.Loc.Off+r.Loc.Len], nil
	}
	return p.w.store.ReadRange(ctx, r.Loc.Pack, r.Loc.Off, r.Loc.Len)
}

// file makes an entry with bytes; text gets variants.
func (p *pack) file(path, ctype, cache string, body []byte) manifest.Entry {
	e := manifest.Entry{Path: path, Status: 200, Type: ctype, Cache: cache, Hash: manifest.Sum(body),
		Size: int64(len(body)), Modified: 1795000000500}
	if len(body) > verified.MaxWhole {
		p.large(&e, body)
		return e
	}
	e.Loc = p.add(body)
	if strings.HasPrefix(ctype, "text/") && !p.bare {
		for _, enc := range []string{manifest.Brotli, manifest.Gzip, manifest.Zstd} {
			b := compress(enc, body)
			e.Variants = append(e.Variants, manifest.Variant{Encoding: enc, Hash: manifest.Sum(b), Loc: p.add(b)})
		}
	}
	return e
}

// large puts a file into the store as a blob with a chunk list.
func (p *pack) large(e *manifest.Entry, body []byte) {
	var list []byte
	for piece := range slices.Chunk(body, manifest.ChunkSize) {
		h := manifest.Sum(piece)
		list = append(list, h[:]...)
	}
	for _, b := range [][]byte{body, list} {
		if _, err := p.w.store.Put(p.w.Context(), bytes.NewReader(b), 0); err != nil {
			p.w.Fatal(err)
		}
	}
	e.Chunks = manifest.Sum(list)
}

func compress(enc string, body []byte) []byte {
	var out bytes.Buffer
	switch enc {
	case manifest.Brotli:
		z := brotli.NewWriterLevel(&out, 5)
		z.Write(body)
		z.Close()
	case manifest.Gzip:
		z := gzip.NewWriter(&out)
		z.Write(body)
		z.Close()
	case manifest.Zstd:
		z, _ := zstd.NewWriter(&out)
		z.Write(body)
		z.Close()
	}
	return out.Bytes()
}

func pageBody(text string) []byte {
	return []byte("<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head><title>" + text + "</title></head><body>" +
		strings.Repeat(text+" ", 200) + "</body></html>\n")
}

func (p *pack) page(path, text string) manifest.Entry {
	return p.file(path, "text/html; charset=utf-8", manifest.CachePage, pageBody(text))
}

// publish signs the next revision of a site. edit may change the head before it is signed.
func (w *world) publish(site string, edit func(*manifest.Head), make func(*pack) []manifest.Change) manifest.Head {
	w.Helper()
	p := w.newPack(site)
	prev := w.heads[site]
	root, stats, err := manifest.Apply(w.Context(), p, p, prev.Root, make(p))
	if err != nil {
		w.Fatal(err)
	}
	if p.buf.Len() > 0 {
		if err := w.store.PutNamed(w.Context(), p.name, p.buf.Bytes()); err != nil {
			w.Fatal(err)
		}
	}
	h := manifest.Head{Site: site, Hosts: []string{site + ".gov.cn"}, State: "running", Revision: prev.Revision + 1,
		Root: root, Count: stats.Count, At: 1795000000000 + prev.Revision}
	if prev.Revision > 0 {
		h.Prev, h.Hosts, h.Default, h.State = prev.Hash(), prev.Hosts, prev.Default, prev.State
	}
	if edit != nil {
		edit(&h)
	}
	w.sign(&h)
	w.heads[site] = h
	return h
}

func (w *world) sign(h *manifest.Head) {
	w.Helper()
	if err := h.Sign(w.signer); err != nil {
		w.Fatal(err)
	}
}

func (w *world) edge(edit func(*Options)) *Edge {
	w.Helper()
	clock := fixedNow()
	o := Options{Now: func() time.Time { clock = clock.Add(time.Hour); return clock },
		Stores: []verified.Blobs{w.store},
		Ring:   w.ring, HeadsDir: w.headsDir, Metrics: prometheus.NewRegistry(), OnEvent: func(ev Event) {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.events = append(w.events, ev)
		}}
	if edit != nil {
		edit(&o)
	}
	e, err := New(o)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// seen returns and forgets the events of a kind.
func (w *world) seen(kind string) (out []Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.events = slices.DeleteFunc(w.events, func(ev Event) bool {
		if ev.Kind == kind {
			out = append(out, ev)
		}
		return ev.Kind == kind
	})
	return out
}

func (w *world) quiet() {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events) > 0 {
		w.Errorf("unexpected events: %+v", w.events)
	}
}

func (w *world) set(e *Edge, h manifest.Head) {
	w.Helper()
	if err := e.SetHead(h); err != nil {
		w.Fatal(err)
	}
}

// city is a world with one portal of a few pages, and its edge.
func city(t testing.TB) (*world, *Edge) {
	w := newWorld(t)
	w.publish("qinghe", func(h *manifest.Head) { h.Default = true }, cityPages)
	e := w.edge(nil)
	w.set(e, w.heads["qinghe"])
	return w, e
}

func cityPages(p *pack) []manifest.Change {
	notFound := p.page("/404.html", "页面不存在")
	notFound.Status = 404
	closed := p.page("/closed.html", "网站已关停")
	closed.Status = 503
	gone := p.page("/gone-with-page.html", "已撤下，说明")
	gone.Status = 410
	changes := []manifest.Change{
		manifest.Put(p.page("/", "清河")), manifest.Put(p.page("/zwgk/", "政务公开")),
		manifest.Put(p.page("/a/index.html", "索引")),
		manifest.Put(p.page("/政务.html", "中文地址")), manifest.Put(notFound), manifest.Put(closed), manifest.Put(gone),
		manifest.Put(p.file("/_a/0123456789ab.site.css", "text/css", manifest.CacheAsset,
			[]byte(strings.Repeat("a{b:c}", 100)))),
		manifest.Put(p.file("/_m/p.png", "image/png", manifest.CacheMedia, []byte("0123456789"))),
		manifest.Put(p.file("/_m/v.mp4", "video/mp4", manifest.CacheMedia, video())),
		manifest.Put(p.file("/rss.xml", "text/xml", manifest.CacheFeed, []byte("<rss/>"))),
		manifest.Put(manifest.Entry{Path: "/old.html", Status: 301, Location: "/政务.html"}),
		manifest.Put(manifest.Entry{Path: "/away", Status: 302, Location: "https://www.gov.cn/"}),
		manifest.Put(manifest.Entry{Path: "/old.jsp?id=7&k=%E4%B8%AD", Status: 301, Location: "/zwgk/"}),
		manifest.Put(manifest.Entry{Path: "/gone.html", Status: 410}),
	}
	for i := range 200 {
		p.bare = i >= 10 // compression is slow
		changes = append(changes, manifest.Put(p.page(fmt.Sprintf("/zwgk/t%d.html", i), fmt.Sprintf("文章%d", i))))
	}
	return changes
}

// video is longer than two chunks and no multiple of one.
func video() []byte {
	b := make([]byte, 5*manifest.ChunkSize+777)
	for i := range b {
		b[i] = byte(i*7 + i>>12)
	}
	return b
}

// get asks the edge without a network. Headers come in pairs.
func get(e http.Handler, method, address string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://qinghe.gov.cn/", nil)
	host, path, _ := strings.Cut(address, "/")
	path = "/" + path
	if host != "" {
		r.Host = host
	}
	u, err := url.ParseRequestURI(path) // as net/http does
	if err != nil {
		panic(err)
	}
	r.URL, r.RequestURI = u, path
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	e.ServeHTTP(rec, r)
	return rec
}

// file returns the path on disk of an object.
func (w *world) file(name string) string { return filepath.Join(w.blobDir, name) }

// flip changes one byte of a file in place.
func (w *world) flip(path string, at int64) {
	w.Helper()
	if err := os.Chmod(path, 0o644); err != nil {
		w.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		w.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, 1)
	if _, err := f.ReadAt(b, at); err != nil {
		w.Fatal(err)
	}
	b[0] ^= 1
	if _, err := f.WriteAt(b, at); err != nil {
		w.Fatal(err)
	}
}

// write replaces a file by another one.
func (w *world) write(path string, b []byte) {
	w.Helper()
	_ = os.Remove(path) // objects are read-only
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		w.Fatal(err)
	}
}

// entry looks a path up in the newest head.
func (w *world) entry(site, path string) manifest.Entry {
	w.Helper()
	e, ok, err := manifest.Get(w.Context(), w.newPack(site), w.heads[site].Root, path)
	if err != nil || !ok {
		w.Fatalf("%s: %v %v", path, ok, err)
	}
	return e
}

func asJSON(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

func fixedNow() time.Time { return time.UnixMilli(1795000000000) }

// listen serves the edge on the listener that the platform uses, over TLS when it has a configuration, and returns
// the base of its addresses.
func listen(t testing.TB, e *Edge, secure *tls.Config) string {
	t.Helper()
	s := web.NewServer(web.ServerOptions{Address: "127.0.0.1:0", Handler: e, TLS: secure,
		Log: slog.New(slog.DiscardHandler)})
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = s.Shutdown(ctx) // cuts off what is still open
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if secure != nil {
		return "https://" + s.Addr().String()
	}
	return "http://" + s.Addr().String()
}
