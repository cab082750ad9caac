package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestQuick runs every part at tiny sizes with what is installed, so that the benchmark does not rot.
func TestQuick(t *testing.T) {
	out := t.TempDir()
	var text bytes.Buffer
	if err := run(t.Context(), []string{"-quick", "-out", out}, &text); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(out, "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r report
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Sections) != len(parts()) || !r.Quick || !strings.Contains(text.String(), "quick run") ||
		strings.Contains(text.String(), "bound") {
		t.Fatalf("%d sections in:\n%s", len(r.Sections), text.String())
	}
	want := [][]string{
		{oursAll, oursSame, oursNothing, beforeAll, beforeSame},
		{"guiyi edge, identity", earlier + ", identity", "guiyi edge, gzip", "guiyi edge, gzip over TLS"},
		{"/search, all sites, 1 at once", "/api/v1/search, one site, 8 at once",
			"publication of one item (2 times): it is found"},
		{linesName(40), pagesName(40), linesName(80), pagesName(80)},
	}
	peers := map[string]int{"hugo": 0, "nginx": 1, "caddy": 1}
	for i, s := range r.Sections {
		if s.Failed != "" {
			t.Errorf("%s: %s", s.Title, s.Failed)
		}
		for _, name := range want[i] {
			if i == 1 && len(absent([]string{"wrk", "taskset"})) > 0 {
				continue // told in a note
			}
			if !slices.ContainsFunc(s.Rows, func(r *row) bool { return r.Name == name && len(r.Medians) > 2 }) {
				t.Errorf("%s: no row %q", s.Title, name)
			}
		}
	}
	for program, i := range peers {
		told := strings.Contains(strings.Join(r.Sections[i].Notes, "\n"), program+" not installed")
		if there := len(absent([]string{program})) == 0; there == told && len(absent([]string{"wrk"})) == 0 {
			t.Errorf("%s: installed %v, said to be left out %v", program, there, told)
		}
	}
}

func TestWrongUse(t *testing.T) {
	for _, args := range [][]string{{"-parts", "build,nothing"}, {"-imports", "10,many"}, {"-imports", "0"},
		{"-rounds"}, {"-nothing"}} {
		if err := run(t.Context(), args, &bytes.Buffer{}); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
	chosen, err := choose("import, build")
	if err != nil || len(chosen) != 2 || chosen[0].name != "import" || chosen[1].name != "build" {
		t.Errorf("%v %v", chosen, err)
	}
}

// The default run ends in bearable time by its own account.
func TestEstimate(t *testing.T) {
	b := &bench{pages: 20_000, items: 100_000, shown: 25, rounds: 3, seconds: 5, imports: []int{10_000, 100_000}}
	total := 0.0
	for _, p := range parts() {
		if d := p.takes(b).Minutes(); d <= 0 {
			t.Errorf("%s takes %.1f minutes", p.name, d)
		} else {
			total += d
		}
	}
	if total > 30 {
		t.Errorf("%.0f minutes", total)
	}
}
