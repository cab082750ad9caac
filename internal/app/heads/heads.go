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

// How often the heads of the ledger are compared with those of the bus, and with those that an
// edge in the same process serves. Between these times news travels at once, by the bus.
const (
	announceEvery = 10 * time.Second
	ledgerEvery   = 3 * time.Second
)

// topic only stands for the call that the bus makes after a reconnection.
const topic = "heads"

// Ledger returns the newest head of every site; *publish.Publisher is one.
type Ledger interface {
	Heads(ctx context.Context) ([]manifest.Head, error)
}

// Announcer puts heads into the bus, where edges watch for them. It never puts an older
// head in the place of a newer one: another worker may have been faster.
type Announcer struct {
	Bus  *bus.Bus     // nil in a command that finds no running platform: nothing is announced
	Ring *crypto.Ring // keys whose heads count
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

// lacks reports whether h is newer than an entry of the bus. Nothing unsigned counts: who
// can write to the bus must not be able to keep revisions from the edges.
func (a Announcer) lacks(e bus.Entry, h manifest.Head) bool {
	has, err := manifest.ParseHead(e.Value)
	return err != nil || has.Site != h.Site || has.Verify(a.Ring) != nil || has.Revision < h.Revision
}

// reannounce announces the heads that the bus lacks, because it could not be reached when
// they were made or lost its files since. It returns how many.
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

// Keep announces what the bus lacks of the ledger until ctx ends.
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
			log.InfoContext(ctx, "revisions announced that the bus did not have", "sites", n)
		}
		if err != nil && !failed && ctx.Err() == nil { // the checks of health tell of the database and of the bus
			log.WarnContext(ctx, "revisions cannot be announced; edges keep what they have", "err", err)
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

// Taker hands heads to an edge in a process that has the database.
type Taker struct {
	Ledger Ledger
	Edge   *edge.Edge
	Log    *slog.Logger

	tried map[string]manifest.Hash // by site; one that was refused is not tried again
}

// Follow brings the edge to what the ledger says until ctx ends, also when the
// announcement did not come: a command may have run without the bus.
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

// Take hands over the heads that are newer than what is served, once.
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
			t.Log.ErrorContext(ctx, "site is not served: its newest revision was refused", "site", h.Site, "err", err)
		}
	}
	return nil
}

// Signer loads the private key from dir, or makes one for a platform that has published
// nothing, and adds its public half to the ring. A process that lacks the keys of what is
// published must not publish: edges would refuse it.
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
	if err := ring.Load(dir); err != nil { // a key may have been put back since the ring was read
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
