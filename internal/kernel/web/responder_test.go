package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
)

// responder returns one that renders a tiny page, and its log.
func responder() (*Responder, *bytes.Buffer) {
	var log bytes.Buffer
	return &Responder{
		Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Page: func(w http.ResponseWriter, _ *http.Request, p Problem) error {
			_, err := fmt.Fprintf(w, "<!DOCTYPE html>\n<title>%s</title>%s %s", p.Title, p.Detail, p.Instance)
			return err
		},
	}, &log
}

func get(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestErrorsBecomeAnswers(t *testing.T) {
	cause := errors.New("pq: password authentication failed for user hunter2")
	for name, c := range map[string]struct {
		err    error
		status int
		says   string
	}{
		"invalid":         {fault.Wrap(fault.Invalid, cause, "标题不能为空"), 400, "标题不能为空"},
		"unauthenticated": {fault.New(fault.Unauthenticated, "请先登录"), 401, "请先登录"},
		"forbidden":       {fault.New(fault.Forbidden, "无权操作"), 403, "无权操作"},
		"not found":       {fault.New(fault.NotFound, "没有该文章"), 404, "没有该文章"},
		"conflict":        {fault.New(fault.Conflict, "已被他人修改"), 409, "已被他人修改"},
		"too large":       {fault.New(fault.TooLarge, "附件过大"), 413, "附件过大"},
		"max bytes":       {fmt.Errorf("read: %w", &http.MaxBytesError{Limit: 9}), 413, "9 字节"},
		"unsupported":     {fault.New(fault.Unsupported, "不支持 exe"), 415, "不支持 exe"},
		"unavailable":     {fault.Wrap(fault.Unavailable, cause, "请稍后重试"), 503, "请稍后重试"},
		"deadline":        {fmt.Errorf("query: %w", context.DeadlineExceeded), 503, ""},
		"internal":        {fault.Wrap(fault.Internal, cause, "not for you"), 500, "系统内部错误"},
		"unknown":         {cause, 500, "系统内部错误"},
	} {
		t.Run(name, func(t *testing.T) {
			rs, log := responder()
			h := RequestID(rs.Adapt(func(w http.ResponseWriter, _ *http.Request) error {
				w.Header().Set("ETag", `"x"`)
				w.Header().Set("Cache-Control", "public, max-age=99")
				return c.err
			}))
			w := get(h, "/a", "X-Request-Id", "req-12345678")
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
				t.Fatalf("%v in %s", err, w.Body)
			}
			if w.Code != c.status || p.Status != c.status || p.Type != "about:blank" || p.Title == "" ||
				p.Instance != "req-12345678" {
				t.Errorf("%d %+v, want %d", w.Code, p, c.status)
			}
			if !strings.Contains(p.Detail, c.says) || strings.Contains(w.Body.String(), "hunter2") ||
				strings.Contains(w.Body.String(), "not for you") {
				t.Errorf("detail = %q", p.Detail)
			}
			if h := w.Header(); h.Get("Content-Type") != "application/problem+json; charset=utf-8" ||
				h.Get("Cache-Control") != "no-store" || h.Get("ETag") != "" {
				t.Errorf("header = %v", h)
			}
			if (w.Header().Get("Retry-After") != "") != (c.status == 503) {
				t.Errorf("Retry-After = %q", w.Header().Get("Retry-After"))
			}
			if !strings.Contains(log.String(), "req-12345678") ||
				(errors.Is(c.err, cause) && !strings.Contains(log.String(), "hunter2")) {
				t.Errorf("the log lacks id or cause: %s", log)
			}
			page := get(h, "/a", "Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
			if page.Code != c.status || page.Header().Get("Content-Type") != "text/html; charset=utf-8" ||
				!strings.Contains(page.Body.String(), c.says) || strings.Contains(page.Body.String(), "hunter2") {
				t.Errorf("page = %d %s", page.Code, page.Body)
			}
		})
	}
}

func TestFieldErrors(t *testing.T) {
	rs, _ := responder()
	w := get(rs.Adapt(func(http.ResponseWriter, *http.Request) error {
		return fault.InvalidFields(map[string]string{"title": "不能为空", "date": "格式应为 2006-01-02"}, "提交的内容有误")
	}), "/")
	want := `"errors":[{"field":"date","detail":"格式应为 2006-01-02"},{"field":"title","detail":"不能为空"}]`
	if !strings.Contains(w.Body.String(), want) {
		t.Errorf("body = %s", w.Body)
	}
}

func TestWantsHTML(t *testing.T) {
	for accept, want := range map[string]bool{
		"": false, "*/*": false, "text/html": true, "TEXT/HTML;q=0.9": true, "application/json, text/html": false,
		"text/html;q=0": false, "application/xhtml+xml": true, "image/png": false, ",;,": false,
		"text/plain, text/html": true,
	} {
		if got := wantsHTML(&http.Request{Header: http.Header{"Accept": {accept}}}); got != want {
			t.Errorf("wantsHTML(%q) = %v", accept, got)
		}
	}
}

func TestGoodAnswerIsLeftAlone(t *testing.T) {
	rs, log := responder()
	w := get(rs.Adapt(func(w http.ResponseWriter, _ *http.Request) error {
		return WriteJSON(w, http.StatusCreated, map[string]int{"n": 1})
	}), "/")
	if w.Code != 201 || w.Body.String() != "{\"n\":1}\n" || log.Len() != 0 {
		t.Errorf("= %d %q %s", w.Code, w.Body, log)
	}
	w = get(rs.Adapt(func(w http.ResponseWriter, _ *http.Request) error {
		return WriteJSON(w, http.StatusOK, func() {})
	}), "/")
	if w.Code != 500 {
		t.Errorf("a value that JSON cannot hold gives %d", w.Code)
	}
}

func TestPanicIsHidden(t *testing.T) {
	rs, log := responder()
	h := RequestID(rs.Recover(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("secret detail") })))
	w := get(h, "/x", "Accept", "text/html")
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), "系统内部错误") {
		t.Errorf("= %d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "secret detail") || !strings.Contains(log.String(), "responder_test.go") {
		t.Errorf("the log lacks text or stack: %s", log)
	}
}

// Once something was sent, the only way to signal an error is to close the connection.
func TestFailureInTheMiddleBreaksTheConnection(t *testing.T) {
	rs, _ := responder()
	for name, h := range map[string]http.Handler{
		"error": rs.Adapt(func(w http.ResponseWriter, _ *http.Request) error {
			io.WriteString(w, "half")
			return errors.New("late")
		}),
		"panic": http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "half")
			panic("late")
		}),
		"abort": http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
	} {
		s := httptest.NewServer(AccessLog{Log: slog.New(slog.DiscardHandler)}.Middleware(rs.Recover(h)))
		resp, err := http.Get(s.URL)
		if err == nil {
			_, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: the client takes the answer for whole", name)
		}
		s.Close()
	}
}

func TestClientGoneIsNoError(t *testing.T) {
	rs, log := responder()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w := httptest.NewRecorder()
	rs.Adapt(func(http.ResponseWriter, *http.Request) error {
		return fault.Wrap(fault.Unavailable, context.Canceled, "已取消")
	}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil).WithContext(ctx))
	if log.Len() != 0 || w.Body.Len() != 0 {
		t.Errorf("log %s, body %s", log, w.Body)
	}
}

func TestBrokenErrorPageIsLogged(t *testing.T) {
	rs, log := responder()
	rs.Page = func(http.ResponseWriter, *http.Request, Problem) error { return errors.New("template missing") }
	w := get(rs.Adapt(func(http.ResponseWriter, *http.Request) error { return fault.New(fault.NotFound, "x") }), "/",
		"Accept", "text/html")
	if w.Code != 404 || !strings.Contains(log.String(), "template missing") {
		t.Errorf("= %d, log %s", w.Code, log)
	}
}
