package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate limits the requests of each actor in each process: Burst requests at once, then PerSecond. The zero Rate means
// no limit.
type Rate struct{ PerSecond, Burst int }

// maxBuckets is the maximum number of token buckets. When it is reached, all buckets are removed.
const maxBuckets = 10_000

// limiter has a token bucket for each actor.
type limiter struct {
	rate    Rate
	mu      sync.Mutex
	buckets map[string]*rate.Limiter
}

func newBuckets() map[string]*rate.Limiter { return map[string]*rate.Limiter{} }

// take counts a request of an actor. It returns 0 if the request is within the rate, else how long the actor must wait.
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
