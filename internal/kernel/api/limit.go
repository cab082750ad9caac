package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how many requests each actor may make: Burst at once, then PerSecond. The zero
// Rate is without limit. Each process counts for itself.
type Rate struct{ PerSecond, Burst int }

// maxBuckets is of how many actors the accounts are kept; beyond it all start again.
const maxBuckets = 10_000

// limiter keeps a token bucket for each actor.
type limiter struct {
	rate    Rate
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newBuckets() map[string]*rate.Limiter { return map[string]*rate.Limiter{} }

// take counts a request at the moment now. When it is one too many it returns how long to
// wait before the next.
func (l *limiter) take(who string, now time.Time) time.Duration {
	if l.rate == (Rate{}) {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[who]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			clear(l.buckets)
		}
		b = rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst)
		l.buckets[who] = b
	}
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
