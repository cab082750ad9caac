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

// A process with an edge keeps serving the public pages on its disk when the rest of the platform cannot be
// opened: the database is lost or damaged, the disk is full, a server is away. It is not ready, says why, changes
// nothing, and tries again until the rest opens.

const (
	firstAgain = 2 * time.Second // before the rest is tried again, doubling
	lastAgain  = 30 * time.Second
	sayEvery   = time.Minute
)

// limits are why a process serves public pages only; nil inside when it does everything.
type limits struct{ why atomic.Pointer[error] }

func (l *limits) set(err error) { l.why.Store(&err) }
func (l *limits) lift()         { l.why.Store(nil) }

// err is what keeps the rest from opening, nil when it is open.
func (l *limits) err() error {
	if err := l.why.Load(); err != nil {
		return *err
	}
	return nil
}

// Check is the readiness of the rest.
func (l *limits) Check(context.Context) error {
	if err := l.err(); err != nil {
		return fault.New(fault.Unavailable, "只提供公开页面：%s", fault.Text(err))
	}
	return nil
}

// brief is the cause of a limit for those who are not known: it names no path.
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

// passing reports whether a process with public pages may wait for an error to pass. What only a change of the
// configuration helps ends the process, as ever.
func passing(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Internal:
		return true
	default:
		return false
	}
}

// later is a handler that is given when it is there; until then otherwise answers.
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

// inner answers on the inner listener while there is no studio: health and metrics, and for all else the reason.
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

// openRest opens what public pages do not need: database, bus, portal and studio. What it opened is closed when it
// fails.
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

// openRoles makes what the roles with a database answer with.
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

// dropRest takes back what a failed openRest has made.
func (s *server) dropRest(rest *Engines) error {
	var errs []error
	s.engines.Tel.Health.Remove("bus", "pages", "database", "search") // closed by us, and no cause of anything
	s.portal.unset()
	s.studio.unset()
	if s.index != nil {
		errs = append(errs, s.index.Close())
	}
	errs = append(errs, s.kept.Close())
	s.p, s.index, s.reader, s.kept = nil, nil, nil, nil
	return errors.Join(append(errs, rest.Close())...)
}

// recover tries to open the rest until it is open, and starts it.
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
