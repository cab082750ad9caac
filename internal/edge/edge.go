package edge

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/publish/manifest"
)

// Bucket is the bus bucket of heads: key = site code, value = head.
const Bucket = "manifest"

const (
	defaultCache = 256 << 20
	defaultNodes = 64 << 20
	defaultBody  = 1 << 20
)

// Options say what an edge is made of.
type Options struct {
	// Blobs are the places of bytes, tried in order; the first is the local one. At least one.
	Blobs []verified.Blobs
	// Ring holds the keys whose signatures under heads are trusted.
	Ring *crypto.Ring
	// HeadsDir keeps the last good heads. Empty: nothing is kept.
	HeadsDir string
	// Seal is the secret of the high-water marks; without it one is made in HeadsDir.
	Seal []byte
	// Portal answers dynamic paths; nil while there is none. See NewProxy for one in another process.
	Portal http.Handler
	// Proxies are the networks in front of the edge whose X-Forwarded-For and -Proto the portal may learn; zero is none.
	Proxies web.Proxies
	// Log may be nil.
	Log *slog.Logger
	// Metrics may be nil.
	Metrics prometheus.Registerer
	// OnEvent, when set, gets what must be known beside the log. It must not block.
	OnEvent func(Event)
	// CacheBytes bounds verified content in memory, NodeBytes nodes of the trees; 0 means 256 MiB and 64 MiB.
	CacheBytes, NodeBytes int64
	// BodyLimit bounds request bodies for the portal in bytes; 0 means 1 MiB.
	BodyLimit int64
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// Edge is the public handler. It may be used by many goroutines at once.
type Edge struct {
	src       *verified.Source
	local     verified.Blobs
	ring      *crypto.Ring
	dir       *headsDir
	portal    http.Handler
	proxies   web.Proxies
	log       *slog.Logger
	metrics   *metrics
	reporter  *reporter
	bodyLimit int64
	packers   sync.Pool // of *gzip.Writer
	fixed     *fixedHeaders

	sites atomic.Pointer[sites]
	mu    sync.Mutex               // of changes of sites, and below
	tips  map[string]mark          // newest head ever served, by site
	later map[string]manifest.Head // good heads that wait until another site gives up a host
}

// New makes an edge and loads the last good heads. Heads that must not be served are reported, not an error.
func New(o Options) (*Edge, error) {
	if len(o.Blobs) == 0 || o.Ring == nil {
		return nil, fault.New(fault.Invalid, "公众访问边缘缺少文件存储或信任的公钥")
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	dir, err := openHeadsDir(o.HeadsDir, o.Seal)
	if err != nil {
		return nil, err
	}
	e := &Edge{
		ring: o.Ring, dir: dir, fixed: newFixedHeaders(), portal: o.Portal, proxies: o.Proxies, log: o.Log, bodyLimit: positive(o.BodyLimit, defaultBody),
		tips: map[string]mark{}, later: map[string]manifest.Head{},
		local: o.Blobs[0],
	}
	e.packers.New = func() any { return gzip.NewWriter(io.Discard) }
	if e.metrics, err = newMetrics(o.Metrics, func() float64 { return float64(e.src.Held()) }); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "无法登记指标")
	}
	e.reporter = &reporter{log: o.Log, onEvent: o.OnEvent, now: o.Now, metrics: e.metrics}
	e.src = verified.New(verified.Options{
		Places: o.Blobs, ContentBytes: positive(o.CacheBytes, defaultCache), NodeBytes: positive(o.NodeBytes, defaultNodes),
		Report: func(ev Event) { e.reporter.report(ev) }, Hit: e.metrics.hit, Miss: e.metrics.miss,
	})
	e.sites.Store(newSites(nil))
	return e, e.loadHeads()
}

func positive(v, otherwise int64) int64 {
	if v > 0 {
		return v
	}
	return otherwise
}

// loadHeads takes over the heads on disk that may be served.
func (e *Edge) loadHeads() error {
	codes, strange, err := e.dir.sites()
	if err != nil {
		return err
	}
	for _, name := range strange {
		e.reporter.report(Event{Kind: HeadFile, Where: name, Detail: "清单目录中有来历不明的文件"})
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, code := range codes {
		head, tip, err := e.dir.load(code, e.ring)
		e.tips[code] = tip
		if err == nil {
			err = e.swap(head)
		}
		if err != nil {
			detail := err.Error()
			if errors.Is(err, fs.ErrNotExist) {
				detail = "清单文件或版本水位文件被删除：" + detail
			}
			e.reporter.report(Event{Kind: HeadFile, Site: code, Revision: tip.Revision, Where: code + headSuffix, Detail: detail})
		}
	}
	e.retryLater()
	return nil
}

// SetHead begins to serve a head, from the next request on. A head that is served already is accepted and changes nothing;
// a lower revision, another head of the same revision, a broken chain, a foreign host or a bad signature is refused and
// reported.
func (e *Edge) SetHead(head manifest.Head) (err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.admit(head); err != nil {
		e.reporter.report(Event{Kind: Refused, Site: head.Site, Revision: head.Revision, Where: head.Hash().String(), Detail: err.Error()})
		return err
	}
	if now := e.sites.Load().byCode[head.Site]; now != nil && now.head.Hash() == head.Hash() {
		return nil
	}
	if err := e.sites.Load().conflict(head); err != nil {
		e.later[head.Site] = head
		e.reporter.report(Event{Kind: Refused, Site: head.Site, Revision: head.Revision, Where: head.Hash().String(), Detail: err.Error()})
		return err
	}
	err = e.accept(head)
	e.retryLater()
	return err
}

// admit checks everything that does not depend on other sites. It needs the lock.
func (e *Edge) admit(head manifest.Head) error {
	if err := head.Verify(e.ring); err != nil {
		return err
	}
	tip := e.tips[head.Site]
	switch {
	case tip.Revision == 0 || head.Hash() == tip.Hash:
	case head.Revision <= tip.Revision:
		return fault.New(fault.Conflict, "站点 %s 的清单第 %d 版不新于已经发布的第 %d 版", head.Site, head.Revision, tip.Revision)
	case head.Revision == tip.Revision+1 && head.Prev != tip.Hash:
		return fault.New(fault.Conflict, "站点 %s 的清单第 %d 版没有接在已经发布的第 %d 版之后，链条已分叉", head.Site, head.Revision, tip.Revision)
	}
	return nil
}

// accept keeps the head on disk and serves it. A disk that cannot be written is reported, not a reason to serve old
// content. It needs the lock.
func (e *Edge) accept(head manifest.Head) error {
	if err := e.dir.save(head); err != nil {
		e.reporter.report(Event{Kind: DiskFault, Site: head.Site, Revision: head.Revision, Where: e.dir.dir, Detail: err.Error()})
	}
	if err := e.swap(head); err != nil {
		return err
	}
	e.log.Info("edge: snapshot", "site", head.Site, "revision", head.Revision, "entries", head.Count, "state", head.State)
	return nil
}

// swap makes the head's snapshot visible in one step. It needs the lock.
func (e *Edge) swap(head manifest.Head) error {
	old := e.sites.Load()
	if err := old.conflict(head); err != nil {
		e.later[head.Site] = head
		return err
	}
	all := maps.Clone(old.byCode)
	all[head.Site] = newSnapshot(head, e.metrics.site(head.Site))
	e.sites.Store(newSites(all))
	delete(e.later, head.Site)
	e.tips[head.Site] = mark{Site: head.Site, Revision: head.Revision, Hash: head.Hash()}
	e.metrics.revision.WithLabelValues(head.Site).Set(float64(head.Revision))
	return nil
}

// retryLater serves heads whose hosts have become free. It needs the lock.
func (e *Edge) retryLater() {
	for again := true; again; {
		again = false
		for _, code := range slices.Sorted(maps.Keys(e.later)) {
			head := e.later[code]
			if e.admit(head) != nil {
				delete(e.later, code)
				continue
			}
			if e.sites.Load().conflict(head) == nil && e.accept(head) == nil {
				again = true
			}
		}
	}
}

// Heads returns the heads being served, by site code.
func (e *Edge) Heads() map[string]manifest.Head {
	out := map[string]manifest.Head{}
	for code, s := range e.sites.Load().byCode {
		out[code] = s.head
	}
	return out
}

// Watcher is the part of *bus.Bus that Watch needs.
type Watcher interface {
	Watch(ctx context.Context, bucket string) (<-chan bus.Entry, error)
}

// Watch takes heads from the bus until ctx ends. What is refused is reported and does not end it.
func (e *Edge) Watch(ctx context.Context, b Watcher) error {
	entries, err := b.Watch(ctx, Bucket)
	if err != nil {
		return fault.Wrap(fault.KindOf(err), err, "无法监听发布清单")
	}
	for entry := range entries {
		head, err := manifest.ParseHead(entry.Value)
		if err == nil && head.Site != entry.Key {
			err = fault.New(fault.Invalid, "键 %q 下是站点 %q 的清单", entry.Key, head.Site)
		}
		if err != nil {
			e.reporter.report(Event{Kind: Refused, Site: entry.Key, Where: "bus", Detail: err.Error()})
			continue
		}
		_ = e.SetHead(head) // refusals are reported there
	}
	return ctx.Err()
}
