package app

import (
	"context"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"guiyi/internal/app/config"
	"guiyi/internal/app/intact"
	"guiyi/internal/edge"
	"guiyi/internal/kernel/blob"
	"guiyi/internal/publish/repair"
)

// damagedDir returns the folder for damaged content that a repair has replaced.
func damagedDir(cfg config.Config) string { return filepath.Join(cfg.DataDir, "damaged") }

// newRepairer creates the repairer. If an edge on this machine has a mirror, the repairer also copies content from it.
func (p *Platform) newRepairer(ctx context.Context) (*repair.Repairer, error) {
	var copies []repair.Source
	if dir := p.Config.Edge.Mirror; dir != "" {
		mirrored, err := blob.OpenUnchecked(ctx, "dir:"+dir)
		if err != nil {
			return nil, err
		}
		p.onClose(mirrored.Close)
		copies = append(copies, mirrored)
	}
	return repair.New(repair.Options{
		DB:        p.DB,
		Blobs:     p.Blobs,
		Sources:   copies,
		Publisher: p.Publisher,
		Published: p.Published,
		Evidence:  damagedDir(p.Config),
		Now:       time.Now,
		Log:       p.Tel.Log,
	}), nil
}

// askFor requests the repair of a page that the edge found damaged or missing.
func (s *server) askFor(ev edge.Event) {
	if ev.Kind == edge.Tampered || ev.Kind == edge.Missing {
		s.asker.Request(ev.Site, ev.Path)
	}
}

// startRepair starts sending repair requests, if there is an edge. In a worker it starts the repairer and the check
// for a database that is older than its packs.
func (s *server) startRepair(ctx context.Context, g *errgroup.Group) {
	if s.edge != nil {
		g.Go(func() error { s.asker.Run(ctx, s.engines.Bus, s.engines.Tel.Log); return nil })
	}
	if s.p != nil && s.cfg.HasRole("worker") {
		behind := &intact.Behind{Blobs: s.p.Blobs, Ledger: s.p.Publisher, Log: s.engines.Tel.Log}
		s.engines.Tel.Health.AddOptional("ledger", behind.Check)
		g.Go(func() error { behind.Run(ctx); return nil })
		g.Go(func() error { return ended(ctx, s.p.Repairer.Watch(ctx, s.engines.Bus)) })
	}
}
