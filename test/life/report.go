package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
)

const mib = 1 << 20

// quantities are what is measured and how much of it may grow between two windows of equal load.
func (l *life) quantities() []series {
	disk := func(name string) func(sample) float64 { return func(s sample) float64 { return s.disk[name] } }
	return []series{
		{"memory of the platform (RSS)", "MiB", mib, .15, 32 * mib, func(s sample) float64 { return s.rss }},
		{"heap in use", "MiB", mib, .2, 24 * mib, func(s sample) float64 { return s.heap }},
		{"pages in the edge's memory, at most " + cacheMiB, "MiB", mib, -1, 0,
			func(s sample) float64 { return s.cache }},
		{"goroutines", "number", 1, .1, 10, func(s sample) float64 { return s.goroutines }},
		// Each revision is a file until the next repacking gathers them: 32 a site at most.
		{"open files", "number", 1, .1, 40, func(s sample) float64 { return s.fds }},
		{"memory of the second edge (RSS)", "MiB", mib, .15, 32 * mib, func(s sample) float64 { return s.edgeRSS }},
		{"open files of the second edge", "number", 1, .1, 40, func(s sample) float64 { return s.edgeFDs }},
		{"jobs waiting", "number", 1, 0, 5, func(s sample) float64 { return s.waiting }},
		{"packs on disk", "MiB", mib, .1, 8 * mib, disk("pack")},
		{"write-ahead log", "MiB", mib, .1, 64 * mib, disk("wal")},
		{"search index", "MiB", mib, .25, 4 * mib, disk("search")},
		{"bus", "MiB", mib, .1, 1 * mib, disk("bus")},
		{"database", "MiB", mib, -1, 0, disk("db")},
		{"media and raw bytes", "MiB", mib, -1, 0, disk("cas")},
		{"log written", "MiB", mib, -1, 0, func(s sample) float64 { return s.log }},
		{"revisions of all sites", "number", 1, -1, 0, func(s sample) float64 { return s.revisions }},
		{"requests per second", "1/s", 1, -1, 0, func(s sample) float64 { return s.requests }},
		{"answers, p50", "ms", 1, -1, 0, func(s sample) float64 { return s.p50 }},
		{"answers, p99", "ms", 1, -1, 0, func(s sample) float64 { return s.p99 }},
	}
}

// report prints the table and says whether all is well.
func (l *life) report(out io.Writer, faults []string) (ok bool) {
	fmt.Fprintf(out, "A day of 24 hours in %s, seed %d, at most %.0f requests per second, %d processors.\n\n",
		l.duration, l.seed, l.rate, runtime.NumCPU())
	fmt.Fprintln(out,
		"| | morning 9–12 h | afternoon 15–18 h | slope per hour | highest | end | |\n|---|---|---|---|---|---|---|")
	ok = len(faults) == 0
	for _, s := range l.quantities() {
		t := judge(s, l.samples)
		ok = ok && t.ok
		fmt.Fprintln(out, t)
	}
	l.growth(out)
	fmt.Fprintf(out, "\nDone: %s.\n", counts(l.editors.done))
	fmt.Fprintf(out, "Answers: %d, by status %s, by form %s.\n", l.readers.total, counts(l.readers.status),
		counts(l.readers.forms))
	gone := 0
	for _, it := range l.editors.items {
		if it.gone {
			gone++
		}
	}
	fmt.Fprintf(out, "Items: %d published, %d of them withdrawn; each was asked for and searched for at the end.\n",
		len(l.editors.items), gone)
	for _, f := range faults {
		fmt.Fprintln(out, "FAULT", f)
	}
	fmt.Fprintf(out, "\nVerdict: %s\n", map[bool]string{true: "nothing grows that should not, and everything is right",
		false: "NOT as it must be"}[ok])
	return ok
}

// growth relates what grows with the content to the content.
func (l *life) growth(out io.Writer) {
	if len(l.samples) < 2 || l.editors.editions == 0 {
		return
	}
	first, last := l.samples[0], l.samples[len(l.samples)-1]
	per := func(name string) float64 {
		return (last.disk[name] - first.disk[name]) / float64(l.editors.editions) / 1024
	}
	fmt.Fprintf(out,
		"\nPer edition taken in (%d of them) the day left %.1f KiB in the database, %.1f KiB of raw bytes and media, %.1f KiB in the search index, %.1f KiB in packs.\n",
		l.editors.editions, per("db"), per("cas"), per("search"), per("pack"))
}

func counts[K cmp.Ordered](m map[K]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%v %d", k, m[k]))
	}
	return strings.Join(parts, ", ")
}
