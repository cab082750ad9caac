package dynamic

import (
	"sync"
	"time"
)

// limiter counts calls per client in fixed windows. All counts are dropped at the end of a window, and a window has at
// most maxClients, so the memory is bounded.
type limiter struct {
	limit  int
	window time.Duration

	mu    sync.Mutex
	start time.Time
	calls map[string]int
}

const maxClients = 100_000

func newLimiter(limit int, window time.Duration) *limiter {
	return &limiter{limit: limit, window: window, calls: map[string]int{}}
}

// allow counts a call at the time now. When the limit is exceeded, it returns how long to wait.
func (l *limiter) allow(client string, now time.Time) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if age := now.Sub(l.start); age >= l.window || age < 0 {
		l.start = now
		clear(l.calls)
	}
	if _, known := l.calls[client]; !known && len(l.calls) >= maxClients {
		client = "" // all further clients share one counter
	}
	l.calls[client]++
	if l.calls[client] > l.limit {
		return l.window - now.Sub(l.start), false
	}
	return 0, true
}
