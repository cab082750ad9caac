package app

import (
	"context"
	"io/fs"

	"guiyi/demo"
	"guiyi/internal/exchange"
	"guiyi/internal/kernel/tenant"
	"guiyi/internal/site"
)

// installDemo declares and imports the demo city on a platform without sites. On any
// other platform it does nothing: it never touches a city's own content.
func (p *Platform) installDemo(ctx context.Context) error {
	have, err := p.Sites.Sites(ctx)
	if err != nil || len(have) > 0 {
		return err
	}
	ctx = tenant.With(ctx, tenant.System("demo"))
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
		r, err := p.Exchange.Run(ctx, exchange.Order{Source: exchange.OpenContent("demo-"+d.Site, content), Site: d.Site})
		if err != nil {
			return err
		}
		p.Tel.Log.InfoContext(ctx, "demo site imported", "site", d.Site, "items", r.Imported, "quarantined", r.Quarantined)
		for _, l := range r.Lines {
			if l.Status == exchange.Quarantined {
				p.Tel.Log.WarnContext(ctx, "demo item not imported", "item", l.Name, "reason", l.Detail)
			}
		}
	}
	return p.Board.Drain(ctx, publishKinds()...)
}
