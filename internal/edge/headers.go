package edge

import (
	"net/http"

	"guiyi/internal/kernel/web"
)

// fixedHeaders are header values that many responses share, as slices that are never modified.
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
		transport:  headerValue("max-age=31536000"),
		sameOrigin: headerValue("same-origin"),
		bytes:      headerValue("bytes"),
		noCache:    headerValue("no-cache"),
		noStore:    headerValue(cacheNone),
		closing:    headerValue("close"),
		reading:    headerValue("GET, HEAD, OPTIONS"),
	}
	for _, h := range web.PublicHeaders() {
		f.security = append(f.security, readyHeader{h[0], headerValue(h[1])})
	}
	return f
}

// setSecurity sets the security headers of every response.
func (f *fixedHeaders) setSecurity(h http.Header, tls bool) {
	for i := range f.security {
		h[f.security[i].name] = f.security[i].values
	}
	if tls {
		h["Strict-Transport-Security"] = f.transport
	}
}

// setOwnHeaders sets the headers of responses that are not published files: they must not be embedded by other sites,
// and they have a request id.
func (a *answer) setOwnHeaders() {
	h := a.w.Header()
	if a.fixed != nil { // otherwise the headers are already set, see proxyFailed
		h["Cross-Origin-Resource-Policy"] = a.fixed.sameOrigin
		h["X-Request-Id"] = headerValue(a.id)
	}
}

// dedupe keeps only the last value of headers that both edge and portal set: that of the portal.
func (f *fixedHeaders) dedupe(h http.Header) {
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

// errorCache returns the Cache-Control value of a page with an error status.
func (f *fixedHeaders) errorCache(status int) []string {
	if status == http.StatusServiceUnavailable {
		return f.noStore
	}
	return f.noCache
}
