package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestNewIDGrowsAndIsUnique(t *testing.T) {
	const goroutines, each = 8, 3000
	var mu sync.Mutex
	var all sync.WaitGroup
	seen := make(map[int64]bool, goroutines*each)
	for range goroutines {
		all.Go(func() {
			mine := make([]int64, each)
			for i := range mine {
				mine[i] = NewID()
			}
			if !slices.IsSorted(mine) || mine[0] <= 0 {
				t.Error("ids must be positive and grow")
			}
			mu.Lock()
			defer mu.Unlock()
			for _, id := range mine {
				seen[id] = true
			}
		})
	}
	all.Wait()
	if len(seen) != goroutines*each {
		t.Errorf("%d ids, want %d", len(seen), goroutines*each)
	}
}

func TestIDTimeAndClockSteps(t *testing.T) {
	now := int64(idEpoch + 1_000_000)
	m := newIDMaker(func() int64 { return now })
	timeOf := func(id int64) int64 { return id>>(nodeBits+seqBits) + idEpoch }
	first := m.next()
	if timeOf(first) != now {
		t.Errorf("id of %d tells time %d", now, timeOf(first))
	}
	last := first
	for range 3 * seqMax { // more than one millisecond can hold
		id := m.next()
		if id <= last {
			t.Fatalf("%d after %d", id, last)
		}
		last = id
	}
	now -= 60_000 // the clock is set back
	if id := m.next(); id <= last {
		t.Errorf("after a step back %d is not above %d", id, last)
	}
	if other := newIDMaker(func() int64 { return now + 120_000 }); other.next() <= m.next() {
		t.Error("a later id of another process must sort behind")
	}
	if end := newIDMaker(func() int64 {
		return time.Date(2093, 1, 1, 0, 0, 0, 0,
			time.UTC).UnixMilli()
	}); end.next() <= 0 {
		t.Error("ids must stay positive until 2093")
	}
}

func TestMilli(t *testing.T) {
	at := time.Date(2026, 11, 20, 1, 30, 0, 5e6, time.UTC)
	if got := FromMilli(Milli(at)); !got.Equal(at) || got.Format("15:04 -0700 MST") != "09:30 +0800 Asia/Shanghai" {
		t.Errorf("got %s", got.Format("15:04 -0700 MST"))
	}
	if Milli(time.Time{}) != 0 || !FromMilli(0).IsZero() {
		t.Error("the zero time is 0")
	}
	if d := NowMilli() - time.Now().UnixMilli(); d > 0 || d < -60_000 {
		t.Errorf("now is %d ms off", d)
	}
}

func TestRetry(t *testing.T) {
	busy := fmt.Errorf("wrapped: %w", &pgconn.PgError{Code: pgSerializationFailure})
	deadlock := &pgconn.PgError{Code: pgDeadlockDetected}
	for _, tc := range []struct {
		name  string
		errs  []error // one per call, the last one for all further calls
		calls int
		ok    bool
	}{
		{"success", []error{nil}, 1, true},
		{"second time", []error{busy, nil}, 2, true},
		{"deadlock", []error{deadlock, busy, nil}, 3, true},
		{"never", []error{busy}, maxAttempts, false},
		{"unique violation is final", []error{&pgconn.PgError{Code: pgUniqueViolation}}, 1, false},
		{"no row is final", []error{sql.ErrNoRows}, 1, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			err := retry(t.Context(), func() error {
				calls++
				return tc.errs[min(calls, len(tc.errs))-1]
			})
			if calls != tc.calls || (err == nil) != tc.ok {
				t.Errorf("%d calls, err = %v", calls, err)
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := retry(ctx, func() error { calls++; cancel(); return busy })
	if calls != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("after the context ended: %d calls, err = %v", calls, err)
	}
}
