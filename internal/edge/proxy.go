package edge

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"guiyi/internal/address"
	"guiyi/internal/edge/header"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
	"guiyi/internal/publish/manifest"
)

// dynamic reports whether the portal handles a path.
func dynamic(path string) bool {
	return address.IsDynamic(path)
}

// proxy forwards the request to the portal.
func (e *Edge) proxy(a *answer) {
	a.setOwnHeaders()
	if manifest.CheckPath(a.r.URL.Path) != nil {
		a.notice(http.StatusBadRequest)
		return
	}
	if e.portal == nil {
		a.notice(http.StatusBadGateway)
		return
	}
	if a.r.ContentLength > e.bodyLimit {
		a.w.Header()["Connection"] = headerValue("close") // the body is not read
		a.notice(http.StatusRequestEntityTooLarge)
		return
	}
	ctx, cancel := context.WithTimeout(a.r.Context(), e.portalTime)
	defer cancel()
	var in *body
	if a.r.Body != nil && a.r.Body != http.NoBody {
		in = e.newBody(a.w, a.r, e.proxies.ClientIP(a.r))
		defer in.end()
		ctx = context.WithValue(ctx, bodyKey{}, in)
	}
	r := a.r.Clone(web.WithForwarded(ctx, e.forwarded(a)))
	if in != nil {
		r.Body = in
	}
	web.StripForwarded(r.Header) // values set by the client are not trusted
	r.Header["X-Request-Id"] = headerValue(a.id)
	r.Header["Accept-Encoding"] = headerValue(portalEncoding(r.Header["Accept-Encoding"]))
	w := &portalWriter{ResponseWriter: a.w, answer: a, request: ctx}
	defer func() {
		if p := recover(); p != nil && !w.started {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			e.log.Error("edge: portal panicked", "site", a.snap.head.Site, "path", r.URL.Path, "panic", p)
			a.notice(http.StatusBadGateway)
		} else if p != nil {
			panic(http.ErrAbortHandler) // so that the client detects the incomplete response
		} else if !w.refused {
			a.m.count(w.status(), 0)
		}
	}()
	e.portal.ServeHTTP(w, r)
}

// portalEncoding returns the Accept-Encoding value for the portal, which supports only gzip and parses the header less
// strictly than the edge.
func portalEncoding(accepted []string) string {
	w := header.ParseAccept(accepted)
	if w.Better(header.Gzip, header.Plain) {
		return header.Gzip.Name()
	}
	return header.Plain.Name()
}

// forwarded returns what the edge knows about the request. Client address and protocol from headers are used only if
// they were set by a trusted proxy.
func (e *Edge) forwarded(a *answer) web.Forwarded {
	return web.Forwarded{
		Site:      a.snap.head.Site,
		Client:    e.proxies.ClientIP(a.r),
		HTTPS:     e.proxies.HTTPS(a.r),
		RequestID: a.id,
	}
}

// portalWriter records the response of the portal, and replaces it if the portal could not read the body because of the
// client. The security headers are set before the portal runs, which may override them.
type portalWriter struct {
	http.ResponseWriter
	answer  *answer
	request context.Context
	started bool
	refused bool // the response of the portal is not sent
}

func (w *portalWriter) WriteHeader(code int) {
	if w.refused {
		return
	}
	if code >= 200 && !w.started {
		w.started = true
		if err := clientFault(w.request); err != nil {
			w.refused = true
			w.answer.rejectBody(err)
			return
		}
		w.answer.status = code
		w.answer.fixed.dedupe(w.Header())
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *portalWriter) Write(b []byte) (int, error) {
	if !w.started {
		w.WriteHeader(http.StatusOK)
	}
	if w.refused {
		return len(b), nil
	}
	n, err := w.ResponseWriter.Write(b)
	if w.answer.r.Method != http.MethodHead { // net/http takes a body then, and sends none
		w.answer.sent += int64(n)
	}
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *portalWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// status returns the status sent to the client. Without one, the response is an empty 200, or the client is gone.
func (w *portalWriter) status() int {
	if w.answer.status == 0 {
		w.answer.status = http.StatusOK
		if w.answer.r.Context().Err() != nil {
			w.answer.status = statusClientGone
		}
	}
	return w.answer.status
}

// NewProxy makes a portal of one in another process at target, such as "http://10.0.0.7:8082". What the edge knows
// about a request goes there under the seal.
func NewProxy(target string, seal *web.Seal, log *slog.Logger) (http.Handler, error) {
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
			if told, ok := web.ForwardedFrom(p.In.Context()); ok {
				seal.Write(p.Out, told)
			}
		},
		ModifyResponse: web.Refused,
		ErrorHandler:   proxyFailed(log),
	}, nil
}

func proxyFailed(log *slog.Logger) func(http.ResponseWriter, *http.Request, error) {
	return func(w http.ResponseWriter, r *http.Request, err error) {
		a := answer{w: w, r: r} // counted by proxy
		switch {
		case clientFault(r.Context()) != nil:
			w.WriteHeader(http.StatusBadRequest) // the writer says which
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
