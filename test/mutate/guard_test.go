package main

import (
	"os"
	"path/filepath"
	"testing"
)

// minGuards only rises.
const minGuards = 213

// TestGuards: every guard names a line that is there, once, and another in its place.
func TestGuards(t *testing.T) {
	guards, err := read("guards.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(guards) < minGuards {
		t.Errorf("%d guards, wants %d", len(guards), minGuards)
	}
	names := map[string]bool{}
	for _, g := range guards {
		if names[g.Name] {
			t.Errorf("two guards are named %q", g.Name)
		}
		names[g.Name] = true
		if _, err := g.mutated("../.."); err != nil {
			t.Errorf("%s: %v", g.Name, err)
		}
		if g.Old == g.New {
			t.Errorf("%s: nothing is broken", g.Name)
		}
	}
}

// TestTry tells a line that is guarded from one that is not, and from a mutation that proves nothing.
func TestTry(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":    "module m\n\ngo 1.26\n",
		"a.go":      "package m\n\nfunc two() int { return 2 }\n\nfunc three() int { return 3 }\n",
		"a_test.go": "package m\n\nimport \"testing\"\n\nfunc TestTwo(t *testing.T) {\n\tif two() != 2 || three() == 0 {\n\t\tt.Fatal()\n\t}\n}\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		old, new, run string
		red           bool
	}{
		{"return 2", "return 1", "", true},
		{"return 3", "return 4", "", false},
		{"return 2", "return none", "", false},
		{"return 2", "return 1", "TestNone", false},
		{"return 9", "return 1", "", false},
	} {
		v := guard{File: "a.go", Old: c.old, New: c.new, Test: ".", Run: c.run}.try(t.Context(), root, t.TempDir())
		if v.red != c.red {
			t.Errorf("%s for %s: red %v, %s", c.new, c.old, v.red, v.why)
		}
	}
}
