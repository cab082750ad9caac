package api

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/audit"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/web"
)

// ServeHTTP serves the operations. Unknown addresses get a problem with 404, or 405 if another method exists.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if _, pattern := a.mux.Handler(r); pattern != "" {
		a.mux.ServeHTTP(w, r)
		return
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "" {
			w.Header().Add("Allow", method)
		}
	}
	if allowed := w.Header().Values("Allow"); len(allowed) > 0 {
		a.fail(w, r, &Problem{Status: http.StatusMethodNotAllowed,
			Detail: "这个地址不支持 " + r.Method + "，可用：" + strings.Join(allowed, "、") + "。"})
		return
	}
	a.fail(w, r, fault.New(fault.NotFound, "没有这个接口地址，请对照 %s/docs 检查路径。", Base))
}

// fail writes the problem for an error that occurs outside of a handler.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := a.refusal(r.Context(), err)
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="guiyi"`)
	}
	if p.Status == http.StatusServiceUnavailable || p.Status == http.StatusTooManyRequests || p.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(max(1, int(math.Ceil(p.wait.Seconds())))))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	if err := huma.DefaultJSONFormat.Marshal(w, p); err != nil {
		a.Log.DebugContext(r.Context(), "problem not written", "err", err)
	}
}

// admit authenticates the caller, limits the rate, and refuses a caller without the permission of the operation. The
// desk checks the scope later. admit also checks body type, body size and query, and logs the request with the actor.
func (a *API) admit(ctx huma.Context, next func(huma.Context)) {
	r, w := humago.Unwrap(ctx)
	op := ctx.Operation()
	by, err := Caller(r, a.Callers)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	start := a.Now()
	rec := &statusWriter{ResponseWriter: w}
	defer func() {
		a.Log.LogAttrs(r.Context(), slog.LevelInfo, "api", slog.String("operation", op.OperationID),
			slog.String("path", r.URL.Path),
			slog.String("actor", by.String()), slog.Int("status", rec.status),
			slog.Float64("ms", float64(a.Now().Sub(start).Microseconds())/1000),
			slog.String("request_id", web.RequestIDFrom(r.Context())))
	}()
	if wait := a.limits.take(by.String(), start); wait > 0 {
		a.fail(rec, r, &Problem{Status: http.StatusTooManyRequests, wait: wait,
			Detail: "您的请求太快，每秒最多 " + strconv.Itoa(a.Rate.PerSecond) + " 次。请按 Retry-After 稍候重发，或把请求合并、放慢。"})
		return
	}
	permission := PermissionOf(op)
	if !by.Can(permission) {
		a.fail(rec, r, fault.New(fault.Forbidden, "没有权限 %s，不能“%s”。请联系安全管理员授权%s。", permission, op.Summary,
			a.holders(permission)))
		return
	}
	c := context.WithValue(actor.With(r.Context(), *by), addressKey{}, r.URL)
	c = audit.WithRequest(c, web.RequestIDFrom(r.Context()))
	limit, _ := op.Metadata[limitKey].(int64)
	in := r.WithContext(c)
	if r.ContentLength > limit {
		a.fail(rec, r, fault.Wrap(fault.TooLarge, &http.MaxBytesError{Limit: limit}, "提交的内容过大"))
		return
	}
	in.Body = http.MaxBytesReader(w, r.Body, limit+1) // one byte more, so that huma finds the body too large
	if err := a.prepareBody(op, in, w); err != nil {
		a.fail(rec, r, err)
		return
	}
	if err := checkQuery(r.URL.RawQuery); err != nil {
		a.fail(rec, r, err)
		return
	}
	next(humago.NewContext(op, in, rec))
}

// holders says which roles have a permission, for a refusal.
func (a *API) holders(p actor.Permission) string {
	if a.Holders == nil {
		return ""
	}
	names := a.Holders(p)
	if len(names) == 0 {
		return ""
	}
	return "，有此权限的角色：" + strings.Join(names, "、")
}

// longTime is the read and write timeout of an Outside operation, such as an upload. Other operations have the timeouts
// of the listener.
const longTime = time.Hour

// prepareBody refuses a body whose media type the operation does not accept. It sets the timeouts of an Outside
// operation.
func (a *API) prepareBody(op *huma.Operation, r *http.Request, w http.ResponseWriter) error {
	if outside, _ := op.Metadata[outsideKey].(bool); outside {
		control, until := http.NewResponseController(w), time.Now().Add(longTime)
		if err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until)); err != nil &&
			!errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	if op.RequestBody == nil {
		return nil
	}
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if kind == "" || op.RequestBody.Content[kind] == nil {
		var want []string
		for k := range op.RequestBody.Content {
			want = append(want, k)
		}
		return fault.New(fault.Unsupported, "请求头 Content-Type 应为 %s", strings.Join(want, "、"))
	}
	return nil
}

// statusWriter records the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (s *statusWriter) WriteHeader(code int) {
	if s.status == 0 {
		s.status = code
	}
	s.ResponseWriter.WriteHeader(code)
}

// Write implements http.ResponseWriter.
func (s *statusWriter) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
