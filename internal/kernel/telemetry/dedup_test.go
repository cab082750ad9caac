package telemetry

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// TestRepeatedCauses: lines with a common cause are logged once a minute for each text, with the number of those
// suppressed; every other line is logged.
func TestRepeatedCauses(t *testing.T) {
	full, other := errors.New("full"), errors.New("other")
	var out bytes.Buffer
	now := time.Unix(1_800_000_000, 0)
	h := &dedup{slog.NewTextHandler(&out, nil), &seenLines{
		common: func(err error) string {
			if errors.Is(err, full) {
				return "disk"
			}
			return ""
		},
		now:  func() time.Time { return now },
		last: map[string]repeat{},
	}}
	log := slog.New(h).With("part", "x")
	lines := func(want int) string {
		t.Helper()
		text := out.String()
		if n := strings.Count(text, "\n"); n != want {
			t.Errorf("%d lines, want %d:\n%s", n, want, text)
		}
		out.Reset()
		return text
	}
	for range 5 {
		log.Error("a", "err", errors.Join(full, other))
		log.Warn("b", "err", full)
	}
	lines(2)
	for range 3 {
		log.Error("a", "err", other)
		log.Info("a", "err", full) // information lines are never suppressed
		log.Error("a")
	}
	lines(9)
	now = now.Add(59 * time.Second)
	log.Error("a", "err", full)
	lines(0)
	now = now.Add(time.Second)
	log.With("more", 1).Error("a", "err", full)
	if text := lines(1); !strings.Contains(text, "not_logged=5") || !strings.Contains(text, "part=x") {
		t.Error(text)
	}
	now = now.Add(-time.Hour) // nothing is suppressed when the clock is set back
	log.Error("a", "err", full)
	lines(1)
}
