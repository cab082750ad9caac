package mirror

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/edge"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

// world publishes into a remote store and mirrors it.
type world struct {
	*testing.T
	remoteDir, localDir string
	remote, local       *blob.Store
	mirror              *Mirror
	signer              crypto.Signer
	ring                *crypto.Ring
	head                manifest.Head
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, remoteDir: t.TempDir(), localDir: t.TempDir(), ring: crypto.NewRing()}
	open := func(dir string) *blob.Store {
		s, err := blob.Open(t.Context(), "dir:"+dir)
		w.must(err)
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	w.remote, w.local = open(w.remoteDir), open(w.localDir)
	w.mirror = New(w.local, w.remote, nil)
	var err error
	w.signer, err = crypto.LoadOrCreateSigner(t.TempDir(), crypto.Ed25519)
	w.must(err)
	_, err = w.ring.Add(w.signer.Suite(), w.signer.Public())
	w.must(err)
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// pack is what one revision writes; it reads older nodes from the store.
type pack struct {
	w    *world
	name string
	buf  bytes.Buffer
}

func (p *pack) add(b []byte) manifest.Loc {
	l := manifest.Loc{Pack: p.name, Off: int64(p.buf.Len()), Len: int64(len(b))}
	p.buf.Write(b)
	return l
}

func (p *pack) AddNode(b []byte, _ manifest.Hash) (manifest.Loc, error) { return p.add(b), nil }

func (p *pack) Node(ctx context.Context, r manifest.Ref) ([]byte, error) {
	if r.Loc.Pack == p.name {
		return p.buf.Bytes()[r.Loc.Off : r.Loc.Off+r.Loc.Len], nil
	}
	return p.w.remote.ReadRange(ctx, r.Loc.Pack, r.Loc.Off, r.Loc.Len)
}

// publish makes the next revision: pages in its pack, and one picture that lies by its hash.
func (w *world) publish(pages map[string]string) manifest.Head {
	w.Helper()
	next := w.head.Revision + 1
	p := &pack{w: w, name: fmt.Sprintf("pack/qinghe/%d", next)}
	var changes []manifest.Change
	for path, text := range pages {
		b := []byte(text)
		e := manifest.Entry{Path: path, Status: 200, Type: "text/plain; charset=utf-8", Cache: manifest.CachePage,
			Hash: manifest.Sum(b), Size: int64(len(b)), Modified: 1795000000000}
		if strings.HasPrefix(path, "/_m/") {
			_, err := w.remote.Put(w.Context(), bytes.NewReader(b), 0)
			w.must(err)
		} else {
			e.Loc = p.add(b)
		}
		changes = append(changes, manifest.Put(e))
	}
	root, stats, err := manifest.Apply(w.Context(), p, p, w.head.Root, changes)
	w.must(err)
	w.must(w.remote.PutNamed(w.Context(), p.name, p.buf.Bytes()))
	h := manifest.Head{Site: "qinghe", Hosts: []string{"www.qinghe.gov.cn"}, State: "running", Revision: next,
		Root: root, Count: stats.Count, At: 1795000000000 + next}
	if next > 1 {
		h.Prev = w.head.Hash()
	}
	w.must(h.Sign(w.signer))
	w.head = h
	return h
}

// away takes the remote store out of reach.
func (w *world) away() (back func()) {
	w.Helper()
	for _, name := range []string{"pack", "cas", ".tmp"} {
		w.must(os.Rename(filepath.Join(w.remoteDir, name), filepath.Join(w.remoteDir, name+".away")))
	}
	return func() {
		for _, name := range []string{"pack", "cas", ".tmp"} {
			w.must(os.Rename(filepath.Join(w.remoteDir, name+".away"), filepath.Join(w.remoteDir, name)))
		}
	}
}

func (w *world) read(path string, h manifest.Head) (string, error) {
	e, ok, err := manifest.Get(w.Context(), reader{w.mirror}, h.Root, path)
	if err != nil || !ok {
		return "", errors.Join(err, fmt.Errorf("found %v", ok))
	}
	if e.Loc.Pack == "" {
		b, err := w.mirror.Bytes(w.Context(), e.Hash.String(), 1<<20)
		return string(b), err
	}
	b, err := w.mirror.ReadRange(w.Context(), e.Loc.Pack, e.Loc.Off, e.Loc.Len)
	return string(b), err
}

// reader reads nodes through the mirror.
type reader struct{ m *Mirror }

func (r reader) Node(ctx context.Context, ref manifest.Ref) ([]byte, error) {
	return r.m.ReadRange(ctx, ref.Loc.Pack, ref.Loc.Off, ref.Loc.Len)
}

func many(n int, text string) map[string]string {
	out := map[string]string{"/_m/picture.png": "picture " + text}
	for i := range n {
		out[fmt.Sprintf("/news/%d.html", i)] = fmt.Sprint(text, i)
	}
	return out
}

func TestEverythingIsReadAlone(t *testing.T) {
	w := newWorld(t)
	first := w.publish(many(300, "first "))
	second := w.publish(map[string]string{"/news/7.html": "second"})
	if got, err := w.read("/news/7.html", first); err != nil || got != "first 7" {
		t.Errorf("read through before anything was copied: %q, %v", got, err)
	}
	var all sync.WaitGroup
	for range 4 { // at once
		all.Go(func() {
			if err := w.mirror.Fill(context.Background(), second); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	w.away()
	for path, want := range map[string]string{"/news/7.html": "second", "/news/8.html": "first 8",
		"/_m/picture.png": "picture first "} {
		if got, err := w.read(path, second); err != nil || got != want {
			t.Errorf("%s alone: %q, %v", path, got, err)
		}
	}
	if err := w.mirror.Fill(t.Context(), second); err != nil {
		t.Errorf("nothing is left to copy, but: %v", err)
	}
	third := second
	third.Root.Loc.Pack = "pack/qinghe/3"
	if err := w.mirror.Fill(t.Context(), third); err == nil {
		t.Error("a head whose pack is nowhere counts as copied")
	}
}

func TestTrimKeepsWhatIsUsed(t *testing.T) {
	w := newWorld(t)
	w.must(w.mirror.Fill(t.Context(), w.publish(map[string]string{"/": "first"})))
	second := w.publish(map[string]string{"/": "second", "/_m/a.png": "picture"})
	w.must(w.mirror.Fill(t.Context(), second))
	heads := []manifest.Head{second}
	if n, err := w.mirror.Trim(t.Context(), heads, time.Now()); n != 0 || err != nil {
		t.Errorf("young objects: %d removed, %v", n, err)
	}
	later := time.Now().Add(25 * time.Hour)
	broken := second
	broken.Root.Hash = manifest.Sum([]byte("x"))
	if n, err := w.mirror.Trim(t.Context(), []manifest.Head{second, broken}, later); n != 0 || err == nil {
		t.Errorf("a head that cannot be read: %d removed, %v", n, err)
	}
	if n, err := w.mirror.Trim(t.Context(), heads, later); n != 1 || err != nil {
		t.Errorf("%d removed, %v; want the first pack", n, err)
	}
	w.away()
	if got, err := w.read("/", second); err != nil || got != "second" {
		t.Errorf("%q, %v", got, err)
	}
}

// TestBadCopyOfANodeDoesNotStopTheCopying: what lies here may have been changed.
func TestBadCopyOfANode(t *testing.T) {
	w := newWorld(t)
	head := w.publish(many(100, "x"))
	w.must(w.mirror.Fill(t.Context(), head))
	name := filepath.Join(w.localDir, head.Root.Loc.Pack)
	b, err := os.ReadFile(name)
	w.must(err)
	for i := range b {
		b[i] ^= 1
	}
	w.must(os.Chmod(name, 0o600))
	w.must(os.WriteFile(name, b, 0o600))
	if err := w.mirror.Fill(t.Context(), head); err != nil {
		t.Errorf("Fill = %v", err)
	}
}

// wire is a bus in memory.
type wire chan bus.Entry

func (w wire) Watch(ctx context.Context, _ string) (<-chan bus.Entry, error) {
	out := make(chan bus.Entry)
	go func() {
		defer close(out)
		for {
			select {
			case <-ctx.Done():
				return
			case e := <-w:
				out <- e
			}
		}
	}()
	return out, nil
}

// served is an edge that serves what was passed on.
type served struct {
	mu    sync.Mutex
	heads map[string]manifest.Head
}

func (s *served) Heads() map[string]manifest.Head {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]manifest.Head{}
	for k, v := range s.heads {
		out[k] = v
	}
	return out
}

func (s *served) set(h manifest.Head) { s.mu.Lock(); defer s.mu.Unlock(); s.heads[h.Site] = h }

func TestFeedWaitsForTheCopy(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	in, now := make(wire), &served{heads: map[string]manifest.Head{}}
	out, err := Feed{Mirror: w.mirror, From: in, Edge: now, Ring: w.ring}.Watch(ctx, edge.Bucket)
	w.must(err)
	next := func() manifest.Head {
		t.Helper()
		select {
		case e := <-out:
			h, err := manifest.ParseHead(e.Value)
			w.must(err)
			now.set(h)
			return h
		case <-time.After(time.Minute):
			t.Fatal("nothing was passed on")
		}
		return manifest.Head{}
	}
	tell := func(h manifest.Head) { in <- bus.Entry{Key: h.Site, Value: h.Encode()} }
	first := w.publish(many(20, "first "))
	tell(first)
	if h := next(); h.Revision != 1 {
		t.Errorf("first: revision %d", h.Revision)
	}
	w.must(w.mirror.Fill(ctx, first))
	second := w.publish(map[string]string{"/news/1.html": "second"})
	third := w.publish(map[string]string{"/news/1.html": "third"})
	back := w.away()
	tell(second)
	tell(third)
	select {
	case e := <-out:
		t.Errorf("passed on while its bytes were out of reach: %s", e.Value)
	case <-time.After(200 * time.Millisecond): // nothing can be awaited that must not happen
	}
	back()
	for h := next(); h.Revision != 3; h = next() {
	}
	w.away()
	if got, err := w.read("/news/1.html", third); err != nil || got != "third" {
		t.Errorf("alone: %q, %v", got, err)
	}
	in <- bus.Entry{Key: "qinghe", Value: []byte("rubbish")}
	select {
	case e := <-out: // for the edge to report
		if string(e.Value) != "rubbish" {
			t.Errorf("passed on: %s", e.Value)
		}
	case <-time.After(time.Minute):
		t.Error("rubbish is kept from the edge, which reports it")
	}
	cancel()
	for range out { // it ends
	}
}

func TestFeedWithoutBus(t *testing.T) {
	w := newWorld(t)
	away := fault.New(fault.Unavailable, "away")
	if _, err := (Feed{Mirror: w.mirror, From: noBus{away}, Edge: &served{}, Ring: w.ring}).Watch(t.Context(),
		edge.Bucket); !errors.Is(err, away) {
		t.Errorf("Watch = %v", err)
	}
}

type noBus struct{ err error }

func (n noBus) Watch(context.Context, string) (<-chan bus.Entry, error) { return nil, n.err }
