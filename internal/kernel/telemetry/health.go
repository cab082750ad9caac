package telemetry

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"guiyi/internal/kernel/fault"
)

// checkTime is how long a check may take before it counts as failed.
const checkTime = 5 * time.Second

// Check returns an error when something that the process uses is not available. It must return when its context ends.
type Check func(ctx context.Context) error

// Health holds the checks of a process.
type Health struct {
	mu       sync.Mutex
	checks   map[string]Check
	optional map[string]bool // checks that are shown but do not affect readiness
	stopping atomic.Bool
}

// NewHealth returns a Health without checks; it is ready.
func NewHealth() *Health { return &Health{checks: map[string]Check{}, optional: map[string]bool{}} }

// Add adds a check; it replaces an earlier one of the same name.
func (h *Health) Add(name string, c Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks[name] = c
	delete(h.optional, name)
}

// AddOptional is Add for something that the process does not need: the report shows it, but readiness does not depend
// on it.
func (h *Health) AddOptional(name string, c Check) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks[name] = c
	h.optional[name] = true
}

// Remove removes checks; names that are not there are ignored.
func (h *Health) Remove(names ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, name := range names {
		delete(h.checks, name)
		delete(h.optional, name)
	}
}

// Stop makes the process not ready for good, so that a balancer sends no more requests while the last ones finish.
func (h *Health) Stop() { h.stopping.Store(true) }

// State is the outcome of a check.
type State struct {
	OK       bool    `json:"ok"`
	Optional bool    `json:"optional,omitempty"` // the process is ready without it
	Error    string  `json:"error,omitempty"`    // safe text
	MS       float64 `json:"ms"`                 // how long it took, in milliseconds
}

// Report is the answer of /readyz.
type Report struct {
	Status string           `json:"status"` // "ready", "not ready" or "stopping"
	Checks map[string]State `json:"checks"`
}

// Report runs all checks in parallel.
func (h *Health) Report(ctx context.Context) Report {
	h.mu.Lock()
	results, optional := make(map[string]<-chan State, len(h.checks)), maps.Clone(h.optional)
	for name, c := range h.checks {
		results[name] = run(ctx, c)
	}
	h.mu.Unlock()
	r := Report{Status: "ready", Checks: map[string]State{}}
	for name, result := range results {
		s := <-result
		s.Optional = optional[name]
		r.Checks[name] = s
		if !s.OK && !s.Optional {
			r.Status = "not ready"
		}
	}
	if h.stopping.Load() {
		r.Status = "stopping"
	}
	return r
}

// run returns within checkTime, even if the check does not.
func run(ctx context.Context, c Check) <-chan State {
	out := make(chan State, 1)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, checkTime)
		defer cancel()
		start := time.Now()
		done := make(chan error, 1)
		go func() { done <- guarded(ctx, c) }()
		var err error
		select {
		case err = <-done:
		case <-ctx.Done():
			err = fault.Wrap(fault.Unavailable, ctx.Err(), "检查未在 %s 内完成", checkTime)
		}
		s := State{OK: err == nil, MS: float64(time.Since(start).Microseconds()) / 1000}
		if err != nil {
			s.Error = fault.Text(err)
		}
		out <- s
	}()
	return out
}

func guarded(ctx context.Context, c Check) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return c(ctx)
}

// Live answers 200 as long as the process can answer at all.
func (h *Health) Live() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeReport(w, http.StatusOK, map[string]string{"status": "alive"})
	})
}

// Ready answers with the report, 503 when the process should get no requests.
func (h *Health) Ready() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		report, status := h.Report(r.Context()), http.StatusOK
		if report.Status != "ready" {
			status = http.StatusServiceUnavailable
		}
		writeReport(w, status, report)
	})
}

func writeReport(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // fails only when the client is gone
}
