package telemetry

import (
	"context"
	"log/slog"
	"sync"
	"time"

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
	if o.Common != nil {
		h = &sparing{Handler: h, told: &told{common: o.Common, last: map[string]repeat{}, now: time.Now}}
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

// spareTime is how often the same line about a common cause is logged.
const spareTime = time.Minute

// sparing logs lines that have one cause in common, as all that fails on a full disk, once a minute for each text. The
// next one says how many there were.
type sparing struct {
	slog.Handler
	told *told
}

type told struct {
	common func(error) string
	now    func() time.Time

	mu   sync.Mutex
	last map[string]repeat // by cause and text; there are as many as log calls in the program
}

type repeat struct {
	at    time.Time
	spare int
}

func (h *sparing) Handle(ctx context.Context, r slog.Record) error {
	cause := ""
	if r.Level >= slog.LevelWarn {
		r.Attrs(func(a slog.Attr) bool {
			if err, ok := a.Value.Any().(error); ok {
				cause = h.told.common(err)
			}
			return cause == ""
		})
	}
	if cause != "" {
		spared, quiet := h.told.again(cause + "\n" + r.Message)
		if quiet {
			return nil
		}
		if spared > 0 {
			r.AddAttrs(slog.Int("not_logged", spared))
		}
	}
	return h.Handler.Handle(ctx, r)
}

// again reports whether a line was logged within a minute; if not, how many were not since.
func (t *told) again(key string) (spared int, quiet bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	last, known := t.last[key]
	if known && now.Sub(last.at) < spareTime && !now.Before(last.at) {
		last.spare++
		t.last[key] = last
		return 0, true
	}
	t.last[key] = repeat{at: now}
	return last.spare, false
}

func (h *sparing) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &sparing{h.Handler.WithAttrs(attrs), h.told}
}
func (h *sparing) WithGroup(name string) slog.Handler {
	return &sparing{h.Handler.WithGroup(name), h.told}
}
