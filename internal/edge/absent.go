package edge

import "net/http"

// NoPortal answers for dynamic paths while there is no portal: the page says that the rest of the site can be read.
func NoPortal() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := answer{w: w, r: r} // counted by proxy
		a.notice(http.StatusBadGateway)
	})
}
