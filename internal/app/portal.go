package app

import (
	"context"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"guiyi/internal/app/metrics"
	"guiyi/internal/dynamic"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/form"
	"guiyi/internal/kernel/store"
	"guiyi/internal/portal"
	"guiyi/internal/search"
	"guiyi/internal/search/bleveindex"
	"guiyi/internal/search/searchweb"
	"guiyi/internal/site"
)

// openPortal opens the search index of this process and creates the handler of dynamic pages.
func (s *server) openPortal(ctx context.Context) (err error) {
	log := s.engines.Tel.Log
	s.index, err = search.Open(ctx, search.Options{
		Dir:    filepath.Join(s.cfg.DataDir, "search"),
		Driver: bleveindex.Open,
		Log:    log,
	})
	if fault.KindOf(err) == fault.Internal { // an error of the search engine
		err = store.Explain(err)
	}
	if err != nil {
		return err
	}
	s.reader = search.NewFollower(s.index, s.p.Feed, &search.Library{Published: s.p.Published, Sites: s.p.Sites}, log)
	metrics.Search(s.p.metrics, s.reader)
	s.engines.Tel.Health.AddOptional("search", func(context.Context) error {
		if s.index.NeedsRebuild() {
			return fault.New(fault.Unavailable, "搜索索引正在建立，结果还不完整")
		}
		return nil
	})
	frame := func(ctx context.Context, st *site.Site) (portal.Frame, error) {
		set, page, err := s.p.Publisher.PageFrame(ctx, st)
		return portal.Frame{Theme: set, Page: page}, err
	}
	sessions, guard, err := openSessions(s.cfg)
	if err != nil {
		return err
	}
	s.kept, err = form.NewKept(form.KeptOptions{Dir: filepath.Join(s.cfg.DataDir, "forms"), Now: time.Now})
	if err != nil { // not fatal: readers must then choose their attachments again
		log.WarnContext(ctx, "attachments of forms with faults are not kept", "err", err)
	}
	h, err := portal.New(dynamic.Options{
		Sites:    &portal.Register{Sites: s.p.Sites, Frame: frame},
		Sessions: sessions,
		Guard:    guard,
		Kept:     s.kept,
		Log:      log,
	}, s.mounts()...)
	if err == nil {
		s.portal.set(h)
	}
	return err
}

// mounts returns the mounts of the portal, one per line.
func (s *server) mounts() []dynamic.Mount {
	return []dynamic.Mount{
		searchweb.Mount(searchweb.Options{Search: s.index}),
		portal.Access(),
		portal.QR(),
		portal.Security(),
	}
}

// followFeed starts updating the search index from the feed until ctx ends.
func (s *server) followFeed(ctx context.Context, g *errgroup.Group) error {
	stop, err := s.p.Bus.OnWake(feedTopic, s.reader.Wake)
	if err != nil {
		return err
	}
	g.Go(func() error {
		defer stop()
		return ended(ctx, s.reader.Run(ctx))
	})
	return nil
}
