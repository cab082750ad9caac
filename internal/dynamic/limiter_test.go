package dynamic

import (
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestLimiterForgets(t *testing.T) {
	l, at := newLimiter(1, time.Minute), time.Unix(1000, 0)
	_, first := l.allow("a", at)
	wait, second := l.allow("a", at.Add(20*time.Second))
	_, later := l.allow("a", at.Add(time.Minute))
	if !first || second || wait != 40*time.Second || !later {
		t.Errorf("%v %v %v %v", first, second, wait, later)
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l, at := newLimiter(5, time.Minute), time.Unix(1000, 0)
	for i := range maxClients {
		l.calls[strconv.Itoa(i)] = 1
	}
	l.start = at
	ok := 0
	for i := range 20 {
		if _, allowed := l.allow(strings.Repeat("n", i+1), at); allowed {
			ok++
		}
	}
	if ok != 5 || len(l.calls) > maxClients+1 {
		t.Errorf("%d new clients allowed, %d accounts", ok, len(l.calls))
	}
}
