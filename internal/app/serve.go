package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"guiyi/internal/app/config"
	"guiyi/internal/app/heads"
	"guiyi/internal/edge"
	"guiyi/internal/edge/accesslog"
	"guiyi/internal/edge/audit"
	"guiyi/internal/edge/mirror"
	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/form"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/web"
	"guiyi/internal/publish/repair"
	"guiyi/internal/search"
)

// ServeOptions are the options of Serve.
type ServeOptions struct {
	Demo  bool          // publish the demo city if the platform has no sites
	Ready func(Started) // called once when all listeners serve
	Log   io.Writer     // destination of the log
}

// Started has the addresses of a process that serves.
type Started struct {
	Public string // address of the edge; "" without one
	Studio string // address of the inner listener
	Sites  int    // number of sites; -1 without a database
	Links  []EnterLink
}

// Serve runs the roles of cfg until ctx ends, and then stops them.
func Serve(ctx context.Context, cfg config.Config, o ServeOptions) (err error) {
	floor := newHeapFloor()
	defer runtime.KeepAlive(floor)
	s := &server{cfg: cfg, o: o}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(ctx); err != nil {
		return err
	}
	return s.run(ctx)
}

// server is a running process.
type server struct {
	cfg     config.Config
	o       ServeOptions
	engines *Engines
	p       *Platform // nil without a database
	limits  limits
	index   *search.Index    // nil without the role portal
	reader  *search.Follower // updates index; nil without the role portal
	kept    *form.Kept       // attachments of forms with faults; nil without the role portal
	edge    *edge.Edge       // nil without the role edge
	access  *accesslog.Log   // nil without an edge, and when it is off
	taker   *heads.Taker     // nil unless there are an edge and a database
	mirror  *mirror.Mirror   // of the edge; nil if none is configured
	copy    *blob.Store      // store of the mirror; nil without a mirror
	portal  *later
	asker   *repair.Requester // sends the repair requests of the edge
	studio  *later
	lists   []*web.Server // all listeners
	public  *web.Server   // listener of the edge
	private *web.Server   // inner listener
	sites   int           // number of sites at start; -1 without a database
}

func (s *server) open(ctx context.Context) (err error) {
	if s.engines, err = openEngines(ctx, s.cfg, true, s.o.Log); err != nil {
		return err
	}
	s.asker = repair.NewRequester(time.Now)
	s.portal, s.studio = &later{otherwise: edge.NoPortal()}, &later{otherwise: s.inner(s.engines.Tel.Ops())}
	if s.cfg.HasRole("edge") {
		if err := s.openEdge(ctx); err != nil {
			return err
		}
	}
	if err := s.openRest(ctx); err != nil {
		if s.edge == nil || len(s.edge.Heads()) == 0 || !temporary(err) {
			return err
		}
		s.limits.set(err)
	}
	s.engines.watch("platform", s.limits.Check)
	return s.listen(ctx)
}

func (s *server) openEdge(ctx context.Context) (err error) {
	var portal http.Handler
	if s.cfg.HasRole("portal") {
		portal = s.portal
	} else if s.cfg.Portal.URL != "" {
		seal, err := s.edgeSeal()
		if err != nil {
			return err
		}
		if portal, err = edge.NewProxy(s.cfg.Portal.URL, seal, s.engines.Tel.Log); err != nil {
			return err
		}
	}
	places := []verified.Blobs{s.engines.Blobs}
	if s.cfg.Edge.Mirror != "" {
		if s.copy, err = blob.Open(ctx, "dir:"+s.cfg.Edge.Mirror); err != nil {
			return err
		}
		s.engines.onClose(s.copy.Close)
		s.mirror = mirror.New(s.copy, s.engines.Blobs, s.engines.Tel.Log)
		places = []verified.Blobs{s.mirror, s.engines.Blobs}
	}
	if err := s.openAccessLog(); err != nil {
		return err
	}
	s.edge, err = edge.New(edge.Options{
		Access:     s.access,
		Stores:     places,
		Ring:       s.engines.Ring,
		OnEvent:    s.askFor,
		HeadsDir:   headsDir(s.cfg),
		Portal:     portal,
		Proxies:    web.NewProxies(s.cfg.TrustedProxies),
		Log:        s.engines.Tel.Log,
		Metrics:    s.engines.Tel.Registry,
		CacheBytes: int64(s.cfg.Edge.CacheMiB) << 20,
		NodeBytes:  int64(s.cfg.Edge.CacheMiB) << 18,
		BodyLimit:  int64(s.cfg.Edge.BodyMiB) << 20,
		PortalTime: s.cfg.Edge.RequestTimeout,
	})
	if err == nil && !s.needsDB() {
		s.engines.Tel.Health.Add("sites", s.hasSites)
	}
	return err
}

// openAccessLog opens the access log unless it is off.
func (s *server) openAccessLog() (err error) {
	cfg := s.cfg.AccessLog
	if cfg.Format == accesslog.Off {
		return nil
	}
	s.access, err = accesslog.Open(accesslog.Options{
		Dir:          cfg.Dir,
		Format:       cfg.Format,
		FileBytes:    int64(cfg.FileMiB) << 20,
		CeilingBytes: int64(cfg.MaxGiB) << 30,
		KeepDays:     cfg.KeepDays,
		Zone:         store.Shanghai(),
		Log:          s.engines.Tel.Log,
		Metrics:      s.engines.Tel.Registry,
	})
	if err != nil {
		return err
	}
	s.engines.onClose(func() error {
		if err := s.access.Close(); err != nil { // only logged: a full disk must not make the stop fail
			s.engines.Tel.Log.Warn("access log: the last lines are lost", "err", err)
		}
		return nil
	})
	s.engines.Tel.Health.AddOptional("access-log", func(context.Context) error { return s.access.Check() })
	return nil
}

// hasSites returns a fault while the edge has no site, so that a load balancer sends no visitors to it.
func (s *server) hasSites(context.Context) error {
	if len(s.edge.Heads()) == 0 {
		return fault.New(fault.Unavailable, "还没有收到任何站点的发布清单")
	}
	return nil
}

// listen binds all addresses, so that a port in use is an error before the process serves.
func (s *server) listen(ctx context.Context) error {
	if s.edge != nil {
		var handler http.Handler = s.edge // has its own metrics, so telemetry is only needed for traces
		if s.cfg.Otel.Endpoint != "" {
			handler = s.engines.Tel.HTTP("public", true)(s.edge)
		}
		if err := s.bind(ctx, s.cfg.Public, handler); err != nil {
			return err
		}
		s.public = s.lists[len(s.lists)-1]
	}
	inner := s.engines.Tel.Ops() // health and metrics, in every role
	if s.cfg.HasRole("studio") {
		inner = s.studio
	}
	secured := web.SecurityHeaders(web.NewProxies(s.cfg.TrustedProxies))(inner) // for metrics and error responses too
	if err := s.bind(ctx, s.cfg.Studio, secured); err != nil {
		return err
	}
	s.private = s.lists[len(s.lists)-1]
	if s.cfg.HasRole("portal") && s.edge == nil {
		seal, err := portalSeal(s.cfg)
		if err != nil {
			return err
		}
		h := web.Chain(s.portal, web.SetHeaders(web.PublicHeaders()), seal.Middleware(s.engines.Tel.Log))
		return s.bind(ctx, config.Listener{Listen: s.cfg.Portal.Listen}, s.engines.Tel.HTTP("portal", false)(h))
	}
	return nil
}

func (s *server) bind(ctx context.Context, l config.Listener, h http.Handler) error {
	var t *tls.Config
	if l.TLSCert != "" {
		var err error
		if t, err = web.TLSFiles(l.TLSCert, l.TLSKey); err != nil {
			return err
		}
	}
	srv := web.NewServer(web.ServerOptions{
		Address:     l.Listen,
		Handler:     h,
		TLS:         t,
		Log:         s.engines.Tel.Log,
		HeaderBytes: s.cfg.Edge.HeaderKiB << 10,
	})
	if err := srv.Listen(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, err, "监听不了 %s：端口被占用，或没有权限", l.Listen)
	}
	s.lists = append(s.lists, srv)
	return nil
}

func (s *server) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	g, ctx := errgroup.WithContext(ctx)
	for _, srv := range s.lists {
		g.Go(srv.Serve)
	}
	g.Go(func() error {
		<-ctx.Done()
		return s.stopListening()
	})
	if err := s.start(ctx, g); err != nil {
		cancel() // all goroutines must end before the engines are closed
		return errors.Join(err, g.Wait())
	}
	return g.Wait()
}

// start starts the background work and then calls Ready.
func (s *server) start(ctx context.Context, g *errgroup.Group) error {
	g.Go(func() error { s.engines.Disk.Run(ctx); return nil })
	if s.edge != nil {
		g.Go(func() error { return ended(ctx, s.edge.Scrub(ctx, scrubEvery, s.auditOptions())) })
	}
	if s.limits.err() != nil {
		s.sites = -1
		g.Go(func() error { return s.recover(ctx, g) })
	} else if err := s.startRest(ctx, g); err != nil {
		return err
	}
	if s.o.Ready != nil {
		s.o.Ready(Started{
			Public: urlOf(s.public, s.cfg.Public),
			Studio: urlOf(s.private, s.cfg.Studio),
			Sites:  s.sites,
			Links:  s.links(ctx),
		})
	}
	return nil
}

// startRest starts the background work of everything that openRest has opened.
func (s *server) startRest(ctx context.Context, g *errgroup.Group) error {
	if s.edge != nil {
		var from edge.Watcher = s.engines.Bus
		if s.mirror != nil {
			from = mirror.Feed{Mirror: s.mirror, From: s.engines.Bus, Edge: s.edge, Ring: s.engines.Ring}
		}
		g.Go(func() error { return ended(ctx, s.edge.Watch(ctx, from)) })
	}
	if s.p != nil {
		g.Go(func() error { s.p.Pages.Run(ctx); return nil })
	}
	s.startRepair(ctx, g)
	if s.reader != nil {
		if err := s.followFeed(ctx, g); err != nil {
			return err
		}
	}
	if s.p != nil && s.cfg.HasRole("worker") {
		if err := s.work(ctx, g); err != nil {
			return err
		}
	}
	if err := s.countSites(ctx); err != nil {
		return err
	}
	if s.taker != nil {
		g.Go(func() error { return ended(ctx, s.taker.Follow(ctx)) })
	}
	return nil
}

// scrubEvery is the interval at which the edge verifies all published bytes. scrubRate is the maximum rate in bytes per
// second.
const (
	scrubEvery = 6 * time.Hour
	scrubRate  = 32 << 20
)

// auditOptions returns the options for verifying the published bytes of the edge.
func (s *server) auditOptions() audit.Options {
	if s.mirror != nil {
		return audit.Options{Store: s.mirror, Objects: s.copy, Rate: scrubRate}
	}
	o := audit.Options{Store: s.engines.Blobs, Objects: s.engines.Blobs, Rate: scrubRate}
	if dir, ok := strings.CutPrefix(s.cfg.Blob, "dir:"); ok {
		o.Dir = dir
	}
	return o
}

// countSites counts the sites. If the process has an edge, it also passes the heads of the ledger to the edge, so
// that the edge serves every site from the start.
func (s *server) countSites(ctx context.Context) error {
	s.sites = -1
	if s.p == nil {
		return nil
	}
	sites, err := s.p.Sites.Sites(ctx)
	s.sites = len(sites)
	if err != nil || s.edge == nil {
		return err
	}
	s.taker = &heads.Taker{Ledger: s.p.Publisher, Edge: s.edge, Log: s.engines.Tel.Log}
	return s.taker.Take(ctx)
}

// ended returns nil if ctx has ended, else err.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// work starts the background work of the role worker.
func (s *server) work(ctx context.Context, g *errgroup.Group) error {
	if s.o.Demo {
		if err := s.p.installDemo(ctx); err != nil {
			return err
		}
	}
	stop, err := s.p.Bus.OnWake(queuesTopic, func() { s.p.Board.Wake(jobs.DefaultQueue) })
	if err != nil {
		return err
	}
	g.Go(func() error {
		defer stop()
		return ended(ctx, s.p.Board.Run(ctx))
	})
	announcer := heads.Announcer{Bus: s.p.Bus, Ring: s.p.Ring}
	g.Go(func() error { return ended(ctx, announcer.Keep(ctx, s.p.Publisher, s.p.Tel.Log)) })
	g.Go(func() error { return ended(ctx, s.p.Audit.Run(ctx)) })
	g.Go(func() error { s.catchUp(ctx); return nil })
	return nil
}

// catchUp builds every site with waiting changes or with a changed theme, for instance after an upgrade. If one site
// fails, it continues with the others.
func (s *server) catchUp(ctx context.Context) {
	sites, err := s.p.Sites.Sites(ctx)
	for _, one := range sites {
		if _, berr := s.p.Publisher.Build(ctx, one.ID); berr != nil {
			err = errors.Join(err, berr)
		}
	}
	if err != nil && ctx.Err() == nil {
		s.engines.Tel.Log.ErrorContext(ctx, "some sites could not be published at start", "err", err)
	}
}

// urlOf returns the address of a listener for a browser on this machine, or "" without the listener.
func urlOf(srv *web.Server, l config.Listener) string {
	if srv == nil {
		return ""
	}
	scheme := "http"
	if l.TLSCert != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(srv.Addr().String())
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/"
}

// drainTime is how long running requests may continue when the process stops.
const drainTime = 15 * time.Second

func (s *server) stopListening() error {
	s.engines.Tel.Health.Stop()
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var errs []error
	for _, srv := range s.lists {
		errs = append(errs, srv.Shutdown(ctx))
	}
	return errors.Join(errs...)
}

func (s *server) close() error {
	var errs []error
	if s.index != nil {
		errs = append(errs, s.index.Close())
	}
	errs = append(errs, s.kept.Close())
	if s.engines != nil {
		errs = append(errs, s.engines.Close())
	}
	return errors.Join(errs...)
}
