package app

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"guiyi/internal/app/intact"
	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/web"
)

// If the database, bus, portal or studio (the rest) cannot be opened, a process with an edge still serves the public
// pages that it has on disk. Meanwhile it is limited: readiness reports the cause, and it tries to open the rest
// again.

const (
	firstAgain = 2 * time.Second // pause before the rest is opened again; it doubles up to lastAgain
	lastAgain  = 30 * time.Second
	sayEvery   = time.Minute // interval between log lines
)

// limits contains the error because of which a process serves only public pages. It is empty when everything is open.
type limits struct{ why atomic.Pointer[error] }

func (l *limits) set(err error) { l.why.Store(&err) }
func (l *limits) lift()         { l.why.Store(nil) }

// err returns the error with which the rest could not be opened, or nil when it is open.
func (l *limits) err() error {
	if err := l.why.Load(); err != nil {
		return *err
	}
	return nil
}

// Check returns a fault while the process is limited, for readiness.
func (l *limits) Check(context.Context) error {
	if err := l.err(); err != nil {
		return fault.New(fault.Unavailable, "只提供公开页面：%s", fault.Text(err))
	}
	return nil
}

// brief returns a short cause of a limit for clients that are not authenticated. It contains no path.
func brief(err error) string {
	switch {
	case errors.Is(err, intact.ErrLost):
		return "数据库丢失、比已经公开的内容旧，或不是这个平台的；处理办法见运行状态。"
	case errors.Is(err, intact.ErrStore):
		return "文件存储是空的，可能丢失或没有挂载；处理办法见运行状态。"
	case errors.Is(err, store.ErrDamaged):
		return "数据库已损坏；处理办法见运行状态。"
	case disk.Reason(err) != nil:
		return disk.Advice(disk.Reason(err)) + "。"
	}
	return "平台的一部分没有启动；原因见运行状态。"
}

// temporary reports whether an error may go away without a change of the configuration. Other errors end the process.
func temporary(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Internal:
		return true
	default:
		return false
	}
}

// later is a handler that can be set and unset while the process runs. While it is not set, otherwise is used.
type later struct {
	now       atomic.Pointer[http.Handler]
	otherwise http.Handler
}

func (l *later) set(h http.Handler) { l.now.Store(&h) }
func (l *later) unset()             { l.now.Store(nil) }

func (l *later) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h := l.now.Load(); h != nil {
		(*h).ServeHTTP(w, r)
		return
	}
	l.otherwise.ServeHTTP(w, r)
}

// inner returns the handler of the inner listener while the studio is not open. It serves health and metrics, and
// answers all other requests with the cause.
func (s *server) inner(ops http.Handler) http.Handler {
	rs := &web.Responder{Log: s.engines.Tel.Log}
	mux := http.NewServeMux()
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		mux.Handle(path, ops)
	}
	mux.Handle("/", rs.Adapt(func(http.ResponseWriter, *http.Request) error {
		if err := s.limits.err(); err != nil {
			return fault.New(fault.Unavailable, "管理功能暂不可用，公开页面照常：%s", brief(err))
		}
		return fault.New(fault.NotFound, "没有这个地址。")
	}))
	return mux
}

// needsDB reports whether a role of the process needs the database.
func (s *server) needsDB() bool {
	return slices.ContainsFunc(s.cfg.Roles, func(role string) bool { return role != "edge" })
}

// openRest opens everything that public pages do not need: database, bus, portal and studio. If it fails, it closes
// what it has opened.
func (s *server) openRest(ctx context.Context) (err error) {
	rest := *s.engines
	metrics := prometheus.NewRegistry()
	rest.closers, rest.metrics = nil, metrics
	defer func() {
		if err != nil {
			err = errors.Join(err, s.dropRest(&rest))
		}
	}()
	if !s.needsDB() {
		err = rest.join(ctx, true)
	} else if s.p, err = rest.openPlatform(ctx, true); err == nil {
		err = s.openRoles(ctx)
	}
	if err != nil {
		return err
	}
	if err := s.engines.Tel.Registry.Register(metrics); err != nil {
		return fault.Wrap(fault.Internal, err, "无法登记监控指标")
	}
	s.engines.Bus = rest.Bus
	s.engines.closers = append(s.engines.closers, rest.closers...)
	return nil
}

// openRoles prepares the roles worker, portal and studio.
func (s *server) openRoles(ctx context.Context) error {
	if s.cfg.HasRole("worker") {
		s.p.schedule()
	}
	if s.cfg.HasRole("portal") {
		if err := s.openPortal(ctx); err != nil {
			return err
		}
	}
	if s.cfg.HasRole("studio") {
		h, err := s.p.Studio(s.engines.Tel.Ops())
		if err != nil {
			return err
		}
		s.studio.set(h)
	}
	return nil
}

// dropRest closes what a failed openRest has opened.
func (s *server) dropRest(rest *Engines) error {
	var errs []error
	s.engines.Tel.Health.Remove("bus", "pages", "database", "search") // closed here, so they must not be reported
	s.portal.unset()
	s.studio.unset()
	if s.index != nil {
		errs = append(errs, s.index.Close())
	}
	errs = append(errs, s.kept.Close())
	s.p, s.index, s.reader, s.kept = nil, nil, nil, nil
	return errors.Join(append(errs, rest.Close())...)
}

// recover calls openRest until it succeeds, and then starts the rest. It returns nil when ctx ends.
func (s *server) recover(ctx context.Context, g *errgroup.Group) error {
	log := s.engines.Tel.Log
	var said time.Time
	for pause := firstAgain; ctx.Err() == nil; pause = min(2*pause, lastAgain) {
		if now := time.Now(); now.Sub(said) >= sayEvery {
			said = now
			log.ErrorContext(ctx, "only public pages are served; trying again", "err", s.limits.err())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
		err := s.openRest(ctx)
		if err == nil {
			if err = s.startRest(ctx, g); err == nil {
				s.limits.lift()
				log.InfoContext(ctx, "everything is served again")
			}
			return err
		}
		if ctx.Err() == nil {
			s.limits.set(err)
		}
	}
	return nil
}
