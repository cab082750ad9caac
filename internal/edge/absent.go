package edge

import "net/http"

// NoPortal returns a handler for dynamic paths when no portal is configured. Its page says that the static pages of the
// site are available.
func NoPortal() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answer{w: w, r: r} // counted by proxy
		a.notice(http.StatusBadGateway)
	})
}
