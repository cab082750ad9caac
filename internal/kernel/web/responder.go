package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"

	"guiyi/internal/kernel/fault"
)

// statusClientGone is the status in the log when the client has disconnected. It is never sent.
const statusClientGone = 499

// Handler responds to a request or returns an error. It must not return an error after it has written a response.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Middleware returns a handler that wraps another one.
type Middleware = func(http.Handler) http.Handler

// Chain wraps h in all middlewares. The first one is the outermost.
func Chain(h http.Handler, all ...Middleware) http.Handler {
	for _, m := range slices.Backward(all) {
		h = m(h)
	}
	return h
}

// Problem is an error as the client sees it (RFC 9457). Every text in it is safe to show.
type Problem struct {
	Type     string       `json:"type"` // always "about:blank": the status is the kind
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail"`
	Instance string       `json:"instance,omitempty"` // the request id, for reports to the administrator
	Errors   []FieldError `json:"errors,omitempty"`
}

// FieldError is an error of one input field.
type FieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// Responder turns errors into responses.
type Responder struct {
	Log *slog.Logger
	// Page writes the body of an HTML error page after status and headers were written. If it is nil, every client gets
	// problem+json.
	Page func(w http.ResponseWriter, r *http.Request, p Problem) error
}

// Adapt returns an http.Handler that calls h and responds with its error.
func (rs *Responder) Adapt(h Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := record(w)
		if err := h(rec, r); err != nil {
			rs.fail(rec, r, err)
		}
	})
}

// Fail responds with the error. It is for code that is not a Handler, such as the ErrorHandler of a reverse proxy.
func (rs *Responder) Fail(w http.ResponseWriter, r *http.Request, err error) {
	rs.fail(record(w), r, err)
}

// Refuse responds with a status that no fault kind has, such as 405 or 429, and a text for the client. The caller sets
// further headers, such as Allow, before.
func (rs *Responder) Refuse(w http.ResponseWriter, r *http.Request, status int, detail string) {
	rs.answer(record(w), r, Problem{
		Type:     "about:blank",
		Title:    StatusTitle(status),
		Status:   status,
		Detail:   detail,
		Instance: RequestIDFrom(r.Context()),
	})
}

// Recover answers a panic of the handler with 500 without details. If a part of the response was already written, it
// closes the connection, so that the client finds the response incomplete.
func (rs *Responder) Recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := record(w)
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			rs.Log.ErrorContext(r.Context(), "panic", "panic", fmt.Sprint(v), "stack", string(debug.Stack()),
				"method", r.Method, "path", r.URL.Path, "request_id", RequestIDFrom(r.Context()))
			if rec.status != 0 {
				panic(http.ErrAbortHandler)
			}
			rs.answer(rec, r, NewProblem(r.Context(), errors.New("panic")))
		}()
		next.ServeHTTP(rec, r)
	})
}

func (rs *Responder) fail(rec *recorder, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
		rec.status = statusClientGone
		return
	}
	p := NewProblem(r.Context(), err)
	rs.Log.LogAttrs(r.Context(), levelOf(p.Status), "request failed",
		slog.String("kind", fault.KindOf(err).String()), slog.Int("status", p.Status), slog.String("err", err.Error()),
		slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("request_id", p.Instance))
	if rec.status != 0 {
		panic(http.ErrAbortHandler) // see Recover
	}
	rs.answer(rec, r, p)
}

func levelOf(status int) slog.Level {
	switch {
	case status == http.StatusServiceUnavailable:
		return slog.LevelWarn
	case status >= 500:
		return slog.LevelError
	case status == http.StatusNotFound:
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

func (rs *Responder) answer(rec *recorder, r *http.Request, p Problem) {
	h := rec.Header()
	for _, name := range []string{"Content-Length", "Content-Encoding", "Etag", "Last-Modified", "Expires"} {
		h.Del(name) // the handler may have set it before it failed
	}
	h.Set("Cache-Control", "no-store")
	if p.Status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "10")
	}
	var err error
	if rs.Page != nil && wantsHTML(r) {
		h.Set("Content-Type", "text/html; charset=utf-8")
		rec.WriteHeader(p.Status)
		err = rs.Page(rec, r, p)
	} else {
		h.Set("Content-Type", "application/problem+json; charset=utf-8")
		rec.WriteHeader(p.Status)
		err = json.NewEncoder(rec).Encode(p)
	}
	if err != nil {
		rs.Log.WarnContext(r.Context(), "error page not written", "err", err, "request_id", p.Instance)
	}
}

// wantsHTML reports whether Accept names HTML before JSON, as browsers do.
func wantsHTML(r *http.Request) bool {
	for item := range strings.SplitSeq(r.Header.Get("Accept"), ",") {
		media, params, _ := strings.Cut(strings.TrimSpace(item), ";")
		switch strings.ToLower(strings.TrimSpace(media)) {
		case "text/html", "application/xhtml+xml":
			return strings.ReplaceAll(params, " ", "") != "q=0"
		case "application/json", "application/problem+json":
			return false
		}
	}
	return false
}

// NewProblem returns the problem that the client gets for an error.
func NewProblem(ctx context.Context, err error) Problem {
	status := StatusOf(err)
	p := Problem{
		Type:     "about:blank",
		Title:    StatusTitle(status),
		Status:   status,
		Detail:   fault.Text(err),
		Instance: RequestIDFrom(ctx),
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		p.Detail = fmt.Sprintf("提交的内容超过上限 %d 字节。", tooLarge.Limit)
	}
	fields := fault.FieldsOf(err)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		p.Errors = append(p.Errors, FieldError{Field: name, Detail: fields[name]})
	}
	return p
}

// StatusOf returns the HTTP status for an error.
func StatusOf(err error) int {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	switch fault.KindOf(err) {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.Unsupported:
		return http.StatusUnsupportedMediaType
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Internal:
		if errors.Is(err, context.DeadlineExceeded) {
			return http.StatusServiceUnavailable
		}
	}
	return http.StatusInternalServerError
}

// StatusTitle returns the Chinese title of problems with a status.
func StatusTitle(status int) string {
	if t, ok := map[int]string{
		http.StatusBadRequest:            "请求有误",
		http.StatusUnauthorized:          "需要登录",
		http.StatusForbidden:             "没有权限",
		http.StatusNotFound:              "没有找到",
		http.StatusMethodNotAllowed:      "不支持的方法",
		http.StatusRequestTimeout:        "接收超时",
		http.StatusConflict:              "状态冲突",
		http.StatusGone:                  "已失效",
		http.StatusRequestEntityTooLarge: "内容过大",
		http.StatusUnsupportedMediaType:  "不支持的类型",
		http.StatusUnprocessableEntity:   "内容有误",
		http.StatusTooManyRequests:       "请求过于频繁",
		http.StatusServiceUnavailable:    "暂时无法服务",
	}[status]; ok {
		return t
	}
	return "系统内部错误"
}

// WriteJSON responds with v as JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Internal, err, "无法编码应答")
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(append(body, '\n'))
	return err
}
