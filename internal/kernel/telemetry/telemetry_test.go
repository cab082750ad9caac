package telemetry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
)

func newTest(t *testing.T, change func(*Options)) (*Telemetry, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	o := Options{Service: "guiyi", Version: "1.2.3", Format: "json", Level: "info", Out: &log}
	if change != nil {
		change(&o)
	}
	tel, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return tel, &log
}

func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

func TestLog(t *testing.T) {
	tel, log := newTest(t, nil)
	tel.Log.Debug("hidden")
	tel.Log.With("a", 1).WithGroup("g").Info("shown", "b", "two\nlines")
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v in %s", err, log)
	}
	if line["msg"] != "shown" || line[KeyService] != "guiyi" || line[KeyVersion] != "1.2.3" || line["a"] != 1.0 ||
		line[KeyTraceID] != nil {
		t.Errorf("line = %v", line)
	}
	tel, log = newTest(t, func(o *Options) { o.Format, o.Level = "text", "debug" })
	tel.Log.Debug("shown", "b", "two\nlines")
	if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "level=DEBUG") {
		t.Errorf("line = %q", log)
	}
	for _, o := range []Options{{Format: "xml", Level: "info"}, {Format: "text", Level: "loud"}, {Format: "text"},
		{Level: "info"},
		{Format: "text", Level: "info", Endpoint: "host:4318"},
		{Format: "text", Level: "info", Endpoint: "http://%zz"}} {
		o.Out = io.Discard
		if _, err := New(t.Context(), o); !fault.Is(err, fault.Invalid) {
			t.Errorf("New(%+v) = %v", o, err)
		}
	}
}

func TestMetrics(t *testing.T) {
	tel, _ := newTest(t, nil)
	h := tel.HTTP("public", true)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if TraceID(r.Context()) != "" {
			t.Error("a trace without an endpoint")
		}
		w.WriteHeader(http.StatusTeapot)
	}))
	get(h, "/x")
	strange := httptest.NewRequest(http.MethodGet, "/x", nil)
	strange.Method = "EVIL\"}\n" // every new label value costs memory
	h.ServeHTTP(httptest.NewRecorder(), strange)
	tel.HTTP("studio", false)(http.NotFoundHandler()).ServeHTTP(httptest.NewRecorder(),
		httptest.NewRequest(http.MethodPost, "/", nil))
	body := get(tel.Ops(), "/metrics").Body.String()
	for _, want := range []string{
		`http_requests_total{code="418",listener="public",method="get"} 1`,
		`http_requests_total{code="418",listener="public",method="unknown"} 1`,
		`http_requests_total{code="404",listener="studio",method="post"} 1`,
		`http_request_seconds_count{listener="public"} 2`,
		`http_requests_in_flight{listener="public"} 0`,
		`guiyi_build_info{service="guiyi",version="1.2.3"} 1`,
		"go_goroutines ", "process_open_fds ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("missing %s", want)
		}
	}
	if strings.Contains(body, "EVIL") {
		t.Error("a client makes labels")
	}
}

// receiver imitates an OpenTelemetry collector.
func receiver(t *testing.T) (url string, spans <-chan []byte) {
	got := make(chan []byte, 10)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" {
			body, _ := io.ReadAll(r.Body)
			got <- body
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func TestTraces(t *testing.T) {
	url, spans := receiver(t)
	tel, log := newTest(t, func(o *Options) { o.Endpoint = url })
	const sent = "0af7651916cd43dd8448eb211c80319c"
	var ids []string
	inner := httptest.NewServer(tel.HTTP("portal",
		false)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ids = append(ids, TraceID(r.Context()))
	})))
	defer inner.Close()
	client := &http.Client{Transport: tel.Transport(http.DefaultTransport)}
	outer := tel.HTTP("public", true)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		ctx, end := tel.Span(r.Context(), "work")
		ids = append(ids, TraceID(ctx))
		tel.Log.InfoContext(ctx, "working")
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, inner.URL, nil)
		if err != nil {
			t.Error(err)
			return
		}
		resp, err := client.Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		resp.Body.Close()
		end(errors.New("failed work"))
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Traceparent", "00-"+sent+"-b7ad6b7169203331-01")
	outer.ServeHTTP(httptest.NewRecorder(), r)
	if len(ids) != 2 || ids[0] == "" || ids[0] == sent || ids[1] != ids[0] {
		t.Errorf("trace ids = %v; want one of our own, carried on", ids)
	}
	if !strings.Contains(log.String(), `"trace_id":"`+ids[0]+`"`) {
		t.Errorf("the log lacks the trace: %s", log)
	}
	if err := tel.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	select { // Shutdown has sent everything
	case body := <-spans:
		if !bytes.Contains(body, []byte("failed work")) || !bytes.Contains(body, []byte("guiyi")) {
			t.Errorf("the receiver got %d bytes without our span", len(body))
		}
	default:
		t.Error("the receiver got nothing")
	}
}

func TestNoTraces(t *testing.T) {
	tel, _ := newTest(t, nil)
	ctx, end := tel.Span(t.Context(), "work")
	end(nil)
	if ctx != t.Context() || tel.Transport(http.DefaultTransport) != http.DefaultTransport || tel.Shutdown(ctx) != nil {
		t.Error("tracing without an endpoint does something")
	}
}

func TestHealth(t *testing.T) {
	tel, _ := newTest(t, nil)
	ops := tel.Ops()
	if w := get(ops, "/healthz"); w.Code != 200 || !strings.Contains(w.Body.String(), `"alive"`) {
		t.Errorf("/healthz = %d %s", w.Code, w.Body)
	}
	if w := get(ops, "/readyz"); w.Code != 200 {
		t.Errorf("/readyz without checks = %d %s", w.Code, w.Body)
	}
	var broken error
	tel.Health.Add("store", func(context.Context) error { return nil })
	tel.Health.Add("bus", func(context.Context) error { return broken })
	if r := tel.Health.Report(t.Context()); r.Status != "ready" || !r.Checks["store"].OK || !r.Checks["bus"].OK {
		t.Errorf("Report = %+v", r)
	}
	broken = fault.Wrap(fault.Unavailable, errors.New("password hunter2"), "消息总线未连接")
	w := get(ops, "/readyz")
	var r Report
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if w.Code != 503 || r.Status != "not ready" || r.Checks["bus"].OK || r.Checks["bus"].Error != "消息总线未连接" ||
		!r.Checks["store"].OK {
		t.Errorf("= %d %+v", w.Code, r)
	}
	if strings.Contains(w.Body.String(), "hunter2") || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("answer = %v %s", w.Header(), w.Body)
	}
	broken = nil
	tel.Health.Stop()
	if w := get(ops, "/readyz"); w.Code != 503 || !strings.Contains(w.Body.String(), `"stopping"`) {
		t.Errorf("while stopping: %d %s", w.Code, w.Body)
	}
	if w := get(ops, "/healthz"); w.Code != 200 {
		t.Errorf("while stopping the process is alive, but /healthz = %d", w.Code)
	}
	if w := get(ops, "/"); w.Code != 404 {
		t.Errorf("/ = %d", w.Code)
	}
}

func TestHealthOutlastsBadChecks(t *testing.T) {
	h := NewHealth()
	forever := make(chan struct{})
	defer close(forever)
	h.Add("hangs", func(context.Context) error { <-forever; return nil })
	h.Add("panics", func(context.Context) error { panic("secret") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := h.Report(ctx)
	if r.Status != "not ready" || r.Checks["hangs"].OK || r.Checks["panics"].OK ||
		strings.Contains(r.Checks["panics"].Error, "secret") {
		t.Errorf("Report = %+v", r)
	}
}

var _ slog.Handler = traced{}
