package heads

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"guiyi/internal/edge"
	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

// shelf is a ledger in memory.
type shelf []manifest.Head

func (s shelf) Heads(context.Context) ([]manifest.Head, error) { return s, nil }

// chain makes signed heads of a site.
type chain struct {
	t      *testing.T
	signer crypto.Signer
	ring   *crypto.Ring
}

func newChain(t *testing.T) chain {
	t.Helper()
	signer, err := crypto.LoadOrCreateSigner(t.TempDir(), crypto.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	ring := crypto.NewRing()
	if _, err := ring.Add(signer.Suite(), signer.Public()); err != nil {
		t.Fatal(err)
	}
	return chain{t, signer, ring}
}

func (c chain) head(site string, revision int64) manifest.Head {
	c.t.Helper()
	h := manifest.Head{Site: site, State: "running", Revision: revision, At: 1795000000000 + revision}
	if revision > 1 {
		h.Prev = manifest.Sum([]byte(site))
	}
	if err := h.Sign(c.signer); err != nil {
		c.t.Fatal(err)
	}
	return h
}

func openTestBus(t *testing.T, dir string) *bus.Bus {
	t.Helper()
	b, err := bus.Open(t.Context(), bus.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func announced(t *testing.T, b *bus.Bus, site string) int64 {
	t.Helper()
	e, err := b.Get(t.Context(), edge.Bucket, site)
	if fault.Is(err, fault.NotFound) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	h, err := manifest.ParseHead(e.Value)
	if err != nil {
		t.Fatal(err)
	}
	return h.Revision
}

// TestAnnounceNeverGoesBack: many workers announce in any order; the newest stays.
func TestAnnounceNeverGoesBack(t *testing.T) {
	c, b := newChain(t), openTestBus(t, t.TempDir())
	a := Announcer{b, c.ring}
	var wg sync.WaitGroup
	for i := range int64(12) {
		h := c.head("qinghe", 1+(i*7)%12)
		wg.Go(func() {
			if err := a.Announce(context.Background(), h); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := announced(t, b, "qinghe"); got != 12 {
		t.Errorf("the bus ends with revision %d, want 12", got)
	}
	if err := a.Announce(t.Context(), c.head("qinghe", 3)); err != nil || announced(t, b, "qinghe") != 12 {
		t.Errorf("an older revision took the place of a newer one: %v", err)
	}
}

// TestAnnounceOverRubbish: what carries no trusted signature keeps nothing from the edges.
func TestAnnounceOverRubbish(t *testing.T) {
	c, b := newChain(t), openTestBus(t, t.TempDir())
	a := Announcer{b, c.ring}
	stranger := newChain(t).head("qinghe", 999)
	for name, planted := range map[string][]byte{
		"forged": stranger.Encode(), "rubbish": []byte("x"), "empty": nil,
		"another site": c.head("county", 999).Encode(),
	} {
		if _, err := b.Put(t.Context(), edge.Bucket, "qinghe", planted); err != nil {
			t.Fatal(err)
		}
		if n, err := a.reannounce(t.Context(), []manifest.Head{c.head("qinghe", 4)}); err != nil || n != 1 {
			t.Errorf("%s: %d announced, %v", name, n, err)
		}
		if got := announced(t, b, "qinghe"); got != 4 {
			t.Errorf("%s: revision %d", name, got)
		}
	}
}

// TestReannounceAfterLoss: a bus that lost its files gets back what it lacks, and only that.
func TestReannounceAfterLoss(t *testing.T) {
	c, dir := newChain(t), t.TempDir()
	heads := []manifest.Head{c.head("qinghe", 5), c.head("county", 2)}
	b := openTestBus(t, dir)
	for want := range 2 { // all the first time, none the second
		if n, err := (Announcer{b, c.ring}).reannounce(t.Context(), heads); err != nil || n != len(heads)*(1-want) {
			t.Errorf("round %d: %d announced, %v", want, n, err)
		}
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = openTestBus(t, t.TempDir())
	if err := (Announcer{b, c.ring}).Announce(t.Context(), c.head("county", 2)); err != nil {
		t.Fatal(err)
	}
	if n, err := (Announcer{b, c.ring}).reannounce(t.Context(), heads); err != nil || n != 1 ||
		announced(t, b, "qinghe") != 5 {
		t.Errorf("%d announced, %v", n, err)
	}
	if n, err := (Announcer{nil, c.ring}).reannounce(t.Context(), heads); n != 0 || err != nil {
		t.Errorf("without a bus: %d, %v", n, err)
	}
}

// TestStrangeKeyMayNotPublish: a worker without the keys of what is published refuses to
// start, and makes no key of its own.
func TestStrangeKeyMayNotPublish(t *testing.T) {
	var ledger shelf
	sign := func(dir string) (crypto.Signer, *crypto.Ring, error) {
		ring, err := crypto.LoadRing(dir)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Signer(t.Context(), dir, crypto.Ed25519, ring, &ledger)
		return s, ring, err
	}
	const name = "ed25519.key"
	first, second := t.TempDir(), t.TempDir()
	signer, ring, err := sign(first)
	if err != nil {
		t.Fatal(err)
	}
	h := chain{t, signer, ring}.head("qinghe", 1)
	ledger = shelf{h}
	if _, _, err := sign(first); err != nil {
		t.Errorf("the same process again: %v", err)
	}
	if _, _, err := sign(second); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a worker without the keys = %v", err)
	}
	if _, err := os.Stat(filepath.Join(second, name)); err == nil {
		t.Error("it made a key of its own")
	}
	copied, err := os.ReadFile(filepath.Join(first, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(second, name), copied, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := sign(second); err != nil {
		t.Errorf("with the key copied: %v", err)
	}
	// The documented change of keys: the private half moved away, the public one left.
	if err := os.Remove(filepath.Join(first, name)); err != nil {
		t.Fatal(err)
	}
	fresh, ring, err := sign(first)
	if err != nil || fresh.KeyID() == h.Key || !slices.Contains(ring.KeyIDs(), fresh.KeyID()) {
		t.Errorf("a new key beside the old public half: %v", err)
	}
}

// TestTakerGivesTheEdgeWhatIsNewer, and nothing twice.
func TestTakerGivesTheEdgeWhatIsNewer(t *testing.T) {
	c := newChain(t)
	blobs, err := blob.Open(t.Context(), "dir:"+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = blobs.Close() })
	refused := 0
	e, err := edge.New(edge.Options{Stores: []verified.Blobs{blobs}, Ring: c.ring,
		OnEvent: func(edge.Event) { refused++ }})
	if err != nil {
		t.Fatal(err)
	}
	ledger := &shelf{c.head("qinghe", 3)}
	k := Taker{Ledger: ledger, Edge: e, Log: slog.New(slog.DiscardHandler)}
	take := func(want int64) {
		t.Helper()
		if err := k.Take(t.Context()); err != nil || e.Heads()["qinghe"].Revision != want {
			t.Errorf("revision %d, %v; want %d", e.Heads()["qinghe"].Revision, err, want)
		}
	}
	take(3)
	*ledger = shelf{c.head("qinghe", 2)}
	take(3)
	*ledger = shelf{c.head("qinghe", 9)}
	take(9)
	if refused != 0 {
		t.Errorf("%d events", refused)
	}
	*ledger = shelf{newChain(t).head("qinghe", 10)}
	take(9)
	take(9)
	if refused != 1 {
		t.Errorf("a refused head was reported %d times", refused)
	}
}
