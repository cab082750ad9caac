package accesslog

import (
	"log/slog"
	"testing"
	"time"
)

func BenchmarkAdd(b *testing.B) {
	l, err := Open(Options{Dir: b.TempDir(), Format: Combined, Log: slog.New(slog.DiscardHandler), Zone: time.UTC,
		BufferBytes: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	r := sample(newClock())
	r.Target, r.Published = "/zwgk/", true
	b.ReportAllocs()
	for b.Loop() {
		l.Add(r)
	}
	b.StopTimer()
	l.Close()
}
