package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// load is what wrk saw in one run.
type load struct {
	Requests int64
	Seconds  float64
	PerSec   float64
	P50, P99 time.Duration
	Bad      int64 // answers outside 2xx and 3xx
	Socket   int64 // connections refused, reset or timed out
}

var (
	wrkTotal   = regexp.MustCompile(`(?m)^\s*(\d+) requests in ([\d.]+)(us|ms|s|m),`)
	wrkPerSec  = regexp.MustCompile(`(?m)^Requests/sec:\s+([\d.]+)`)
	wrkPercent = regexp.MustCompile(`(?m)^\s+(50|99)(?:\.\d+)?%\s+([\d.]+)(us|ms|s|m)\s*$`)
	wrkBad     = regexp.MustCompile(`Non-2xx or 3xx responses: (\d+)`)
	wrkSocket  = regexp.MustCompile(`Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)`)
)

// parseWrk reads what `wrk --latency` prints.
func parseWrk(out string) (load, error) {
	var l load
	total, perSec := wrkTotal.FindStringSubmatch(out), wrkPerSec.FindStringSubmatch(out)
	if total == nil || perSec == nil {
		return l, fmt.Errorf("wrk: totals missing in %q", out)
	}
	var errs []error
	number := func(s string) float64 {
		f, err := strconv.ParseFloat(s, 64)
		errs = append(errs, err)
		return f
	}
	l.Requests, l.PerSec = int64(number(total[1])), number(perSec[1])
	l.Seconds = wrkTime(number(total[2]), total[3]).Seconds()
	for _, m := range wrkPercent.FindAllStringSubmatch(out, -1) {
		if d := wrkTime(number(m[2]), m[3]); m[1] == "50" {
			l.P50 = d
		} else {
			l.P99 = d
		}
	}
	if l.P50 == 0 || l.P99 == 0 {
		errs = append(errs, errors.New("wrk: percentiles missing, was --latency given?"))
	}
	if m := wrkBad.FindStringSubmatch(out); m != nil {
		l.Bad = int64(number(m[1]))
	}
	if m := wrkSocket.FindStringSubmatch(out); m != nil {
		for _, s := range m[1:] {
			l.Socket += int64(number(s))
		}
	}
	return l, errors.Join(errs...)
}

func wrkTime(n float64, unit string) time.Duration {
	units := map[string]time.Duration{"us": time.Microsecond, "ms": time.Millisecond, "s": time.Second,
		"m": time.Minute}
	return time.Duration(n * float64(units[unit]))
}
