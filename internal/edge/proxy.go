package edge

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/publish/manifest"
)

// dynamic reports whether a path is answered by the portal.
func dynamic(path string) bool {
	_, ok := address.Dynamic(path)
	return ok
}

// proxy hands the request to the portal.
func (e *Edge) proxy(a *answer) {
	if manifest.CheckPath(a.r.URL.Path) != nil {
		a.notice(http.StatusBadRequest)
		return
	}
	if e.portal == nil {
		a.notice(http.StatusBadGateway)
		return
	}
	if a.r.ContentLength > e.bodyLimit {
		a.notice(http.StatusRequestEntityTooLarge)
		return
	}
	ctx, cancel := context.WithTimeout(a.r.Context(), e.portalTime)
	defer cancel()
	r := a.r.Clone(ctx)
	forwardHeaders(r, a.snap.head.Site, e.proxies)
	r.Body = http.MaxBytesReader(a.w, r.Body, e.bodyLimit)
	w := &portalWriter{ResponseWriter: a.w}
	defer func() {
		if p := recover(); p != nil && !w.started {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			e.log.Error("edge: portal panicked", "site", a.snap.head.Site, "path", r.URL.Path, "panic", p)
			a.notice(http.StatusBadGateway)
		} else if p != nil {
			panic(http.ErrAbortHandler) // half an answer must not look whole
		} else {
			a.m.count(w.status(), 0)
		}
	}()
	e.portal.ServeHTTP(w, r)
}

// forwardHeaders replaces what a client may have claimed by what the edge knows. Of what came in, only the word of a
// trusted proxy on client and protocol counts.
func forwardHeaders(r *http.Request, site string, proxies web.Proxies) {
	client, proto := r.RemoteAddr, "http"
	if ip := proxies.ClientIP(r); ip.IsValid() {
		client = ip.String()
	}
	if proxies.HTTPS(r) {
		proto = "https"
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Guiyi-") || strings.HasPrefix(name, "X-Forwarded-") || name == "Forwarded" ||
			name == "X-Real-Ip" {
			delete(r.Header, name)
		}
	}
	r.Header["X-Guiyi-Site"] = one(site)
	r.Header["X-Forwarded-For"] = one(client)
	r.Header["X-Forwarded-Host"] = one(r.Host)
	r.Header["X-Forwarded-Proto"] = one(proto)
}

// portalWriter notes the status of the portal's answer. The security headers are in place before the portal runs; it
// may set its own.
type portalWriter struct {
	http.ResponseWriter
	started bool
	code    int
}

func (w *portalWriter) WriteHeader(code int) {
	if code >= 200 && !w.started {
		w.started, w.code = true, code
		h := w.Header()
		for _, name := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options",
			"Referrer-Policy"} {
			if values := h[name]; len(values) > 1 { // a proxy adds the portal's own to ours
				h[name] = values[len(values)-1:]
			}
		}
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *portalWriter) Write(b []byte) (int, error) {
	if !w.started {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *portalWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *portalWriter) status() int {
	if w.code == 0 {
		return http.StatusOK
	}
	return w.code
}

// NewProxy makes a portal of one in another process at target, such as "http://10.0.0.7:8082".
func NewProxy(target string, log *slog.Logger) (http.Handler, error) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fault.New(fault.Invalid, "动态页面服务的地址 %q 无效，应为 http://主机:端口", target)
	}
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 3 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 64, IdleConnTimeout: 60 * time.Second,
		DisableCompression: true,
	}
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(u)
			p.Out.Host = p.In.Host
			// Set by the edge, left out by ReverseProxy: the first by rule, both when a client names them in
			// Connection.
			for name, values := range p.In.Header {
				if strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Guiyi-") {
					p.Out.Header[name] = values
				}
			}
		},
		ErrorHandler: proxyFailed(log),
	}, nil
}

func proxyFailed(log *slog.Logger) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		a := answer{w: w, r: r} // counted by proxy
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			a.notice(http.StatusRequestEntityTooLarge)
		case r.Context().Err() == context.Canceled:
			return
		case errors.Is(err, context.DeadlineExceeded):
			log.Warn("edge: portal too slow", "path", r.URL.Path)
			a.notice(http.StatusGatewayTimeout)
		default:
			log.Warn("edge: portal not reached", "path", r.URL.Path, "err", err)
			a.notice(http.StatusBadGateway)
		}
	}
}
