package main

import (
	"fmt"
	"slices"
)

// series is one measured quantity over the day.
type series struct {
	name string
	unit string
	div  float64 // shown value = value / div
	// grow is how much the afternoon may lie above the morning: a share of the morning, or an amount, whichever
	// is more. A negative share means that the quantity is shown and not judged.
	share, amount float64
	of            func(sample) float64
}

// trend compares two windows of equal load.
type trend struct {
	series
	before, after float64 // medians of morning and afternoon
	slope         float64 // per hour of the day, from the morning to the afternoon (Theil–Sen)
	end           float64 // last value
	highest       float64
	ok            bool
}

func judge(s series, samples []sample) trend {
	t := trend{series: s}
	var before, after []float64
	var points [][2]float64
	for _, m := range samples {
		v := s.of(m)
		switch {
		case morning.has(m.hour):
			before = append(before, v)
		case afternoon.has(m.hour):
			after = append(after, v)
		}
		if m.hour >= morning.from && m.hour < afternoon.to {
			points = append(points, [2]float64{m.hour, v})
		}
		t.end, t.highest = v, max(t.highest, v)
	}
	t.before, t.after, t.slope = median(before), median(after), theilSen(points)
	t.ok = s.share < 0 || t.after-t.before <= max(s.share*t.before, s.amount)
	return t
}

func (t trend) String() string {
	verdict := "flat"
	switch {
	case t.share < 0:
		verdict = "–"
	case !t.ok:
		verdict = "GROWS"
	}
	return fmt.Sprintf("| %s, %s | %.1f | %.1f | %+.2f | %.1f | %.1f | %s |", t.name, t.unit, t.before/t.div,
		t.after/t.div, t.slope/t.div, t.highest/t.div, t.end/t.div, verdict)
}

// median of nothing is 0.
func median(v []float64) float64 { return quantile(v, .5) }

// quantile returns the value below which a share q lies.
func quantile(v []float64, q float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	return v[min(int(q*float64(len(v))), len(v)-1)]
}

// theilSen is the median of the slopes between all pairs of points: one outlier does not move it.
func theilSen(points [][2]float64) float64 {
	var slopes []float64
	for i, a := range points {
		for _, b := range points[i+1:] {
			if b[0] > a[0] {
				slopes = append(slopes, (b[1]-a[1])/(b[0]-a[0]))
			}
		}
	}
	return median(slopes)
}
