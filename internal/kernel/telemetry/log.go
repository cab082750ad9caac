package telemetry

import (
	"context"
	"log/slog"

	"go.opentelemetry.io/otel/trace"

	"guiyi/internal/kernel/fault"
)

// The keys of log lines that the kernel writes; one meaning each, everywhere.
const (
	KeyService   = "service"
	KeyVersion   = "version"
	KeyComponent = "component"
	KeyTraceID   = "trace_id"
	KeySpanID    = "span_id"
	KeyRequestID = "request_id"
	KeyErr       = "err"
)

func newLog(o Options) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Level)); err != nil {
		return nil, fault.Wrap(fault.Invalid, err, "日志级别 %q 无效，允许：debug、info、warn、error", o.Level)
	}
	var h slog.Handler
	switch o.Format {
	case "text":
		h = slog.NewTextHandler(o.Out, &slog.HandlerOptions{Level: level})
	case "json":
		h = slog.NewJSONHandler(o.Out, &slog.HandlerOptions{Level: level})
	default:
		return nil, fault.New(fault.Invalid, "日志格式 %q 无效，允许：text、json", o.Format)
	}
	log := slog.New(traced{h})
	if o.Format == "json" { // a person at a terminal knows what runs there
		log = log.With(KeyService, o.Service, KeyVersion, o.Version)
	}
	return log, nil
}

// traced adds the ids of the trace that the context belongs to.
type traced struct{ slog.Handler }

func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		r.AddAttrs(slog.String(KeyTraceID, s.TraceID().String()), slog.String(KeySpanID, s.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }
func (h traced) WithGroup(name string) slog.Handler       { return traced{h.Handler.WithGroup(name)} }
