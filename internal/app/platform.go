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

	"github.com/prometheus/client_golang/prometheus"

	"guiyi/internal/app/config"
	"guiyi/internal/app/heads"
	"guiyi/internal/app/intact"
	"guiyi/internal/app/metrics"
	"guiyi/internal/app/themes"
	"guiyi/internal/editorial"
	"guiyi/internal/exchange"
	"guiyi/internal/exchange/importjob"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/backup"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/kernel/bus"
	"guiyi/internal/kernel/crypto"
	"guiyi/internal/kernel/disk"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/jobs"
	"guiyi/internal/kernel/lease"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/telemetry"
	"guiyi/internal/kernel/token"
	"guiyi/internal/lexicon"
	"guiyi/internal/org/people"
	"guiyi/internal/publish"
	"guiyi/internal/publish/control"
	"guiyi/internal/publish/ledger"
	"guiyi/internal/publish/repair"
	"guiyi/internal/publish/retention"
	"guiyi/internal/resource"
	"guiyi/internal/resource/published"
	"guiyi/internal/search/feed"
	"guiyi/internal/site"
)

// Engines are opened in every process: telemetry, blob store, bus and keys. An edge needs nothing else.
type Engines struct {
	Config config.Config
	Tel    *telemetry.Telemetry
	Blobs  *blob.Store
	Bus    *bus.Bus // nil in a command without a running platform
	Ring   *crypto.Ring
	Disk   *disk.Watch // watches the folders that are written; nil in a command

	metrics prometheus.Registerer // for metrics of engines that openRest may open again
	closers []func() error
}

// Platform is a process with a database and all slices.
type Platform struct {
	*Engines
	DB        *store.DB
	Pages     *intact.Pages // checks the database for damage; nil in a command
	Board     *jobs.Board
	Audit     *audit.Chain
	People    *people.Desk
	Sites     *site.Register
	SiteDesk  *site.Desk
	Lexicon   *lexicon.Desk
	Items     *resource.Desk
	Library   *resource.Library
	Published *published.Reader
	Exchange  *exchange.Desk
	Documents *exchange.Documents
	Publisher *publish.Publisher
	Repairer  *repair.Repairer
	Tokens    *token.Desk
	Feed      *feed.Feed
	Control   *control.Desk
	Imports   *importjob.Desk
	Editorial *editorial.Desk
}

// version is set at build time with -ldflags "-X guiyi/internal/app.version=…".
var version = "dev"

// Version returns the version of the program.
func Version() string { return version }

// RetentionPolicy returns the configured policy for old revisions.
func (e *Engines) RetentionPolicy() retention.Policy {
	return retention.Policy{Period: e.Config.Retention.For, MinRevisions: e.Config.Retention.Revisions}
}

// openEngines opens telemetry, blob store and keys. In an edge this also works while the disk is read-only or a remote
// blob store is not reachable.
func openEngines(ctx context.Context, cfg config.Config, server bool, logTo io.Writer) (_ *Engines, err error) {
	e := &Engines{Config: cfg}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.Close())
		}
	}()
	if err := os.MkdirAll(cfg.DataDir, 0o750); err != nil {
		return e, disk.Fault(err, "数据目录 %s 建不了", cfg.DataDir)
	}
	e.Tel, err = telemetry.New(ctx, telemetry.Options{
		Service:  "guiyi",
		Version:  version,
		Format:   cfg.Log.Format,
		Level:    cfg.Log.Level,
		Out:      logTo,
		Common:   commonCause,
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
	e.metrics = e.Tel.Registry
	e.Ring, err = loadRing(cfg)
	return e, err
}

// join opens the bus. A server starts the embedded bus unless a URL is configured. A command connects to the bus of a
// running platform.
func (e *Engines) join(ctx context.Context, server bool) (err error) {
	if e.Bus, err = openBus(ctx, e.Config, server, e.Tel); err != nil || e.Bus == nil {
		return err
	}
	e.onClose(e.Bus.Close)
	e.watch("bus", e.Bus.Health)
	return nil
}

// commonCause returns the name of a cause that many errors have in common, such as a full disk, or "".
func commonCause(err error) string {
	if reason := disk.Reason(store.Explain(err)); reason != nil {
		return reason.Error()
	}
	switch {
	case errors.Is(store.Explain(err), store.ErrDamaged):
		return store.ErrDamaged.Error()
	case store.ConnectionLost(err):
		return "database not reachable"
	}
	return ""
}

// written returns the local folders that a process writes to.
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

// watch adds a check to /readyz. In a process with the role worker or studio, a failed check makes the process not
// ready. In other processes it is only shown, because edge and portal can still serve.
func (e *Engines) watch(name string, check telemetry.Check) {
	add := e.Tel.Health.AddOptional
	if e.Config.HasRole("worker") || e.Config.HasRole("studio") {
		add = e.Tel.Health.Add
	}
	add(name, check)
}

// openBlobs opens the blob store. An edge does not require that the store is reachable.
func openBlobs(ctx context.Context, cfg config.Config, server bool) (*blob.Store, error) {
	if server && cfg.HasRole("edge") {
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
	dir := busDir(cfg)
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
		return nil, nil // no platform is running; at its start it reads the ledger
	}
	return b, err
}

func busDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "bus") }

func headsDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "heads") }

// KeysDir returns the folder of the public and private keys.
func KeysDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "keys") }

func loadRing(cfg config.Config) (*crypto.Ring, error) {
	if err := os.MkdirAll(KeysDir(cfg), 0o700); err != nil {
		return nil, disk.Fault(err, "密钥目录 %s 建不了", KeysDir(cfg))
	}
	return crypto.LoadRing(KeysDir(cfg))
}

// Open opens a platform: engines, database and slices. server is false for a command.
func Open(ctx context.Context, cfg config.Config, server bool, logTo io.Writer) (_ *Platform, err error) {
	e, err := openEngines(ctx, cfg, server, logTo)
	if err != nil {
		return nil, err
	}
	p, err := e.openPlatform(ctx, server)
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return p, nil
}

// openPlatform opens database, bus and slices. Engines.Close closes them, also if openPlatform fails.
func (e *Engines) openPlatform(ctx context.Context, server bool) (_ *Platform, err error) {
	p := &Platform{Engines: e}
	if err := e.Blobs.Check(ctx); err != nil {
		return nil, err
	}
	if err := backup.Unfinished(ctx, p.Blobs); err != nil {
		return nil, err
	}
	if p.DB, err = e.openDatabase(ctx); err != nil {
		return nil, intact.Advise(err)
	}
	if server {
		p.Pages = intact.NewPages(p.DB, e.Tel.Log)
		if err := p.Pages.AtStart(ctx); err != nil {
			return nil, intact.Advise(err)
		}
		p.watch("pages", p.Pages.Check)
	}
	if err := e.join(ctx, server); err != nil {
		return nil, err
	}
	if err := p.DB.Migrate(ctx, Migrations()...); err != nil {
		return nil, err
	}
	if p.People, err = people.New(people.Options{
		DB:      p.DB,
		Now:     time.Now,
		Log:     e.Tel.Log,
		Secrets: e.peopleSecrets,
	}); err != nil {
		return nil, err
	}
	publishes := !server || p.Config.HasRole("worker") || p.Config.HasRole("studio")
	if err := p.wire(ctx, publishes); err != nil {
		return nil, err
	}
	if p.Repairer, err = p.newRepairer(ctx); err != nil || !publishes {
		return p, err
	}
	return p, p.Items.AskForOldLinks(actor.With(ctx, actor.Actor{
		Kind:        actor.System,
		ID:          "upgrade",
		Permissions: []actor.Permission{resource.Write},
		Scope:       actor.Scope{All: true},
	}))
}

// openDatabase opens the database. It returns a fault if the database is missing or empty next to files of a platform.
func (e *Engines) openDatabase(ctx context.Context) (*store.DB, error) {
	if store.FileMissing(e.Config.Database) {
		if err := e.place().NewDatabase(ctx); err != nil {
			return nil, err
		}
	}
	db, err := store.Open(ctx, e.Config.Database)
	if err != nil {
		return nil, err
	}
	e.onClose(db.Close)
	if bare, err := db.IsEmpty(ctx); err != nil || !bare {
		return db, err
	}
	return db, e.place().NewDatabase(ctx)
}

// place returns the locations for the checks of package intact.
func (e *Engines) place() intact.Place {
	return intact.Place{
		Database: store.RedactDSN(e.Config.Database),
		HeadsDir: headsDir(e.Config),
		KeysDir:  KeysDir(e.Config),
		BusDir:   busDir(e.Config),
		Blobs:    e.Blobs,
		Ring:     e.Ring,
	}
}

// Migrations returns the migrations of all slices, in the order of their levels.
func Migrations() []store.Migrations {
	return []store.Migrations{
		jobs.Migrations(),
		lease.Migrations(),
		audit.Migrations(),
		people.Migrations(),
		site.Migrations(),
		lexicon.Migrations(),
		resource.Migrations(),
		editorial.Migrations(),
		exchange.Migrations(),
		publish.Migrations(),
		feed.Migrations(),
		token.Migrations(),
		api.Migrations(),
	}
}

// wire creates the slices. It loads the private key only if publishes is true.
func (p *Platform) wire(ctx context.Context, publishes bool) error {
	log := p.Tel.Log
	host, _ := os.Hostname()
	observed := metrics.New(p.metrics)
	p.Audit = &audit.Chain{DB: p.DB, File: filepath.Join(p.Config.DataDir, "audit.head"), Log: p.Tel.Log}
	p.Board = jobs.New(p.DB, jobs.Options{
		Worker:   fmt.Sprintf("%s-%d", host, os.Getpid()),
		Wake:     func() { p.wake(queuesTopic) },
		Observer: observed.Jobs,
		Log:      log,
	})
	p.Sites = site.NewRegister(p.DB)
	p.Lexicon = lexicon.NewDesk(p.DB, time.Now, p.peopleSecrets)
	if err := p.checkLibrary(ctx); err != nil { // before anything is written
		return err
	}
	p.wireContent()
	var signer crypto.Signer
	if publishes {
		var err error
		if signer, err = heads.Signer(ctx, KeysDir(p.Config), p.Config.Crypto.Suite, p.Ring,
			ledger.Reader{DB: p.DB}); err != nil {
			return fault.Wrap(fault.Unavailable, err, "%s", fault.Text(err)) // then an edge still serves
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
		Observe:   observed.Publish,
		Now:       time.Now,
		Log:       log,
	})
	p.Control = control.New(p.DB, p.Board, p.Publisher)
	p.Imports = importjob.New(importjob.Options{
		DB:          p.DB,
		Board:       p.Board,
		Blobs:       p.Blobs,
		Import:      p.Exchange,
		Sites:       p.Sites,
		KeepUploads: p.Config.Retention.Uploads,
		Now:         time.Now,
		Log:         log,
	})
	p.Tokens = &token.Desk{DB: p.DB, Now: time.Now, Log: log}
	p.Tokens.Known = api.Permissions(p.Operations()...)
	p.Feed = feed.New(p.DB, p.Board, time.Now, func() { p.wake(feedTopic) })
	p.watch("database", p.DB.Health)
	return nil
}

// checkLibrary returns a fault if the database does not match the heads and packs, or, in a server, if the blob store
// was lost.
func (p *Platform) checkLibrary(ctx context.Context) error {
	known := ledger.Reader{DB: p.DB}
	sites, err := p.Sites.Sites(ctx)
	if err != nil {
		return err
	}
	if err := p.place().Library(ctx, known, len(sites)); err != nil || p.Pages == nil {
		return err
	}
	return p.place().Store(ctx, known) // not in a command, because the command may be guiyi repair
}

// Topics of wake-ups: for new jobs, and for new entries in the feed of the search index.
const (
	queuesTopic = "jobs"
	feedTopic   = "search"
)

// wake wakes up all processes. If a wake-up is lost, they look for work themselves within a second.
func (p *Platform) wake(topic string) {
	if p.Bus == nil {
		return
	}
	if err := p.Bus.Wake(topic); err != nil {
		p.Tel.Log.Debug("wake-up not sent; other processes poll", "topic", topic, "err", err)
	}
}
