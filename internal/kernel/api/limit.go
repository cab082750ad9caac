package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is how many requests each token may make: Burst at once, then PerSecond. The zero
// Rate is without limit. Each process counts for itself.
type Rate struct{ PerSecond, Burst int }

// maxBuckets is of how many tokens the accounts are kept; beyond it all begin anew.
const maxBuckets = 10_000

// limiter keeps a token bucket for each token, by its id.
type limiter struct {
	rate    Rate
	mu      sync.Mutex
	buckets map[int64]*rate.Limiter
}

func newBuckets() map[int64]*rate.Limiter { return map[int64]*rate.Limiter{} }

// take counts a request at the moment now. When it is one too many it returns how long to
// wait before the next.
func (l *limiter) take(token int64, now time.Time) time.Duration {
	if l.rate == (Rate{}) {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.buckets[token]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			clear(l.buckets)
		}
		b = rate.NewLimiter(rate.Limit(l.rate.PerSecond), l.rate.Burst)
		l.buckets[token] = b
	}
	r := b.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}
