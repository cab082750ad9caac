package app

import (
	"net/http"
	"time"

	"guiyi/internal/kernel/api"
	"guiyi/internal/kernel/web"
	"guiyi/internal/studio"
)

// newStudio is what the inner listener answers with in a process of role studio.
func (s *server) newStudio(ops http.Handler) (http.Handler, error) {
	h, err := studio.New(studio.Options{
		Version:  version,
		DB:       s.p.DB,
		Tokens:   s.p.Tokens,
		Sites:    s.p.Sites,
		SiteDesk: s.p.SiteDesk,
		Items:    s.p.Items,
		Library:  s.p.Library,
		Publish:  s.p.Control,
		Imports:  s.p.Imports,
		Board:    s.p.Board,
		Ops:      ops,
		Proxies:  web.NewProxies(s.cfg.TrustedProxies),
		Rate:     api.Rate{PerSecond: s.cfg.API.PerSecond, Burst: s.cfg.API.Burst},
		Now:      time.Now,
		Log:      s.engines.Tel.Log,
	})
	if err != nil {
		return nil, err
	}
	return s.engines.Tel.HTTP("studio", false)(h), nil
}
