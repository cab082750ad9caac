package edge

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"guiyi/internal/edge/accesslog"
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
	// Proxies are the networks in front of the edge whose X-Forwarded-For and -Proto the portal may learn; zero is
	// none.
	Proxies web.Proxies
	// Access gets a line for every request; nil: none is kept.
	Access *accesslog.Log
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
	// BodyPace bounds how slowly those bodies may come.
	BodyPace BodyPace
	// PortalTime is how long a request may take the portal; 0 means 30 s.
	PortalTime time.Duration
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
	access    *accesslog.Log // nil: none
	ids       *requestIDs
	log       *slog.Logger
	metrics   *metrics
	reporter  *reporter
	bodyLimit int64
	slow      *slowBodies
	// portalTime bounds a request to the portal.
	portalTime time.Duration
	packers    sync.Pool // of *gzip.Writer
	fixed      *fixedHeaders

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
		ring:       o.Ring,
		dir:        dir,
		fixed:      newFixedHeaders(),
		portal:     o.Portal,
		proxies:    o.Proxies,
		access:     o.Access,
		ids:        newRequestIDs(),
		log:        o.Log,
		bodyLimit:  positive(o.BodyLimit, defaultBody),
		slow:       &slowBodies{pace: o.BodyPace.orDefaults(), open: map[netip.Prefix]int{}},
		portalTime: cmp.Or(o.PortalTime, 30*time.Second),
		tips:       map[string]mark{},
		later:      map[string]manifest.Head{},
		local:      o.Blobs[0],
	}
	e.packers.New = func() any { return gzip.NewWriter(io.Discard) }
	if e.metrics, err = newMetrics(o.Metrics, func() float64 { return float64(e.src.Held()) }); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "无法登记指标")
	}
	e.reporter = &reporter{log: o.Log, onEvent: o.OnEvent, now: o.Now, metrics: e.metrics}
	e.src = verified.New(verified.Options{
		Places:       o.Blobs,
		ContentBytes: positive(o.CacheBytes, defaultCache),
		NodeBytes:    positive(o.NodeBytes, defaultNodes),
		Report:       func(ev Event) { e.reporter.report(ev) },
		Hit:          e.metrics.hit,
		Miss:         e.metrics.miss,
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
			err = ownHosts(head)
		}
		switch {
		case err == nil && e.sites.Load().conflict(head) == nil:
			e.swap(head)
		case err == nil:
			e.later[code] = head
		default:
			detail := err.Error()
			if errors.Is(err, fs.ErrNotExist) {
				detail = "清单文件或版本水位文件被删除：" + detail
			}
			e.reporter.report(Event{
				Kind:     HeadFile,
				Site:     code,
				Revision: tip.Revision,
				Where:    code + headSuffix,
				Detail:   detail,
			})
		}
	}
	e.retryLater()
	for _, head := range e.waiting() {
		_ = e.reportWaiting(head)
	}
	return nil
}

// SetHead begins to serve a head, from the next request on. A head that is served already is accepted and changes
// nothing; a lower revision, another head of the same revision, a broken chain or a bad signature is refused and
// reported. A head with a host that another site still has is kept until that site gives it up, also when both want a
// host of each other: meanwhile the error is a conflict.
func (e *Edge) SetHead(head manifest.Head) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.admit(head); err != nil {
		e.reporter.report(Event{
			Kind:     Refused,
			Site:     head.Site,
			Revision: head.Revision,
			Where:    head.Hash().String(),
			Detail:   err.Error(),
		})
		return err
	}
	if now := e.sites.Load().byCode[head.Site]; now != nil && now.head.Hash() == head.Hash() {
		return nil
	}
	e.later[head.Site] = head
	e.retryLater()
	if _, waits := e.later[head.Site]; waits {
		return e.reportWaiting(head)
	}
	return nil
}

// reportWaiting reports and returns what the head waits for. It needs the lock.
func (e *Edge) reportWaiting(head manifest.Head) error {
	err := e.sites.Load().conflict(head)
	if err != nil {
		e.reporter.report(Event{
			Kind:     Waiting,
			Site:     head.Site,
			Revision: head.Revision,
			Where:    head.Hash().String(),
			Detail:   err.Error(),
		})
	}
	return err
}

// admit checks everything that does not depend on other sites. It needs the lock.
func (e *Edge) admit(head manifest.Head) error {
	if err := head.Verify(e.ring); err != nil {
		return err
	}
	if err := ownHosts(head); err != nil {
		return err
	}
	tip := e.tips[head.Site]
	switch {
	case tip.Revision == 0 || head.Hash() == tip.Hash:
	case head.Revision <= tip.Revision:
		return fault.New(fault.Conflict, "站点 %s 的清单第 %d 版不新于已经发布的第 %d 版", head.Site, head.Revision, tip.Revision)
	case head.Revision == tip.Revision+1 && head.Prev != tip.Hash:
		return fault.New(fault.Conflict, "站点 %s 的清单第 %d 版没有接在已经发布的第 %d 版之后，链条已分叉", head.Site, head.Revision,
			tip.Revision)
	}
	return nil
}

// accept keeps heads that fit on disk and serves them. A disk that cannot be written is reported, not a reason to serve
// old content. It needs the lock.
func (e *Edge) accept(heads ...manifest.Head) {
	for _, head := range heads {
		if err := e.dir.save(head); err != nil {
			e.reporter.report(Event{
				Kind:     DiskFault,
				Site:     head.Site,
				Revision: head.Revision,
				Where:    e.dir.dir,
				Detail:   err.Error(),
			})
		}
	}
	e.swap(heads...)
	for _, head := range heads {
		e.log.Info("edge: snapshot", "site", head.Site, "revision", head.Revision, "entries", head.Count, "state",
			head.State)
	}
}

// swap makes the snapshots of heads that fit visible in one step. It needs the lock.
func (e *Edge) swap(heads ...manifest.Head) {
	all := maps.Clone(e.sites.Load().byCode)
	for _, head := range heads {
		all[head.Site] = newSnapshot(head, e.metrics.site(head.Site))
		delete(e.later, head.Site)
		e.tips[head.Site] = mark{Site: head.Site, Revision: head.Revision, Hash: head.Hash()}
		e.metrics.revision.WithLabelValues(head.Site).Set(float64(head.Revision))
	}
	e.sites.Store(newSites(all))
}

// retryLater serves the waiting heads that fit, alone or together. It needs the lock.
func (e *Edge) retryLater() {
	for {
		now, waiting := e.sites.Load(), e.waiting()
		fit := now.together(waiting)
		if i := slices.IndexFunc(waiting, func(h manifest.Head) bool { return now.conflict(h) == nil }); i >= 0 {
			fit = waiting[i : i+1]
		}
		if len(fit) == 0 {
			return
		}
		e.accept(fit...)
	}
}

// waiting lists the heads that wait, the newest first: of two that want the same host it is the one to get it. It needs
// the lock.
func (e *Edge) waiting() []manifest.Head {
	return slices.SortedFunc(maps.Values(e.later), func(a, b manifest.Head) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.Site, b.Site))
	})
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
