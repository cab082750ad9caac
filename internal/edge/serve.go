package edge

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/edge/header"
	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/kernel/web"
	"guiyi/internal/publish/manifest"
)

// maxURI is the maximum length of a request URI in bytes.
const maxURI = 4096

// answer is the state of one response.
type answer struct {
	w    http.ResponseWriter
	r    *http.Request
	snap *snapshot
	m    *siteMetrics
	from verified.Origin
	// fixed are ready header values.
	fixed *fixedHeaders

	id        string // of the request
	status    int    // status sent; 0: none yet
	sent      int64  // bytes of the body sent
	published bool   // the manifest has the path
}

// ServeHTTP implements http.Handler.
func (e *Edge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := answer{w: w, r: r, m: e.metrics.unknown, fixed: e.fixed, id: e.ids.of(r, e.proxies)}
	h := w.Header()
	e.fixed.setSecurity(h, r.TLS != nil || e.proxies.HTTPS(r))
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// If there is a Content-Length too, which net/http hides, other programs may split requests differently (RFC
		// 9112, 6.1).
		h["Connection"] = e.fixed.closing
	}
	if e.access == nil {
		e.answer(&a)
		return
	}
	start, target := time.Now(), r.RequestURI
	defer func() { e.logRequest(&a, start, target) }() // also if a panic aborts the connection
	e.answer(&a)
}

// answer dispatches the request.
func (e *Edge) answer(a *answer) {
	r := a.r
	switch {
	case r.RequestURI == "*" && r.Method == http.MethodOptions: // concerns the server as a whole
		a.options()
		return
	case r.RequestURI == "*" || r.URL.User != nil || r.URL.Scheme != "" && !webScheme(r.URL.Scheme):
		a.notice(http.StatusBadRequest)
		return
	case r.URL.Path == "" && r.URL.Host != "" && r.Method != http.MethodConnect: // RFC 9110, 4.2.3
		r.URL.Path = "/"
	}
	all := e.sites.Load()
	a.snap = all.find(r.Host)
	switch {
	case a.snap == nil && len(all.byCode) == 0: // just started, and no site is known yet
		a.notice(http.StatusServiceUnavailable)
		return
	case a.snap == nil:
		a.notice(http.StatusMisdirectedRequest)
		return
	}
	a.m = a.snap.metrics
	a.from = a.snap.origin(r.URL.Path)
	switch {
	case len(r.RequestURI) > maxURI:
		a.notice(http.StatusRequestURITooLong)
	case !strings.HasPrefix(r.URL.Path, "/") || r.URL.RawPath != "" && ambiguous(r.URL.RawPath):
		a.notice(http.StatusBadRequest)
	case !a.snap.open:
		e.closed(a)
	case dynamic(r.URL.Path):
		e.proxy(a)
	case r.Method == http.MethodOptions:
		a.options()
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		a.w.Header()["Allow"] = e.fixed.reading
		a.notice(http.StatusMethodNotAllowed)
	default:
		e.static(a)
	}
}

func webScheme(scheme string) bool { return scheme == "http" || scheme == "https" }

// ambiguous reports whether a path contains an encoded slash, backslash or NUL, which other programs may decode.
func ambiguous(rawPath string) bool {
	for i := 0; i+2 < len(rawPath); i++ {
		if rawPath[i] != '%' {
			continue
		}
		switch strings.ToLower(rawPath[i+1 : i+3]) {
		case "2f", "5c", "00":
			return true
		}
	}
	return false
}

// options responds with the methods of a published page.
func (a *answer) options() {
	a.setOwnHeaders()
	a.w.Header()["Allow"] = a.fixed.reading
	a.w.WriteHeader(http.StatusNoContent)
	a.done(http.StatusNoContent, 0)
}

func (e *Edge) static(a *answer) {
	rt, moved, err := e.resolve(a.r.Context(), a.snap, a.r.Host, a.r.URL)
	a.published = rt != nil
	switch {
	case err != nil:
		a.failed(err)
	case moved != "":
		a.redirect(http.StatusMovedPermanently, headerValue(moved))
	case rt == nil:
		e.page(a, address.NotFound, http.StatusNotFound)
	case rt.location != nil:
		a.redirect(rt.entry.Status, rt.location)
	case rt.entry.Status == http.StatusOK:
		e.file(a, rt, http.StatusOK)
	case rt.entry.HasBody():
		e.file(a, rt, rt.entry.Status)
	case rt.entry.Status == http.StatusNotFound && a.r.URL.Path != address.NotFound:
		e.page(a, address.NotFound, http.StatusNotFound)
	default:
		a.notice(rt.entry.Status)
	}
}

// closed responds for every path of a site that is not public.
func (e *Edge) closed(a *answer) {
	a.w.Header()["Retry-After"] = headerValue("3600")
	e.page(a, address.Closed, http.StatusServiceUnavailable)
}

// page responds with the page of the site that explains the status, or with a plain notice if it has none.
func (e *Edge) page(a *answer, path string, status int) {
	a.setOwnHeaders()
	rt, err := e.route(a.r.Context(), a.snap, path)
	if err != nil || rt == nil || !rt.entry.HasBody() || rt.large {
		a.notice(status)
		return
	}
	e.file(a, rt, status)
}

// file sends the bytes of a route.
func (e *Edge) file(a *answer, rt *route, status int) {
	if rt.large {
		e.largeFile(a, rt, status)
		return
	}
	if rt.html {
		if cookies := a.r.Header["Cookie"]; cookies != nil {
			attributes := a11y.OfCookies(cookies)
			if attributes != "" && e.sendWithAttributes(a, rt, status, attributes) {
				return
			}
		}
	}
	ok := status == http.StatusOK
	ranged := ok && a.r.Method == http.MethodGet && a.r.Header["Range"] != nil
	f := &rt.plain
	if len(rt.compressed) > 0 {
		if ranged {
			if _, kind := header.ParseRange(a.r.Header["Range"], rt.entry.Size); kind == header.Whole {
				ranged = false
			}
		}
		if !ranged {
			w := header.ParseAccept(a.r.Header["Accept-Encoding"])
			f = rt.choose(&w)
		}
	}
	a.setFormHeaders(rt, f, status)
	if ok && a.conditional(f.etag[0], rt) {
		return
	}
	c, used, err := e.bytesOf(a, rt, f)
	if err != nil {
		a.failed(err)
		return
	}
	if used != f {
		a.removeFormHeaders()
		a.setFormHeaders(rt, used, status)
	}
	if ranged && header.IfRange(a.r.Header, used.etag[0], firstValue(rt.lastMod)) {
		a.part(rt, c.Bytes)
		return
	}
	a.send(status, c)
}

func firstValue(s []string) string {
	if len(s) == 0 {
		return ""
	}
	return s[0]
}

// bytesOf returns the verified bytes of a form, or those of the identity form if the form is damaged.
func (e *Edge) bytesOf(a *answer, rt *route, f *form) (*verified.Content, *form, error) {
	if f.code != header.Plain {
		if c, ok := e.src.Cached(f.hash); ok {
			return c, f, nil
		}
		if c, err := e.src.Bytes(a.r.Context(), a.from, f.hash, f.loc); err == nil {
			return c, f, nil
		}
	}
	c, err := e.src.Plain(a.r.Context(), a.from, &rt.entry)
	return c, &rt.plain, err
}

// setFormHeaders sets the headers of a form.
func (a *answer) setFormHeaders(rt *route, f *form, status int) {
	h := a.w.Header()
	h["Content-Type"] = rt.ctype
	if f.encoding != nil {
		h["Content-Encoding"] = f.encoding
	}
	if rt.vary != nil {
		h["Vary"] = rt.vary
	}
	if status != http.StatusOK {
		h["Cache-Control"] = a.fixed.errorCache(status)
		return
	}
	h["Cache-Control"] = rt.cache
	h["Etag"] = f.etag
	if rt.lastMod != nil {
		h["Last-Modified"] = rt.lastMod
	}
	if !rt.html {
		h["Accept-Ranges"] = a.fixed.bytes
	}
}

// removeFormHeaders removes the headers that setFormHeaders set.
func (a *answer) removeFormHeaders() {
	h := a.w.Header()
	for _, k := range []string{"Content-Type", "Content-Encoding", "Vary", "Etag", "Last-Modified", "Accept-Ranges"} {
		delete(h, k)
	}
}

// conditional responds with 304 or 412 if the conditions of the request say so, and reports whether it did.
func (a *answer) conditional(etag string, rt *route) bool {
	switch header.Conditions(a.r.Header, etag, rt.modified) {
	case header.NotModified:
		h := a.w.Header()
		delete(h, "Content-Type")
		delete(h, "Content-Encoding")
		a.w.WriteHeader(http.StatusNotModified)
		a.done(http.StatusNotModified, 0)
		return true
	case header.Failed:
		a.notice(http.StatusPreconditionFailed)
		return true
	}
	return false
}

// done counts and records the response.
func (a *answer) done(status, sent int) {
	a.status, a.sent = status, int64(sent)
	a.m.count(status, sent)
}

// send sends verified bytes as a whole.
func (a *answer) send(status int, c *verified.Content) {
	a.w.Header()["Content-Length"] = c.Length
	a.w.WriteHeader(status)
	sent := 0
	if a.r.Method != http.MethodHead {
		sent, _ = web.WriteWhole(a.w, a.r, c.Bytes) // an error means that the client is gone
	}
	a.done(status, sent)
}

// part sends a range of a file that is in memory.
func (a *answer) part(rt *route, b []byte) {
	x, kind := header.ParseRange(a.r.Header["Range"], int64(len(b)))
	switch kind {
	case header.Unsatisfiable:
		a.unsatisfiable(int64(len(b)))
	case header.Part:
		a.w.Header()["Content-Range"] = headerValue(contentRange(x, rt.entry.Size))
		a.send(http.StatusPartialContent, verified.NewContent(b[x.From:x.From+x.Length]))
	default:
		a.send(http.StatusOK, verified.NewContent(b))
	}
}

func (a *answer) unsatisfiable(size int64) {
	a.w.Header()["Content-Range"] = headerValue("bytes */" + itoa(size))
	a.notice(http.StatusRequestedRangeNotSatisfiable)
}

func contentRange(x header.ByteRange, size int64) string {
	return "bytes " + itoa(x.From) + "-" + itoa(x.From+x.Length-1) + "/" + itoa(size)
}

// sendWithAttributes sends the page with the accessibility settings of the reader, and reports whether it did.
func (e *Edge) sendWithAttributes(a *answer, rt *route, status int, attributes string) bool {
	w := header.ParseAccept(a.r.Header["Accept-Encoding"])
	packed := w.Better(header.Gzip, header.Plain)
	c, ok, err := e.withAttributes(a.r.Context(), a.from, &rt.entry, attributes, packed)
	if err != nil {
		a.failed(err)
		return true
	}
	if !ok {
		return false
	}
	h := a.w.Header()
	h["Content-Type"] = rt.ctype
	h["Vary"] = headerValue("Accept-Encoding, Cookie")
	if packed {
		h["Content-Encoding"] = headerValue(manifest.Gzip)
	}
	if status != http.StatusOK {
		h["Cache-Control"] = a.fixed.errorCache(status)
		a.send(status, c)
		return true
	}
	mode := manifest.Sum([]byte(attributes)).String()[:8]
	etag := `W/"` + rt.entry.Hash.String()[:24] + "-" + mode + `"`
	h["Cache-Control"] = headerValue(cacheOwn)
	h["Etag"] = headerValue(etag)
	// no Last-Modified: the page depends on the cookie too
	if etags := a.r.Header["If-None-Match"]; etags != nil && header.ETagMatches(etags, etag, false) {
		delete(h, "Content-Type")
		delete(h, "Content-Encoding")
		a.w.WriteHeader(http.StatusNotModified)
		a.done(http.StatusNotModified, 0)
		return true
	}
	a.send(status, c)
	return true
}

func (a *answer) redirect(status int, location []string) {
	h := a.w.Header()
	h["Location"] = location
	h["Cache-Control"] = headerValue(cacheFeed)
	a.noticeBody(status)
}

// failed responds if no verified bytes are available.
func (a *answer) failed(err error) {
	if errors.Is(err, context.Canceled) && a.r.Context().Err() != nil {
		a.status = statusClientGone
		return
	}
	a.w.Header()["Retry-After"] = headerValue("60")
	a.notice(http.StatusServiceUnavailable)
}
