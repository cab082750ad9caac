package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// report is the outcome of a run.
type report struct {
	At       string   `json:"at"` // RFC 3339
	Machine  string   `json:"machine"`
	Took     string   `json:"took"`
	Rounds   int      `json:"rounds"`
	Quick    bool     `json:"quick,omitempty"` // sizes so small that the figures mean nothing
	Sections []*table `json:"sections"`
}

// table is one part of the benchmark: competitors against measures.
type table struct {
	Title    string    `json:"title"`
	Method   string    `json:"method"`
	Measures []measure `json:"measures"`
	Rows     []*row    `json:"rows"`
	Ratios   []compare `json:"ratios"`
	Notes    []string  `json:"notes,omitempty"`
	Failed   string    `json:"failed,omitempty"` // why the part could not be measured
}

// measure is a column of a table.
type measure struct {
	Key    string `json:"key"`
	Title  string `json:"title"` // with its unit
	Digits int    `json:"digits"`
}

// row is one competitor: all values of every measure, and their medians.
type row struct {
	Name    string               `json:"name"`
	Runs    map[string][]float64 `json:"runs"`
	Medians map[string]float64   `json:"medians"`
}

// compare is a figure of ours in relation to the peer's, below 1 is less.
type compare struct {
	Text  string  `json:"text"`
	Value float64 `json:"value"`
	Bound float64 `json:"bound,omitempty"` // what we set ourselves: not above it; 0 is none
}

func (c compare) String() string {
	switch {
	case c.Bound == 0:
		return fmt.Sprintf("%s: **%.2f**", c.Text, c.Value)
	case c.Value <= c.Bound:
		return fmt.Sprintf("%s: **%.2f** (bound %.2f: kept)", c.Text, c.Value, c.Bound)
	}
	return fmt.Sprintf("%s: **%.2f** (bound %.2f: **missed**)", c.Text, c.Value, c.Bound)
}

func (t *table) row(name string) *row {
	for _, r := range t.Rows {
		if r.Name == name {
			return r
		}
	}
	r := &row{Name: name, Runs: map[string][]float64{}, Medians: map[string]float64{}}
	t.Rows = append(t.Rows, r)
	return r
}

func (r *row) add(key string, value float64) {
	r.Runs[key] = append(r.Runs[key], value)
	r.Medians[key] = median(r.Runs[key])
}

// relate notes the ratio of one measure between two rows that were both measured, against a bound when it is not 0.
func (t *table) relate(ours, peer, key, what string, bound float64) {
	a, b := t.median(ours, key), t.median(peer, key)
	if a > 0 && b > 0 {
		t.Ratios = append(t.Ratios, compare{fmt.Sprintf("%s, %s / %s", what, ours, peer), ratio(a, b), bound})
	}
}

// median is that of a row, 0 when there is no such row or nothing was measured.
func (t *table) median(name, key string) float64 {
	for _, r := range t.Rows {
		if r.Name == name {
			return r.Medians[key]
		}
	}
	return 0
}

// best is the one of the rows with the lowest median.
func (t *table) best(key string, names ...string) string {
	return slices.MinFunc(names, func(a, b string) int { return cmp.Compare(t.median(a, key), t.median(b, key)) })
}

// markdown is the report as people read it.
func (r *report) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Benchmark\n\n%s · %s · took %s · medians of %d rounds, competitors in turns\n", r.At, r.Machine,
		r.Took, r.Rounds)
	if r.Quick {
		b.WriteString("\n**A quick run: it shows that the benchmark works; its figures mean nothing.**\n")
	}
	for _, t := range r.Sections {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n", t.Title, t.Method)
		if t.Failed != "" {
			fmt.Fprintf(&b, "**Not measured:** %s\n\n", t.Failed)
		}
		if len(t.Rows) > 0 {
			t.writeRows(&b)
		}
		for _, c := range t.Ratios {
			if r.Quick {
				c.Bound = 0
			}
			fmt.Fprintf(&b, "- %s\n", c)
		}
		for _, n := range t.Notes {
			fmt.Fprintf(&b, "- %s\n", n)
		}
	}
	return b.String()
}

func (t *table) writeRows(b *strings.Builder) {
	b.WriteString("| |")
	for _, m := range t.Measures {
		fmt.Fprintf(b, " %s |", m.Title)
	}
	b.WriteString("\n| --- |" + strings.Repeat(" ---: |", len(t.Measures)) + "\n")
	for _, r := range t.Rows {
		fmt.Fprintf(b, "| %s |", r.Name)
		for _, m := range t.Measures {
			if len(r.Runs[m.Key]) == 0 {
				b.WriteString(" – |")
				continue
			}
			fmt.Fprintf(b, " %s |", strconv.FormatFloat(r.Medians[m.Key], 'f', m.Digits, 64))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

// write leaves the report in a folder.
func (r *report) write(dir string) error {
	if err := writeJSON(filepath.Join(dir, "bench.json"), r); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "bench.md"), []byte(r.markdown()), 0o600)
}

// machine says on what the figures were taken.
func machine() string {
	model := "unknown CPU"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	busy := ""
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		busy, _, _ = strings.Cut(string(text), " ")
	}
	return fmt.Sprintf("%s, %d CPUs, %s/%s, %s, load average %s before", model, runtime.NumCPU(), runtime.GOOS,
		runtime.GOARCH, runtime.Version(), busy)
}

func now() string { return time.Now().Format(time.RFC3339) }
