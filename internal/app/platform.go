package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"guiyi/internal/app/config"
	"guiyi/internal/app/heads"
	"guiyi/internal/app/metrics"
	"guiyi/internal/app/themes"
	"guiyi/internal/exchange"
	"guiyi/internal/exchange/order"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/backup"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/hold"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/telemetry"
	"guiyi/internal/kernel/token"
	"guiyi/internal/publish"
	"guiyi/internal/publish/control"
	"guiyi/internal/publish/keep"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/resource"
	"guiyi/internal/search/feed"
	"guiyi/internal/site"
	"guiyi/internal/studio"
)

// Engines are what a process stands on: telemetry, files, bus and keys. An edge needs
// no more than these.
type Engines struct {
	Config config.Config
	Tel    *telemetry.Telemetry
	Blobs  *blob.Store
	Bus    *bus.Bus // nil in a command that finds no running platform
	Ring   *crypto.Ring
	Disk   *disk.Watch // of the folders that are written; nil in a command

	closers []func() error
}

// Platform is a process with a database: all slices, wired.
type Platform struct {
	*Engines
	DB        *store.DB
	Board     *jobs.Board
	Sites     *site.Register
	SiteDesk  *site.Desk
	Items     *resource.Desk
	Library   *resource.Library
	Published *resource.Published
	Exchange  *exchange.Desk
	Publisher *publish.Publisher
	Tokens    *token.Desk
	Feed      *feed.Feed
	Control   *control.Desk
	Imports   *order.Desk
}

// version is set at build time with -ldflags "-X guiyi/internal/app.version=…".
var version = "dev"

// Version is that of the program, as the build set it.
func Version() string { return version }

// KeepPolicy is what the configuration says of revisions.
func (e *Engines) KeepPolicy() keep.Policy {
	return keep.Policy{For: e.Config.Keep.For, Revisions: e.Config.Keep.Revisions}
}

// openEngines opens what every process needs. server starts the embedded bus; a
// command only joins the one of a running platform.
func openEngines(ctx context.Context, cfg config.Config, server bool, logTo io.Writer) (_ *Engines, err error) {
	e := &Engines{Config: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if err := os.MkdirAll(cfg.DataDir, 0o750); err != nil {
		return e, fault.Wrap(fault.Unavailable, err, "数据目录建不了：%s", cfg.DataDir)
	}
	e.Tel, err = telemetry.New(ctx, telemetry.Options{
		Service:  "guiyi",
		Version:  version,
		Format:   cfg.Log.Format,
		Level:    cfg.Log.Level,
		Out:      logTo,
		Endpoint: cfg.Otel.Endpoint,
	})
	if err != nil {
		return e, err
	}
	e.onClose(func() error { return e.Tel.Shutdown(context.WithoutCancel(ctx)) })
	if server {
		e.Tel.Registry.MustRegister(telemetry.Disk(cfg.DataDir))
		e.Disk = disk.NewWatch(e.Tel.Log, time.Now, written(cfg)...)
		e.watch("disk", e.Disk.Check)
	}
	if e.Blobs, err = openBlobs(ctx, cfg, server); err != nil {
		return e, err
	}
	e.onClose(e.Blobs.Close)
	e.watch("blobs", e.Blobs.Check)
	if e.Bus, err = openBus(ctx, cfg, server, e.Tel); err != nil {
		return e, err
	}
	if e.Bus != nil {
		e.onClose(e.Bus.Close)
		e.watch("bus", e.Bus.Health)
	}
	e.Ring, err = loadRing(cfg)
	return e, err
}

// written are the folders on this machine that a process writes to.
func written(cfg config.Config) []string {
	dirs := []string{cfg.DataDir}
	add := func(dir string) {
		if dir != "" && !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
	}
	if file, ok := strings.CutPrefix(cfg.Database, "sqlite:"); ok {
		add(filepath.Dir(file))
	}
	if dir, ok := strings.CutPrefix(cfg.Blob, "dir:"); ok {
		add(dir)
	}
	add(cfg.Edge.Mirror)
	return dirs
}

// watch adds a check to /readyz. What a process can do without is shown there, but does
// not make it unready: an edge that is taken out of service because the bus is away, or
// a portal because the database is, would be an outage of our own making.
func (e *Engines) watch(name string, check telemetry.Check) {
	add := e.Tel.Health.Note
	if e.Config.HasRole("worker") || e.Config.HasRole("studio") {
		add = e.Tel.Health.Add
	}
	add(name, check)
}

// openBlobs opens the store. An edge also starts while it cannot be reached.
func openBlobs(ctx context.Context, cfg config.Config, server bool) (*blob.Store, error) {
	if server && len(cfg.Roles) == 1 && cfg.HasRole("edge") {
		return blob.OpenUnchecked(ctx, cfg.Blob)
	}
	return blob.Open(ctx, cfg.Blob)
}

func (e *Engines) onClose(f func() error) { e.closers = append(e.closers, f) }

// Close closes the engines, last opened first.
func (e *Engines) Close() error {
	var errs []error
	for i := len(e.closers) - 1; i >= 0; i-- {
		errs = append(errs, e.closers[i]())
	}
	e.closers = nil
	return errors.Join(errs...)
}

func openBus(ctx context.Context, cfg config.Config, server bool, tel *telemetry.Telemetry) (*bus.Bus, error) {
	dir := filepath.Join(cfg.DataDir, "bus")
	if server || cfg.Bus.URL != "" {
		return bus.Open(ctx, bus.Options{
			URL:      cfg.Bus.URL,
			Dir:      dir,
			Token:    cfg.Bus.Token,
			Creds:    cfg.Bus.Creds,
			NKey:     cfg.Bus.NKey,
			Replicas: cfg.Bus.Replicas,
			Name:     "guiyi",
			Log:      tel.Log,
		})
	}
	b, err := bus.Dial(ctx, dir)
	if fault.Is(err, fault.Unavailable) {
		return nil, nil // no platform is running: its edges will find the ledger when it starts
	}
	return b, err
}

// KeysDir is the folder of keys, private ones too.
func KeysDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "keys") }

func loadRing(cfg config.Config) (*crypto.Ring, error) {
	if err := os.MkdirAll(KeysDir(cfg), 0o700); err != nil {
		return nil, err
	}
	return crypto.LoadRing(KeysDir(cfg))
}

// Open opens a platform: engines, database and slices.
func Open(ctx context.Context, cfg config.Config, server bool, logTo io.Writer) (_ *Platform, err error) {
	e, err := openEngines(ctx, cfg, server, logTo)
	if err != nil {
		return nil, err
	}
	p := &Platform{Engines: e}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
		}
	}()
	if err := backup.Unfinished(ctx, p.Blobs); err != nil {
		return nil, err
	}
	if p.DB, err = store.Open(ctx, cfg.Database); err != nil {
		return nil, err
	}
	p.onClose(p.DB.Close)
	if err = p.DB.Migrate(ctx, Migrations()...); err != nil {
		return nil, err
	}
	return p, p.wire(ctx, !server || cfg.HasRole("worker") || cfg.HasRole("studio"))
}

// Migrations of all slices, in the order of their levels.
func Migrations() []store.Migrations {
	return []store.Migrations{jobs.Migrations(), hold.Migrations(), site.Migrations(), resource.Migrations(),
		exchange.Migrations(), publish.Migrations(), feed.Migrations(), token.Migrations(), api.Migrations()}
}

// wire makes the slices. Only a process that publishes holds the private key.
func (p *Platform) wire(ctx context.Context, publishes bool) error {
	log := p.Tel.Log
	host, _ := os.Hostname()
	p.Board = jobs.New(p.DB, jobs.Options{Worker: fmt.Sprintf("%s-%d", host, os.Getpid()),
		Wake: func() { p.wake(queuesTopic) }, Observer: metrics.Jobs(p.Tel.Registry), Log: log})
	p.Sites = site.NewRegister(p.DB)
	p.SiteDesk = site.NewDesk(p.DB, p.Board, p.Blobs, time.Now)
	p.Items = resource.NewDesk(p.DB, p.Board, p.Blobs, time.Now)
	p.Library = resource.NewLibrary(p.DB)
	p.Published = resource.NewPublished(p.DB)
	p.Exchange = &exchange.Desk{
		DB:    p.DB,
		Blobs: p.Blobs,
		Items: p.Items,
		Sites: p.Sites,
		Now:   time.Now,
		Log:   log,
	}
	var signer crypto.Signer
	if publishes {
		var err error
		if signer, err = heads.Signer(ctx, KeysDir(p.Config), p.Config.Crypto.Suite, p.Ring,
			ledger.Reader{DB: p.DB}); err != nil {
			return err
		}
	}
	found, err := themes.New(p.Config.DataDir)
	if err != nil {
		return err
	}
	p.Publisher = publish.New(publish.Options{
		DB:        p.DB,
		Blobs:     p.Blobs,
		Board:     p.Board,
		Sites:     p.Sites,
		Published: p.Published,
		Themes:    found.Find,
		Signer:    signer,
		Ring:      p.Ring,
		Announcer: heads.Announcer{Bus: p.Bus, Ring: p.Ring},
		Observe:   metrics.Publish(p.Tel.Registry),
		Now:       time.Now,
		Log:       log,
	})
	p.Control = control.New(p.DB, p.Board, p.Publisher)
	p.Imports = order.New(order.Options{
		DB:          p.DB,
		Board:       p.Board,
		Blobs:       p.Blobs,
		Import:      p.Exchange,
		Sites:       p.Sites,
		KeepUploads: p.Config.Keep.Uploads,
		Now:         time.Now,
		Log:         log,
	})
	p.Tokens = &token.Desk{DB: p.DB, Known: studio.Permissions(), Now: time.Now, Log: log}
	api.Sweep(p.Board, p.DB, time.Now)
	p.Feed = feed.New(p.DB, p.Board, time.Now, func() { p.wake(feedTopic) })
	p.watch("database", p.DB.Health)
	return nil
}

// Topics of wake-ups: more jobs; more in the feed of the search index.
const (
	queuesTopic = "jobs"
	feedTopic   = "search"
)

// wake tells all processes to look for more. A wake-up that is lost costs a second.
func (p *Platform) wake(topic string) {
	if p.Bus == nil {
		return
	}
	if err := p.Bus.Wake(topic); err != nil {
		p.Tel.Log.Debug("wake-up not sent; others will look by themselves", "topic", topic, "err", err)
	}
}
