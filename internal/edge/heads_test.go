package edge

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/publish/manifest"
)

// contextAfterBytes ends soon.
func contextAfterBytes(t *testing.T) (context.Context, context.CancelFunc) {
	return context.WithTimeout(t.Context(), 20*time.Millisecond)
}

func nothing(*pack) []manifest.Change { return nil }

func TestRestartOffline(t *testing.T) {
	w, e := city(t)
	w.set(e,
		w.publish("qinghe", nil,
			func(p *pack) []manifest.Change { return []manifest.Change{manifest.Put(p.page("/", "第二版"))} }))
	again := w.edge(nil)
	if res := get(again, "GET", "/"); res.Code != 200 || !strings.Contains(res.Body.String(), "第二版") {
		t.Errorf("after restart: %d", res.Code)
	}
	if h := again.Heads()["qinghe"]; h.Revision != 2 {
		t.Errorf("revision %d", h.Revision)
	}
	w.quiet()
	w.set(again, w.heads["qinghe"]) // the bus tells the same once more
	w.quiet()
	if info, err := os.Stat(filepath.Join(w.headsDir, ".seal")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("seal: %v %v", info, err)
	}
}

func TestSetHeadRefuses(t *testing.T) {
	w, e := city(t)
	first := w.heads["qinghe"]
	second := w.publish("qinghe", nil,
		func(p *pack) []manifest.Change { return []manifest.Change{manifest.Put(p.page("/", "第二版"))} })
	w.set(e, second)
	forger, err := crypto.LoadOrCreateSigner(t.TempDir(), crypto.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	change := func(h manifest.Head, f func(*manifest.Head)) manifest.Head {
		h.Hosts = slices.Clone(h.Hosts)
		f(&h)
		w.sign(&h)
		return h
	}
	forged := change(second, func(h *manifest.Head) { h.Revision, h.Prev = 3, second.Hash() })
	if err := forged.Sign(forger); err != nil {
		t.Fatal(err)
	}
	edited := second
	edited.Revision = 3
	for name, h := range map[string]manifest.Head{
		"rolled back":     first,
		"another of same": change(second, func(h *manifest.Head) { h.Note = "x" }),
		"fork":            change(second, func(h *manifest.Head) { h.Revision, h.Prev = 3, first.Hash() }),
		"forged":          forged,
		"edited":          edited,
		"unsigned":        func() manifest.Head { h := forged; h.Sig = nil; return h }(),
		"host of another": change(first, func(h *manifest.Head) { h.Site, h.Default = "county", false }),
		"second default":  change(first, func(h *manifest.Head) { h.Site, h.Hosts = "county", nil }),
		"another's .local": change(first, func(h *manifest.Head) {
			h.Site, h.Default, h.Hosts = "county", false,
				[]string{"qinghe.localhost"}
		}),
		"localhost": change(first, func(h *manifest.Head) {
			h.Site, h.Default, h.Hosts = "county", false,
				[]string{"localhost"}
		}),
		"zero": {},
	} {
		if err := e.SetHead(h); err == nil {
			t.Errorf("%s: accepted", name)
		}
		if len(w.seen(Refused))+len(w.seen(Waiting)) != 1 {
			t.Errorf("%s: not reported", name)
		}
	}
	if res := get(e, "GET", "/"); !strings.Contains(res.Body.String(), "第二版") {
		t.Error("a refused head changed what is served")
	}
	if h := e.Heads(); len(h) != 1 || h["qinghe"].Hash() != second.Hash() {
		t.Errorf("heads: %v", h)
	}
	// missed some
	w.set(e, change(second, func(h *manifest.Head) { h.Revision, h.Prev = 9, manifest.Sum([]byte("not seen here")) }))
}

// A host may move from one site to another, in whatever order the news comes.
func TestHostMoves(t *testing.T) {
	w, e := city(t)
	county := w.publish("county", func(h *manifest.Head) { h.Hosts = []string{"qinghe.gov.cn"} },
		func(p *pack) []manifest.Change {
			return []manifest.Change{manifest.Put(p.page("/", "县"))}
		})
	if err := e.SetHead(county); err == nil {
		t.Fatal("a taken host was given away")
	}
	w.set(e, w.publish("qinghe", func(h *manifest.Head) { h.Hosts = []string{"www.qinghe.gov.cn"} }, nothing))
	for host, text := range map[string]string{"qinghe.gov.cn": "县", "www.qinghe.gov.cn": "清河",
		"county.localhost": "县"} {
		if res := get(e, "GET", host+"/"); !strings.Contains(res.Body.String(), text) {
			t.Errorf("%s: %d %.100s", host, res.Code, res.Body)
		}
	}
}

// Sites that swap their hosts, or pass them on in a ring, change in the same moment; what waits for another reason
// stays behind.
func TestHostsSwapped(t *testing.T) {
	w, e := city(t)
	page := func(text string) func(*pack) []manifest.Change {
		return func(p *pack) []manifest.Change { return []manifest.Change{manifest.Put(p.page("/", text))} }
	}
	w.set(e, w.publish("county", nil, page("县")))
	w.set(e, w.publish("town", nil, page("镇")))
	hosts := func(list ...string) func(*manifest.Head) { return func(h *manifest.Head) { h.Hosts = list } }
	greedy := w.publish("greedy", hosts("qinghe.gov.cn", "town.gov.cn"), page("争"))
	first := w.publish("qinghe", hosts("county.gov.cn"), nothing)
	second := w.publish("county", hosts("town.gov.cn"), nothing)
	for _, h := range []manifest.Head{greedy, first, second} {
		if e.SetHead(h) == nil {
			t.Errorf("%s: a taken host was given away", h.Site)
		}
	}
	if len(w.seen(Waiting)) != 3 {
		t.Error("waiting is not reported")
	}
	w.set(e, w.publish("town", hosts("qinghe.gov.cn"), nothing))
	check := func(e *Edge) {
		t.Helper()
		for host, text := range map[string]string{"county.gov.cn": "清河", "town.gov.cn": "县", "qinghe.gov.cn": "镇",
			"localhost": "清河"} {
			if res := get(e, "GET", host+"/"); !strings.Contains(res.Body.String(), text) {
				t.Errorf("%s: %d %.100s", host, res.Code, res.Body)
			}
		}
	}
	check(e)
	w.quiet()
	check(w.edge(nil)) // a new start
	w.quiet()
}

// A start between the two saves of a swap is no damage: what came from outside last decides.
func TestStartInsideASwap(t *testing.T) {
	w, e := city(t)
	w.set(e,
		w.publish("county", nil,
			func(p *pack) []manifest.Change { return []manifest.Change{manifest.Put(p.page("/", "县"))} }))
	first := w.publish("qinghe", func(h *manifest.Head) { h.Hosts = []string{"county.gov.cn"} }, nothing)
	if err := e.dir.save(first); err != nil {
		t.Fatal(err)
	}
	again := w.edge(nil)
	if len(w.seen(HeadFile)) != 0 || len(w.seen(Waiting)) != 1 {
		t.Error("not reported as waiting")
	}
	w.set(again, w.publish("county", func(h *manifest.Head) { h.Hosts = []string{"qinghe.gov.cn"} }, nothing))
	for host, text := range map[string]string{"county.gov.cn": "清河", "qinghe.gov.cn": "县"} {
		if res := get(again, "GET", host+"/"); !strings.Contains(res.Body.String(), text) {
			t.Errorf("%s: %d %.100s", host, res.Code, res.Body)
		}
	}
}

// headDamages is what somebody may do to the files of a site; old is the head file of the revision before.
func headDamages() map[string]func(w *world, head, mark string, old []byte) {
	return map[string]func(w *world, head, mark string, old []byte){
		"rolled back": func(w *world, head, _ string, old []byte) { w.write(head, old) },
		"edited": func(w *world, head, _ string, old []byte) {
			w.write(head, []byte(strings.Replace(string(old), `"count":215`, `"count":214`, 1)))
		},
		"byte flipped": func(w *world, head, _ string, _ []byte) { w.flip(head, 100) },
		"removed":      func(w *world, head, _ string, _ []byte) { _ = os.Remove(head) },
		"emptied":      func(w *world, head, _ string, _ []byte) { w.write(head, nil) },
		"mark removed": func(w *world, _, mark string, _ []byte) { _ = os.Remove(mark) },
		"mark edited": func(w *world, head, mark string, old []byte) {
			w.write(head, old)
			b, _ := os.ReadFile(mark)
			w.write(mark, []byte(strings.Replace(string(b), `"revision":2`, `"revision":1`, 1)))
		},
		"mark of another key": func(w *world, head, mark string, old []byte) {
			w.write(head, old)
			h, err := manifest.ParseHead(old)
			if err != nil {
				w.Fatal(err)
			}
			other, err := openHeadsDir(w.TempDir(), []byte("another seal"))
			if err != nil {
				w.Fatal(err)
			}
			if err := other.save(h); err != nil {
				w.Fatal(err)
			}
			b, _ := os.ReadFile(other.path("qinghe", markSuffix))
			w.write(mark, b)
		},
		"seal replaced": func(w *world, head, mark string, old []byte) {
			w.write(filepath.Join(w.headsDir, sealFile), make([]byte, sealSize))
		},
		"newer head of no key": func(w *world, head, _ string, _ []byte) {
			h := w.heads["qinghe"]
			h.Revision, h.Prev = h.Revision+1, h.Hash()
			w.write(head, append(h.Encode(), '\n'))
		},
		"another head of the same revision": func(w *world, head, _ string, _ []byte) {
			h := w.heads["qinghe"]
			h.Note, h.At = "另一个", h.At+1
			w.sign(&h)
			w.write(head, append(h.Encode(), '\n'))
		},
		"other site's head": func(w *world, head, _ string, _ []byte) {
			h := w.heads["qinghe"]
			h.Site, h.Revision, h.Prev = "county", 99, h.Hash()
			w.sign(&h)
			w.write(head, append(h.Encode(), '\n'))
		},
	}
}

func TestHeadFilesEditedByHand(t *testing.T) {
	for name, damage := range headDamages() {
		t.Run(name, func(t *testing.T) {
			w, e := city(t)
			headFile, markFile := filepath.Join(w.headsDir, "qinghe.json"), filepath.Join(w.headsDir, "qinghe.mark")
			old, err := os.ReadFile(headFile)
			if err != nil {
				t.Fatal(err)
			}
			second := w.publish("qinghe", nil,
				func(p *pack) []manifest.Change { return []manifest.Change{manifest.Put(p.page("/", "第二版"))} })
			w.set(e, second)
			damage(w, headFile, markFile, old)

			// a new start: the site, the only one, stays dark, with a report, until somebody brings the head
			again := w.edge(nil)
			if res := get(again, "GET", "/"); res.Code != http.StatusServiceUnavailable ||
				strings.Contains(res.Body.String(), "第") {
				t.Errorf("served after a new start: %d %.80s", res.Code, res.Body)
			}
			if len(w.seen(HeadFile)) == 0 {
				t.Error("not reported at start")
			}
			w.set(again, second)
			if res := get(again, "GET", "/"); !strings.Contains(res.Body.String(), "第二版") {
				t.Error("the head from outside does not help")
			}

			// the running edge never reads them again, notices and repairs
			damage(w, headFile, markFile, old)
			w.events = nil
			if err := again.CheckHeads(); err != nil {
				t.Fatal(err)
			}
			if ev := w.seen(HeadFile); len(ev) == 0 && name != "seal replaced" {
				t.Error("not reported while running")
			}
			if err := again.dir.intact(second); err != nil {
				t.Errorf("not repaired: %v", err)
			}
		})
	}
}

// After a crash between head and mark the newer head is good.
func TestHeadAboveItsMark(t *testing.T) {
	w, e := city(t)
	second := w.publish("qinghe", nil, nothing)
	w.write(filepath.Join(w.headsDir, "qinghe.json"), append(second.Encode(), '\n'))
	if h := w.edge(nil).Heads()["qinghe"]; h.Revision != 2 {
		t.Errorf("revision %d", h.Revision)
	}
	w.quiet()
	_ = e
}

// A mark holds even where the head is gone: nothing older comes in from outside.
func TestMarkHoldsAgainstOlderHeads(t *testing.T) {
	w, e := city(t)
	first := w.heads["qinghe"]
	second := w.publish("qinghe", nil, nothing)
	w.set(e, second)
	if err := os.Remove(filepath.Join(w.headsDir, "qinghe.json")); err != nil {
		t.Fatal(err)
	}
	again := w.edge(nil)
	if again.SetHead(first) == nil {
		t.Error("an older head was accepted")
	}
	w.set(again, second)
}

func TestPlantedHeadFile(t *testing.T) {
	w, e := city(t)
	w.write(filepath.Join(w.headsDir, "evil.txt"), []byte("x"))
	planted := w.heads["qinghe"]
	planted.Site, planted.Hosts, planted.Default = "county", nil, false
	w.sign(&planted) // even a signed one: without a mark it was never served here
	w.write(filepath.Join(w.headsDir, "county.json"), append(planted.Encode(), '\n'))
	if err := e.CheckHeads(); err != nil {
		t.Fatal(err)
	}
	if ev := w.seen(HeadFile); len(ev) != 2 {
		t.Errorf("%+v", ev)
	}
	again := w.edge(nil)
	if h := again.Heads(); len(h) != 1 {
		t.Errorf("heads: %v", h)
	}
}

func TestDiskFullStillServes(t *testing.T) {
	w, e := city(t)
	if err := os.RemoveAll(w.headsDir); err != nil {
		t.Fatal(err)
	}
	w.write(w.headsDir, []byte("a file where the directory was"))
	w.set(e,
		w.publish("qinghe", nil,
			func(p *pack) []manifest.Change { return []manifest.Change{manifest.Put(p.page("/", "第二版"))} }))
	if res := get(e, "GET", "/"); !strings.Contains(res.Body.String(), "第二版") {
		t.Error("the new revision is not served")
	}
	if len(w.seen(DiskFault)) != 1 {
		t.Error("not reported")
	}
}

// feed is a bus of one watch.
type feed chan bus.Entry

func (f feed) Watch(context.Context, string) (<-chan bus.Entry, error) { return f, nil }

func TestWatch(t *testing.T) {
	w := newWorld(t)
	e := w.edge(nil)
	first := w.publish("qinghe", nil, cityPages)
	second := w.publish("qinghe", nil, nothing)
	f := make(feed, 8)
	f <- bus.Entry{Key: "qinghe", Value: second.Encode()}
	f <- bus.Entry{Key: "qinghe", Value: first.Encode()} // somebody rolled the bus back
	f <- bus.Entry{Key: "county", Value: second.Encode()}
	f <- bus.Entry{Key: "county", Value: []byte("{}")}
	close(f)
	if err := e.Watch(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if ev := w.seen(Refused); len(ev) != 3 {
		t.Errorf("%+v", ev)
	}
	if e.Heads()["qinghe"].Revision != 2 {
		t.Error("not served")
	}
}

func TestNewRefuses(t *testing.T) {
	w := newWorld(t)
	if _, err := New(Options{Ring: w.ring}); err == nil {
		t.Error("no store")
	}
	if _, err := New(Options{Stores: []verified.Blobs{w.store}}); err == nil {
		t.Error("no ring")
	}
	w.write(filepath.Join(w.headsDir, sealFile), []byte("short"))
	if _, err := New(Options{Stores: []verified.Blobs{w.store}, Ring: w.ring, HeadsDir: w.headsDir}); err == nil {
		t.Error("broken seal")
	}
}
