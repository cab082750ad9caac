package app

import "net/http"

// newPortal makes the handler of dynamic pages.
func (s *server) newPortal() (http.Handler, error) {
	return http.NotFoundHandler(), nil
}
