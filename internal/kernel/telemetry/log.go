package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"guiyi/internal/kernel/fault"
)

// The keys of log lines that the kernel writes. Each has the same meaning everywhere.
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
	if o.Common != nil {
		h = &dedup{Handler: h, seen: &seenLines{common: o.Common, last: map[string]repeat{}, now: time.Now}}
	}
	log := slog.New(traced{h})
	if o.Format == "json" { // a person at a terminal knows which program runs
		log = log.With(KeyService, o.Service, KeyVersion, o.Version)
	}
	return log, nil
}

// traced is a log handler that adds the trace ids of the context.
type traced struct{ slog.Handler }

func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if s := trace.SpanContextFromContext(ctx); s.IsValid() {
		r.AddAttrs(slog.String(KeyTraceID, s.TraceID().String()), slog.String(KeySpanID, s.SpanID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }
func (h traced) WithGroup(name string) slog.Handler       { return traced{h.Handler.WithGroup(name)} }

// repeatTime is how often the same line about a common cause is logged at most.
const repeatTime = time.Minute

// dedup is a log handler for lines with a common cause, such as a full disk: it logs each text once a minute. The
// next line says how many were suppressed.
type dedup struct {
	slog.Handler
	seen *seenLines
}

type seenLines struct {
	common func(error) string
	now    func() time.Time

	mu   sync.Mutex
	last map[string]repeat // by cause and text; bounded by the number of log calls in the program
}

type repeat struct {
	at         time.Time
	suppressed int
}

func (h *dedup) Handle(ctx context.Context, r slog.Record) error {
	cause := ""
	if r.Level >= slog.LevelWarn {
		r.Attrs(func(a slog.Attr) bool {
			if err, ok := a.Value.Any().(error); ok {
				cause = h.seen.common(err)
			}
			return cause == ""
		})
	}
	if cause != "" {
		suppressed, quiet := h.seen.repeated(cause + "\n" + r.Message)
		if quiet {
			return nil
		}
		if suppressed > 0 {
			r.AddAttrs(slog.Int("not_logged", suppressed))
		}
	}
	return h.Handler.Handle(ctx, r)
}

// repeated reports whether the line was logged less than a minute ago; if not, how many were suppressed since then.
func (t *seenLines) repeated(key string) (suppressed int, quiet bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	last, known := t.last[key]
	if known && now.Sub(last.at) < repeatTime && !now.Before(last.at) {
		last.suppressed++
		t.last[key] = last
		return 0, true
	}
	t.last[key] = repeat{at: now}
	return last.suppressed, false
}

func (h *dedup) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &dedup{h.Handler.WithAttrs(attrs), h.seen}
}
func (h *dedup) WithGroup(name string) slog.Handler {
	return &dedup{h.Handler.WithGroup(name), h.seen}
}
