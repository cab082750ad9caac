package edge

import "net/http"

// fixedHeaders are header values that many answers share, as ready slices. Nobody writes to them.
type fixedHeaders struct {
	policy, sniff, frame, referrer, transport []string
	bytes, noCache, noStore                   []string
}

func newFixedHeaders() *fixedHeaders {
	return &fixedHeaders{
		policy: one(
			"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; " +
				"frame-ancestors 'self'; form-action 'self'"),
		sniff:     one("nosniff"),
		frame:     one("SAMEORIGIN"),
		referrer:  one("strict-origin-when-cross-origin"),
		transport: one("max-age=31536000"),
		bytes:     one("bytes"),
		noCache:   one("no-cache"),
		noStore:   one(cacheNone),
	}
}

// secure sets what every response carries.
func (f *fixedHeaders) secure(h http.Header, tls bool) {
	h["Content-Security-Policy"] = f.policy
	h["X-Content-Type-Options"] = f.sniff
	h["X-Frame-Options"] = f.frame
	h["Referrer-Policy"] = f.referrer
	if tls {
		h["Strict-Transport-Security"] = f.transport
	}
}

// errorCache is the Cache-Control of a page with an error status.
func (f *fixedHeaders) errorCache(status int) []string {
	if status == http.StatusServiceUnavailable {
		return f.noStore
	}
	return f.noCache
}
