package telemetry

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"guiyi/internal/kernel/fault"
)

const tracesPath = "/v1/traces"

// tracing sends spans; the zero value sends none.
type tracing struct{ provider *sdktrace.TracerProvider }

func newTracing(ctx context.Context, o Options, log *slog.Logger) (tracing, error) {
	if o.Endpoint == "" {
		return tracing{}, nil
	}
	u, err := url.Parse(o.Endpoint)
	if err != nil || u.Host == "" {
		return tracing{}, fault.Wrap(fault.Invalid, err, "链路追踪地址无效，应为 http://主机:端口")
	}
	if !strings.HasSuffix(u.Path, tracesPath) { // the endpoint is a base address, as in OTEL_EXPORTER_OTLP_ENDPOINT
		u = u.JoinPath(tracesPath)
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()))
	if err != nil {
		return tracing{}, fault.Wrap(fault.Invalid, err, "无法使用链路追踪地址")
	}
	// The library has one error handler per process for failed exports.
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("tracing failed", KeyErr, err) }))
	return tracing{sdktrace.NewTracerProvider(
		sdktrace.WithBatcher(exporter),
		sdktrace.WithResource(resource.NewSchemaless(
			attribute.String("service.name", o.Service), attribute.String("service.version", o.Version))),
	)}, nil
}

func (t tracing) middleware(listener string, public bool, next http.Handler) http.Handler {
	if t.provider == nil {
		return next
	}
	return otelhttp.NewHandler(next, listener,
		otelhttp.WithTracerProvider(t.provider),
		otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithPublicEndpointFn(func(*http.Request) bool { return public }))
}

func (t tracing) shutdown(ctx context.Context) error {
	if t.provider == nil {
		return nil
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		return fault.Wrap(fault.Unavailable, err, "链路追踪数据未能全部送出")
	}
	return nil
}

// Span begins a piece of work; call end with its outcome. Without an endpoint it does nothing.
func (t *Telemetry) Span(ctx context.Context, name string) (_ context.Context, end func(error)) {
	if t.tracing.provider == nil {
		return ctx, func(error) {}
	}
	ctx, span := t.tracing.provider.Tracer("guiyi").Start(ctx, name)
	return ctx, func(err error) {
		if err != nil {
			span.RecordError(err)
		}
		span.End()
	}
}

// Transport propagates the trace to the server that a request goes to.
func (t *Telemetry) Transport(base http.RoundTripper) http.RoundTripper {
	if t.tracing.provider == nil {
		return base
	}
	return otelhttp.NewTransport(base,
		otelhttp.WithTracerProvider(t.tracing.provider), otelhttp.WithPropagators(propagation.TraceContext{}))
}

// TraceID is the id of the trace that ctx belongs to, "" when there is none.
func TraceID(ctx context.Context) string {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		return s.TraceID().String()
	}
	return ""
}
