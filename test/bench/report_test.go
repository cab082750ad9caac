package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func sampleReport() *report {
	t := &table{Title: "Serving", Method: "How.", Measures: []measure{{"cpu", "CPU µs", 1}, {"p99", "p99 ms", 2}}}
	for _, v := range []float64{30, 10, 20} {
		t.row("ours").add("cpu", v)
		t.row("peer").add("cpu", v*2)
	}
	t.row("ours").add("p99", 1.234)
	t.relate("ours", "peer", "cpu", "CPU per request", 0.6)
	t.relate("ours", "peer", "cpu", "CPU again", 0.4)
	t.relate("ours", "peer", "p99", "p99", 0) // the peer has none: no ratio
	t.Notes = []string{"a note"}
	return &report{At: "2026-11-23T09:00:00+08:00", Machine: "a machine", Rounds: 3,
		Sections: []*table{t, {Title: "Other", Method: "How.", Failed: "no wrk"}}}
}

func TestMarkdown(t *testing.T) {
	got := sampleReport().markdown()
	for _, want := range []string{"| | CPU µs | p99 ms |\n| --- | ---: | ---: |\n", "| ours | 20.0 | 1.23 |\n",
		"| peer | 40.0 | – |\n",
		"- CPU per request, ours / peer: **0.50** (bound 0.60: kept)\n",
		"- CPU again, ours / peer: **0.50** (bound 0.40: **missed**)\n", "- a note\n", "**Not measured:** no wrk"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "p99, ours") {
		t.Error("a ratio against a missing figure")
	}
	if got := sampleReport().Sections[0].best("cpu", "peer", "ours"); got != "ours" {
		t.Errorf("best is %s", got)
	}
}

func TestWriteReport(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "results")
	r := sampleReport()
	if err := r.write(dir); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var back report
	if err := json.Unmarshal(text, &back); err != nil || back.Sections[0].Rows[0].Medians["cpu"] != 20 ||
		len(back.Sections[0].Rows[0].Runs["cpu"]) != 3 {
		t.Errorf("%v, got %s", err, text)
	}
	if text, err = os.ReadFile(filepath.Join(dir, "bench.md")); err != nil || string(text) != r.markdown() {
		t.Errorf("bench.md is not the report: %v", err)
	}
}
