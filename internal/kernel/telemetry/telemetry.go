package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"guiyi/internal/kernel/fault"
)

// Options say how to observe a process.
type Options struct {
	Service string    // name of the program, in logs and traces
	Version string    // of the program
	Format  string    // of the log: "text" or "json"
	Level   string    // of the log: "debug", "info", "warn" or "error"
	Out     io.Writer // where the log goes
	// Common returns the common cause of an error, such as a full disk; "" when it has none. The same line about one
	// cause is logged once a minute. When Common is nil, every line is logged.
	Common   func(error) string
	Endpoint string // OTLP/HTTP receiver of traces, such as "http://127.0.0.1:4318"; "" for none
}

// Telemetry holds the log, metrics, traces and health of a process.
type Telemetry struct {
	Log      *slog.Logger
	Registry *prometheus.Registry
	Health   *Health

	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight *prometheus.GaugeVec
	tracing  tracing
}

// New sets up logs, metrics and, with an endpoint, traces. A receiver that cannot be reached is no error.
func New(ctx context.Context, o Options) (*Telemetry, error) {
	log, err := newLog(o)
	if err != nil {
		return nil, err
	}
	tracing, err := newTracing(ctx, o, log)
	if err != nil {
		return nil, err
	}
	t := &Telemetry{
		Log:      log,
		Registry: prometheus.NewRegistry(),
		Health:   NewHealth(),
		tracing:  tracing,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "HTTP requests answered.",
		}, []string{"listener", "method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_seconds", Help: "Time to answer an HTTP request, in seconds.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"listener"}),
		inFlight: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "http_requests_in_flight", Help: "HTTP requests being answered.",
		}, []string{"listener"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "guiyi_build_info", Help: "Always 1; the labels say what runs.",
		ConstLabels: prometheus.Labels{"service": o.Service, "version": o.Version},
	})
	build.Set(1)
	for _, c := range []prometheus.Collector{
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		build, t.requests, t.seconds, t.inFlight,
	} {
		if err := t.Registry.Register(c); err != nil {
			return nil, fault.Wrap(fault.Internal, err, "无法登记监控指标")
		}
	}
	return t, nil
}

// HTTP observes the requests of a listener: metrics always, traces with an endpoint. A request from the public starts
// a new trace, whatever its headers say.
func (t *Telemetry) HTTP(listener string, public bool) func(http.Handler) http.Handler {
	label := prometheus.Labels{"listener": listener}
	return func(next http.Handler) http.Handler {
		next = t.tracing.middleware(listener, public, next)
		next = promhttp.InstrumentHandlerCounter(t.requests.MustCurryWith(label), next)
		next = promhttp.InstrumentHandlerDuration(t.seconds.MustCurryWith(label), next)
		return promhttp.InstrumentHandlerInFlight(t.inFlight.With(label), next)
	}
}

// Ops serves /healthz, /readyz and /metrics. It is for operators: mount it on an inner listener only.
func (t *Telemetry) Ops() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(t.Registry, promhttp.HandlerOpts{
		ErrorLog: slog.NewLogLogger(t.Log.Handler(), slog.LevelWarn), Registry: t.Registry,
	}))
	mux.Handle("GET /healthz", t.Health.Live())
	mux.Handle("GET /readyz", t.Health.Ready())
	return mux
}

// Shutdown sends buffered spans.
func (t *Telemetry) Shutdown(ctx context.Context) error { return t.tracing.shutdown(ctx) }
