package telemetry

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"guiyi/internal/kernel/fault"
)

// Checks run side by side, each once per report, and may be added meanwhile.
func TestHealthIsSafeForManyProbers(t *testing.T) {
	h := NewHealth()
	var mu sync.Mutex
	runs := 0
	h.Add("counted", func(context.Context) error {
		mu.Lock()
		defer mu.Unlock()
		runs++
		return nil
	})
	meet := make(chan struct{})
	h.Add("left", func(context.Context) error { meet <- struct{}{}; return nil })
	h.Add("right", func(context.Context) error { <-meet; return nil })
	const probers = 8
	var wg sync.WaitGroup
	for range probers {
		wg.Go(func() {
			if r := h.Report(t.Context()); r.Status != "ready" {
				t.Errorf("Report = %+v", r)
			}
			h.Add("late", func(context.Context) error { return nil })
		})
	}
	wg.Wait()
	if runs != probers {
		t.Errorf("%d runs of a check for %d reports", runs, probers)
	}
}

func TestHealthAddReplaces(t *testing.T) {
	h := NewHealth()
	h.Add("store", func(context.Context) error { return errors.New("old") })
	h.Add("store", func(context.Context) error { return nil })
	if r := h.Report(t.Context()); r.Status != "ready" || len(r.Checks) != 1 {
		t.Errorf("Report = %+v", r)
	}
}

// A check of what was closed is not reported.
func TestHealthRemove(t *testing.T) {
	h := NewHealth()
	bad := func(context.Context) error { return errors.New("closed") }
	h.Add("bus", bad)
	h.AddOptional("search", bad)
	h.Add("disk", func(context.Context) error { return nil })
	h.Remove("bus", "search", "never there")
	if r := h.Report(t.Context()); r.Status != "ready" || len(r.Checks) != 1 {
		t.Errorf("%+v", r)
	}
}

// A failed optional check is shown but does not make the process unready.
func TestHealthOptional(t *testing.T) {
	h := NewHealth()
	away := func(context.Context) error { return fault.New(fault.Unavailable, "消息总线未连接") }
	h.AddOptional("bus", away)
	r := h.Report(t.Context())
	if r.Status != "ready" || r.Checks["bus"].OK || !r.Checks["bus"].Optional || r.Checks["bus"].Error == "" {
		t.Errorf("Report = %+v", r)
	}
	h.Add("bus", away)
	if r := h.Report(t.Context()); r.Status != "not ready" || r.Checks["bus"].Optional {
		t.Errorf("a check that counts: %+v", r)
	}
}

func TestHealthTellsNothingOfUnknownErrors(t *testing.T) {
	h := NewHealth()
	h.Add("store", func(context.Context) error { return errors.New("dial tcp 10.0.0.5:5432: refused") })
	w := get(h.Ready(), "/readyz")
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "10.0.0.5") {
		t.Errorf("= %d %s", w.Code, w.Body)
	}
	var r Report
	if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || r.Checks["store"].Error == "" ||
		r.Checks["store"].MS < 0 {
		t.Errorf("report = %+v, %v", r, err)
	}
}

func TestOpsTakesReadsOnly(t *testing.T) {
	tel, _ := newTest(t, nil)
	for _, path := range []string{"/healthz", "/readyz", "/metrics"} {
		w := httptest.NewRecorder()
		tel.Ops().ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s = %d", path, w.Code)
		}
		w = httptest.NewRecorder()
		tel.Ops().ServeHTTP(w, httptest.NewRequest(http.MethodHead, path, nil))
		if w.Code != http.StatusOK {
			t.Errorf("HEAD %s = %d", path, w.Code)
		}
	}
}

// A receiver that cannot be reached must not stop the process, only be reported.
func TestTracesWithoutReceiver(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	tel, _ := newTest(t, func(o *Options) { o.Endpoint = gone.URL })
	_, end := tel.Span(t.Context(), "work")
	end(nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tel.Shutdown(ctx); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Shutdown = %v", err)
	}
}

func TestTracesPath(t *testing.T) {
	for _, suffix := range []string{"", "/", "/v1/traces"} {
		url, spans := receiver(t)
		tel, _ := newTest(t, func(o *Options) { o.Endpoint = url + suffix })
		_, end := tel.Span(t.Context(), "work")
		end(nil)
		if err := tel.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		select {
		case <-spans:
		default:
			t.Errorf("nothing came to %q", suffix)
		}
	}
}
