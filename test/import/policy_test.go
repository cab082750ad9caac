package importtest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/exchange/source"
)

// data returns the folder of real input, or skips the test.
func data(t testing.TB, parts ...string) string {
	t.Helper()
	root, err := filepath.Abs("../../../shared/data")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("no real input beside the repository: ../shared/data is missing")
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

func mapping(t testing.TB, name string) *exchange.Mapping {
	t.Helper()
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join("../../examples/maps", name))
	if err != nil {
		t.Fatal(err)
	}
	m, err := exchange.ParseMapping(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return m
}

func TestPolicySets(t *testing.T) {
	for _, set := range []struct {
		file, mapping string
		inputs, held  int
	}{
		{"gov-cn-state-council.jsonl", "state-council.yaml", 46, 0},
		{"ministry-sites-2026.jsonl", "ministries.yaml", 31, 6},
		{"hebei-departments.jsonl.gz", "hebei.yaml", 1921, 648},
		{"laws.jsonl.gz", "laws.yaml", 2410, 0},
		{"health-commission-bulletins.gb18030.csv", "health-bulletins.yaml", 27424, 0},
	} {
		t.Run(set.file, func(t *testing.T) {
			at := data(t, "policy", set.file)
			w := exchangetest.SQLite(t)
			start := time.Now()
			r := w.ImportPath(at, mapping(t, set.mapping))
			took := time.Since(start)
			t.Logf("%s: %+v %v findings %v in %v", set.file, r.Totals, r.Reasons, r.Findings, took)
			if r.Inputs != set.inputs || r.Quarantined != set.held || r.Reasons[source.ReasonBody] != set.held {
				t.Errorf("%+v %v, want %d inputs and %d without body", r.Totals, r.Reasons, set.inputs, set.held)
			}
			start = time.Now()
			again := w.ImportPath(at, mapping(t, set.mapping))
			t.Logf("again: %+v in %v", again.Totals, time.Since(start))
			if again.Imported+again.Updated+again.Merged > 0 || again.Quarantined != r.Quarantined {
				t.Errorf("second run changed: %+v", again.Totals)
			}
		})
	}
}
