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

// Options are the dependencies and settings of an Edge.
type Options struct {
	// Stores are read in order; the first is the local one. There must be at least one.
	Stores []verified.Blobs
	// Ring contains the trusted keys of signatures of heads.
	Ring *crypto.Ring
	// HeadsDir is the directory that stores the newest heads; "": none are stored.
	HeadsDir string
	// Seal is the HMAC key of the high-water marks; if empty, one is created in HeadsDir.
	Seal []byte
	// Portal handles dynamic paths; nil: there is none. See NewProxy for a portal in another process.
	Portal http.Handler
	// Proxies are the networks of trusted proxies, whose X-Forwarded-For and X-Forwarded-Proto are used; zero: none.
	Proxies web.Proxies
	// Access is the access log; nil: none.
	Access *accesslog.Log
	// Log may be nil.
	Log *slog.Logger
	// Metrics may be nil.
	Metrics prometheus.Registerer
	// OnEvent, if set, is called for each event in addition to the log. It must not block.
	OnEvent func(Event)
	// CacheBytes is the size of the cache of verified content, NodeBytes that of tree nodes; 0: 256 MiB and 64 MiB.
	CacheBytes, NodeBytes int64
	// BodyLimit is the maximum size in bytes of request bodies for the portal; 0: 1 MiB.
	BodyLimit int64
	// BodyPace limits slow bodies.
	BodyPace BodyPace
	// PortalTime is the time limit of the portal for a request; 0: 30 s.
	PortalTime time.Duration
	// Now is the clock; nil: time.Now.
	Now func() time.Time
}

// Edge is the public handler. It is safe for concurrent use.
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
	// portalTime is the time limit of the portal for a request.
	portalTime time.Duration
	packers    sync.Pool // of *gzip.Writer
	fixed      *fixedHeaders

	sites atomic.Pointer[sites]
	mu    sync.Mutex               // for changes of sites, and the fields below
	marks map[string]mark          // newest head ever served, by site
	later map[string]manifest.Head // valid heads that wait for a host of another site, by site
}

// New returns an edge with the heads in HeadsDir loaded. Heads that must not be served are reported; they are no error.
func New(o Options) (*Edge, error) {
	if len(o.Stores) == 0 || o.Ring == nil {
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
		marks:      map[string]mark{},
		later:      map[string]manifest.Head{},
		local:      o.Stores[0],
	}
	e.packers.New = func() any { return gzip.NewWriter(io.Discard) }
	if e.metrics, err = newMetrics(o.Metrics, func() float64 { return float64(e.src.CachedBytes()) }); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "无法登记指标")
	}
	e.reporter = &reporter{log: o.Log, onEvent: o.OnEvent, now: o.Now, metrics: e.metrics}
	e.src = verified.New(verified.Options{
		Stores:       o.Stores,
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

// loadHeads loads the heads on disk that may be served.
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
		e.marks[code] = tip
		if err == nil {
			err = checkHosts(head)
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

// SetHead serves a head from the next request on. Setting the current head again has no effect. A lower revision,
// another head of the same revision, a broken chain or an invalid signature is rejected and reported. If another site
// still has a host of the head, it returns fault.Conflict, and the head is served as soon as that site gives up the
// host; sites that swap hosts change together.
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

// reportWaiting reports and returns the conflict that the head waits for. The caller must hold the lock.
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

// admit checks everything that does not depend on other sites. The caller must hold the lock.
func (e *Edge) admit(head manifest.Head) error {
	if err := head.Verify(e.ring); err != nil {
		return err
	}
	if err := checkHosts(head); err != nil {
		return err
	}
	tip := e.marks[head.Site]
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

// accept stores heads without conflicts on disk and serves them. If the disk cannot be written, this is reported and
// the heads are served anyway. The caller must hold the lock.
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

// swap serves the snapshots of heads without conflicts, atomically. The caller must hold the lock.
func (e *Edge) swap(heads ...manifest.Head) {
	all := maps.Clone(e.sites.Load().byCode)
	for _, head := range heads {
		all[head.Site] = newSnapshot(head, e.metrics.site(head.Site))
		delete(e.later, head.Site)
		e.marks[head.Site] = mark{Site: head.Site, Revision: head.Revision, Hash: head.Hash()}
		e.metrics.revision.WithLabelValues(head.Site).Set(float64(head.Revision))
	}
	e.sites.Store(newSites(all))
}

// retryLater serves the waiting heads that have no conflicts any more, alone or together. The caller must hold the
// lock.
func (e *Edge) retryLater() {
	for {
		now, waiting := e.sites.Load(), e.waiting()
		fit := now.servable(waiting)
		if i := slices.IndexFunc(waiting, func(h manifest.Head) bool { return now.conflict(h) == nil }); i >= 0 {
			fit = waiting[i : i+1]
		}
		if len(fit) == 0 {
			return
		}
		e.accept(fit...)
	}
}

// waiting returns the waiting heads, newest first: of two heads with the same host the newer one gets it. The caller
// must hold the lock.
func (e *Edge) waiting() []manifest.Head {
	return slices.SortedFunc(maps.Values(e.later), func(a, b manifest.Head) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.Site, b.Site))
	})
}

// Heads returns the current heads by site code.
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

// Watch sets heads from the bus until ctx ends. Rejected heads are reported.
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
