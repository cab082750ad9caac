package heads

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"guiyi/internal/edge"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/publish/manifest"
)

// Intervals at which the heads of the ledger are compared with others. A new head is usually announced immediately; the
// comparison covers lost announcements.
const (
	announceEvery = 10 * time.Second // with the heads in the bus
	ledgerEvery   = 3 * time.Second  // with the heads that an edge in the same process serves
)

// topic is the topic of Bus.OnWake. Nobody publishes to it; the bus calls the function after each reconnection.
const topic = "heads"

// Ledger returns the newest head of every site; *publish.Publisher is one.
type Ledger interface {
	Heads(ctx context.Context) ([]manifest.Head, error)
}

// Announcer stores heads in the bus, where edges watch them. It never replaces a newer head by an older one.
type Announcer struct {
	Bus  *bus.Bus     // nil in a command without a running platform; then nothing is announced
	Ring *crypto.Ring // keys with which heads must be signed
}

// Announce implements publish.Announcer.
func (a Announcer) Announce(ctx context.Context, h manifest.Head) error {
	if a.Bus == nil {
		return nil
	}
	for {
		now, err := a.Bus.Get(ctx, edge.Bucket, h.Site)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if !a.lacks(now, h) {
			return nil
		}
		if _, err = a.Bus.Swap(ctx, edge.Bucket, h.Site, h.Encode(), now.Revision); !fault.Is(err, fault.Conflict) {
			return err
		}
	}
}

// lacks reports whether h must replace an entry of the bus: the entry is older, invalid or not correctly signed.
// Otherwise somebody who can write to the bus could prevent revisions from reaching the edges.
func (a Announcer) lacks(e bus.Entry, h manifest.Head) bool {
	has, err := manifest.ParseHead(e.Value)
	return err != nil || has.Site != h.Site || has.Verify(a.Ring) != nil || has.Revision < h.Revision
}

// reannounce announces the heads that the bus does not have and returns how many. The bus does not have a head if it
// was not reachable at the time or has lost its files.
func (a Announcer) reannounce(ctx context.Context, heads []manifest.Head) (n int, err error) {
	if a.Bus == nil || len(heads) == 0 {
		return 0, nil
	}
	all, err := a.Bus.All(ctx, edge.Bucket)
	if err != nil {
		return 0, err
	}
	byKey := map[string]bus.Entry{}
	for _, e := range all {
		byKey[e.Key] = e
	}
	for _, h := range heads {
		if !a.lacks(byKey[h.Site], h) {
			continue
		}
		if err := a.Announce(ctx, h); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// Keep announces the heads of the ledger that the bus does not have, every announceEvery and after each reconnection,
// until ctx ends.
func (a Announcer) Keep(ctx context.Context, ledger Ledger, log *slog.Logger) error {
	due := make(chan struct{}, 1)
	stop, err := a.Bus.OnWake(topic, func() {
		select {
		case due <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return err
	}
	defer stop()
	for failed := false; ctx.Err() == nil; {
		heads, err := ledger.Heads(ctx)
		n := 0
		if err == nil {
			n, err = a.reannounce(ctx, heads)
		}
		if n > 0 {
			log.InfoContext(ctx, "revisions announced again that the bus did not have", "sites", n)
		}
		if err != nil && !failed && ctx.Err() == nil { // health checks report the cause
			log.WarnContext(ctx, "revisions cannot be announced; edges keep their current ones", "err", err)
		}
		failed = err != nil
		select {
		case <-ctx.Done():
		case <-due:
		case <-time.After(announceEvery):
		}
	}
	return ctx.Err()
}

// Taker passes heads of the ledger to an edge in the same process.
type Taker struct {
	Ledger Ledger
	Edge   *edge.Edge
	Log    *slog.Logger

	tried map[string]manifest.Hash // last head passed to the edge, by site; a refused head is not passed again
}

// Follow calls Take every ledgerEvery until ctx ends. So the edge also gets heads of commands that ran without the bus.
func (t *Taker) Follow(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := t.Take(ctx); err != nil && ctx.Err() == nil {
			t.Log.DebugContext(ctx, "ledger cannot be read", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(ledgerEvery):
		}
	}
	return ctx.Err()
}

// Take passes the heads that are newer than the served ones to the edge.
func (t *Taker) Take(ctx context.Context) error {
	heads, err := t.Ledger.Heads(ctx)
	if err != nil {
		return err
	}
	if t.tried == nil {
		t.tried = map[string]manifest.Hash{}
	}
	served := t.Edge.Heads()
	for _, h := range heads {
		if served[h.Site].Revision >= h.Revision || t.tried[h.Site] == h.Hash() {
			continue
		}
		t.tried[h.Site] = h.Hash()
		if err := t.Edge.SetHead(h); err != nil {
			t.Log.ErrorContext(ctx, "newest revision of a site was refused by the edge", "site", h.Site, "err", err)
		}
	}
	return nil
}

// Signer loads the private key from dir and adds its public key to the ring. If dir has no private key, it creates
// one. It returns a Forbidden fault if the ledger has a head whose key is not in the ring: edges would refuse new
// revisions of this process.
func Signer(ctx context.Context, dir, suite string, ring *crypto.Ring, ledger Ledger) (crypto.Signer, error) {
	_, err := os.Stat(filepath.Join(dir, suite+".key"))
	isNew := errors.Is(err, fs.ErrNotExist)
	if !isNew {
		s, err := crypto.LoadOrCreateSigner(dir, suite)
		if err != nil {
			return nil, err
		}
		if _, err := ring.Add(s.Suite(), s.Public()); err != nil {
			return nil, err
		}
	}
	heads, err := ledger.Heads(ctx)
	if err != nil {
		return nil, err
	}
	if err := ring.Load(dir); err != nil { // keys may have been added since the ring was loaded
		return nil, err
	}
	for _, h := range heads {
		if !slices.Contains(ring.KeyIDs(), h.Key) {
			return nil, fault.New(fault.Forbidden, "站点 %s 已由密钥 %s 签署发布，但 %s 中没有这把密钥："+
				"请把其他工作进程的 keys 目录完整复制过来，或从备份取回公钥 *.pub，再启动；如果这不是本平台的数据库，请检查 database 的设置",
				h.Site, h.Key, dir)
		}
	}
	s, err := crypto.LoadOrCreateSigner(dir, suite)
	if err == nil && isNew {
		_, err = ring.Add(s.Suite(), s.Public())
	}
	return s, err
}
