package main

import (
	"fmt"
	"regexp"
	"strconv"
)

var (
	h2Requests = regexp.MustCompile(
		`(?m)^requests: (\d+) total, \d+ started, (\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored, (\d+) timeout`)
	h2PerSec   = regexp.MustCompile(`(?m)^finished in .*, ([\d.]+) req/s`)
	h2Protocol = regexp.MustCompile(`(?m)^Application protocol: (\S+)`)
)

// parseH2load reads what h2load prints, which has no percentiles.
func parseH2load(out string) (load, error) {
	requests, perSec, protocol := h2Requests.FindStringSubmatch(out), h2PerSec.FindStringSubmatch(out),
		h2Protocol.FindStringSubmatch(out)
	if requests == nil || perSec == nil || protocol == nil {
		return load{}, fmt.Errorf("h2load: totals missing in %q", out)
	}
	if protocol[1] != "h2" {
		return load{}, fmt.Errorf("h2load: the server speaks %s", protocol[1])
	}
	var l load
	var numbers [3]int64
	for i, s := range []string{requests[2], requests[4], requests[5]} {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return l, fmt.Errorf("h2load: %w", err)
		}
		numbers[i] = n
	}
	rate, err := strconv.ParseFloat(perSec[1], 64)
	if err != nil {
		return l, fmt.Errorf("h2load: %w", err)
	}
	// "failed" counts what was under way when the time was over as well; only errors are the server's.
	l.Requests, l.Bad, l.PerSec = numbers[0], numbers[2], rate
	return l, nil
}
