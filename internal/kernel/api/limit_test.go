package api

import (
	"strconv"
	"sync"
	"testing"
	"time"
)

func TestLimiter(t *testing.T) {
	now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	l := &limiter{rate: Rate{PerSecond: 2, Burst: 3}, buckets: newBuckets()}
	for range 3 {
		if wait := l.take("token:1", now); wait != 0 {
			t.Fatalf("refused within the burst, for %v", wait)
		}
	}
	for range 5 { // what is refused does not count
		if wait := l.take("token:1", now); wait != 500*time.Millisecond {
			t.Fatalf("wait %v", wait)
		}
	}
	if wait := l.take("token:2", now); wait != 0 {
		t.Errorf("one token pays for another: %v", wait)
	}
	now = now.Add(500 * time.Millisecond)
	if l.take("token:1", now) != 0 || l.take("token:1", now) == 0 {
		t.Error("half a second is not one request at two a second")
	}
	if wait := l.take("token:1", now.Add(-time.Hour)); wait < 0 {
		t.Errorf("a clock that goes back: %v", wait)
	}
	for i := range int64(3 * maxBuckets) {
		l.take(strconv.FormatInt(i, 10), now)
	}
	if len(l.buckets) > maxBuckets {
		t.Errorf("%d accounts are kept", len(l.buckets))
	}
	if free := (&limiter{}); free.take("token:1", now) != 0 {
		t.Error("no rate is no limit")
	}
}

// TestTooMany: what is too much is answered as a problem with the time to wait, before
// anything is done; other tokens and later requests are served.
func TestTooMany(t *testing.T) {
	eachWorld(t, func(t *testing.T, w *world) {
		now := time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
		w.clock = func() time.Time { return now }
		w.limits = &limiter{rate: Rate{PerSecond: 1, Burst: 4}, buckets: newBuckets()}
		var wg sync.WaitGroup
		var mu sync.Mutex
		answers := map[int]int{}
		for range 20 {
			wg.Go(func() {
				rec := w.call("POST", "/notes", `{"text":"a"}`)
				mu.Lock()
				defer mu.Unlock()
				answers[rec.Code]++
			})
		}
		wg.Wait()
		if answers[201] != 4 || answers[429] != 16 || w.notes() != 4 {
			t.Fatalf("%v, %d notes", answers, w.notes())
		}
		rec := w.call("GET", "/notes", "")
		if p := problem(t, rec); rec.Code != 429 || rec.Header().Get("Retry-After") != "1" || p.Title == "" {
			t.Errorf("%d %v %+v", rec.Code, rec.Header(), p)
		}
		now = now.Add(time.Second)
		if rec := w.call("GET", "/notes", ""); rec.Code != 200 {
			t.Errorf("a second later: %d", rec.Code)
		}
		w.limits = &limiter{rate: Rate{PerSecond: 1, Burst: 1}, buckets: newBuckets()}
		if rec := w.call("GET", "/notes", "", "Authorization", "Bearer gy1_1_A"); rec.Code != 401 {
			t.Errorf("a wrong token: %d", rec.Code)
		}
	})
}
