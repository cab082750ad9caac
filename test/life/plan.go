package main

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// kind is what happens in the city.
type kind string

const (
	importFile kind = "import"
	crawlSite  kind = "crawl"
	revise     kind = "revise"
	withdraw   kind = "withdraw"
	place      kind = "place"
	planned    kind = "planned"
	rollback   kind = "rollback"
	resume     kind = "resume"
	edgeStop   kind = "edge stops"
	edgeStart  kind = "edge starts"
)

// event is something that happens at an hour of the day, 0 to 24.
type event struct {
	hour float64
	kind kind
	n    int // running number among its kind
}

// daily is how often each thing happens on a full day.
var daily = map[kind]int{importFile: 72, revise: 60, withdraw: 30, place: 20, planned: 12}

// fixed are things with an hour of their own.
func fixed() []event {
	return []event{
		{2, crawlSite, 0}, {8.5, crawlSite, 1}, {13, crawlSite, 2}, {19, crawlSite, 3},
		{10.9, rollback, 0}, {11.4, resume, 0}, {16.9, rollback, 1}, {17.4, resume, 1},
		{12.5, edgeStop, 0}, {13, edgeStart, 0},
	}
}

// newDay plans a day. The same seed gives the same day. share scales the numbers of a shorter replay; everything
// happens at least once.
func newDay(seed uint64, share float64) []event {
	r := rand.New(rand.NewPCG(seed, 24))
	out := fixed()
	for _, k := range []kind{importFile, revise, withdraw, place, planned} {
		n := max(int(float64(daily[k])*share), 1)
		for i := range n {
			// One in each of n equal parts of the working time, so that morning and afternoon have the same work.
			out = append(out, event{workingHour((float64(i) + r.Float64()) / float64(n)), k, i})
		}
	}
	slices.SortStableFunc(out, func(a, b event) int { return cmp.Compare(a.hour, b.hour) })
	return out
}

// workingHour maps 0 to 1 to the hours in which editors work: 7:00 to 21:00, twice as busy in the two peaks.
func workingHour(x float64) float64 {
	for _, part := range []struct{ share, from, to float64 }{{.1, 6, 9}, {.35, 9, 12}, {.1, 12, 15}, {.35, 15, 18},
		{.1, 18, 21}} {
		if x <= part.share {
			return part.from + x/part.share*(part.to-part.from)
		}
		x -= part.share
	}
	return 21
}

// windows of equal load, in hours.
var (
	morning   = span{9, 12}
	afternoon = span{15, 18}
)

type span struct{ from, to float64 }

func (s span) has(hour float64) bool { return hour >= s.from && hour < s.to }

// crowd is the share of the greatest number of readers that is there at an hour.
func crowd(hour float64) float64 {
	switch {
	case morning.has(hour), afternoon.has(hour):
		return 1
	case hour >= 12 && hour < 15:
		return .6
	case hour >= 6 && hour < 9:
		return .15 + .85*(hour-6)/3
	case hour >= 18 && hour < 23:
		return .15 + .85*(23-hour)/5
	}
	return .15
}
