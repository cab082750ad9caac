package edge

import (
	"net/http"

	"guiyi/internal/kernel/web"
)

// fixedHeaders are header values that many answers share, as ready slices. Nobody writes to them.
type fixedHeaders struct {
	security                []readyHeader
	transport               []string
	sameOrigin              []string
	bytes, noCache, noStore []string
	closing, reading        []string
}

// readyHeader is a header in canonical form.
type readyHeader struct {
	name   string
	values []string
}

func newFixedHeaders() *fixedHeaders {
	f := &fixedHeaders{
		transport:  one("max-age=31536000"),
		sameOrigin: one("same-origin"),
		bytes:      one("bytes"),
		noCache:    one("no-cache"),
		noStore:    one(cacheNone),
		closing:    one("close"),
		reading:    one("GET, HEAD, OPTIONS"),
	}
	for _, h := range web.PublicHeaders() {
		f.security = append(f.security, readyHeader{h[0], one(h[1])})
	}
	return f
}

// secure sets what every response carries.
func (f *fixedHeaders) secure(h http.Header, tls bool) {
	for i := range f.security {
		h[f.security[i].name] = f.security[i].values
	}
	if tls {
		h["Strict-Transport-Security"] = f.transport
	}
}

// own sets what only answers of the edge and the portal carry, not published files, which everybody may show: that
// other sites cannot, and the id to ask with.
func (a *answer) own() {
	h := a.w.Header()
	if a.fixed != nil { // else the headers are there already, see proxyFailed
		h["Cross-Origin-Resource-Policy"] = a.fixed.sameOrigin
		h["X-Request-Id"] = one(a.id)
	}
}

// single leaves one value of each header that both edge and portal set: the portal's, which a proxy adds behind.
func (f *fixedHeaders) single(h http.Header) {
	last := func(name string) {
		if values := h[name]; len(values) > 1 {
			h[name] = values[len(values)-1:]
		}
	}
	for i := range f.security {
		last(f.security[i].name)
	}
	last("Cross-Origin-Resource-Policy")
	last("Strict-Transport-Security")
	last("X-Request-Id")
}

// errorCache is the Cache-Control of a page with an error status.
func (f *fixedHeaders) errorCache(status int) []string {
	if status == http.StatusServiceUnavailable {
		return f.noStore
	}
	return f.noCache
}
