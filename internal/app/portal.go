package app

import (
	"context"
	"net/http"

	"guiyi/internal/portal"
	"guiyi/internal/site"
)

// newPortal makes the handler of dynamic pages.
func (s *server) newPortal() http.Handler {
	frame := func(ctx context.Context, st *site.Site) (portal.Frame, error) {
		set, page, err := s.p.Publisher.Surround(ctx, st)
		return portal.Frame{Theme: set, Page: page}, err
	}
	return portal.New(portal.Options{Search: s.index, Sites: &portal.Register{Sites: s.p.Sites, Frame: frame}, Log: s.engines.Tel.Log})
}
