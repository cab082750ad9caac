package app

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"

	"guiyi/demo"
	"guiyi/internal/exchange"
	"guiyi/internal/exchange/source/files"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/site"
)

// installDemo creates and imports the demo city on a platform without sites. If an earlier start was interrupted, it
// continues. If the platform has other sites, it does nothing.
func (p *Platform) installDemo(ctx context.Context) error {
	have, err := p.Sites.Sites(ctx)
	if err != nil {
		return err
	}
	begun := filepath.Join(p.Config.DataDir, "demo.begun")
	if _, err := os.Stat(begun); err != nil && len(have) > 0 {
		return nil
	}
	if err := os.WriteFile(begun, nil, 0o600); err != nil {
		return err
	}
	ctx = actor.With(ctx, actor.Actor{
		Kind:        actor.System,
		ID:          "demo",
		Name:        "demo",
		Permissions: []actor.Permission{site.Write, exchange.Write},
		Scope:       actor.Scope{All: true},
	})
	dir, err := fs.Sub(demo.Files, "sites")
	if err != nil {
		return err
	}
	decls, err := site.ReadDeclarations(dir)
	if err != nil {
		return err
	}
	if _, err := p.SiteDesk.Apply(ctx, decls, dir); err != nil {
		return err
	}
	for _, d := range decls {
		content, err := fs.Sub(demo.Files, "content/"+d.Site)
		if err != nil {
			return err
		}
		r, err := p.Exchange.Run(ctx, exchange.Request{Source: files.OpenContent("demo-"+d.Site, content),
			Site: d.Site})
		if err != nil {
			return err
		}
		p.Tel.Log.InfoContext(ctx, "demo site imported", "site", d.Site, "items", r.Imported, "quarantined",
			r.Quarantined)
		for _, l := range r.Lines {
			if l.Status == exchange.Quarantined {
				p.Tel.Log.WarnContext(ctx, "demo item not imported", "item", l.Name, "reason", l.Detail)
			}
		}
	}
	if err := p.Drain(ctx); err != nil {
		return err
	}
	return os.Remove(begun)
}
