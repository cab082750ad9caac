package main

import (
	"math"
	"slices"
	"time"
)

// median is the middle of the values, or the mean of the two in the middle; 0 for none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(values))
	mid := len(s) / 2
	if len(s)%2 == 1 {
		return s[mid]
	}
	return (s[mid-1] + s[mid]) / 2
}

// ratio is a/b, or 0 when there is nothing to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// percentile is the smallest of the times that at least p percent of them do not exceed; 0 for none.
func percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(times))
	return s[max(0, int(math.Ceil(p/100*float64(len(s))))-1)]
}

// millis is a time in milliseconds.
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
