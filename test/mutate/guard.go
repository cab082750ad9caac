package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// guard is a line that must not break.
type guard struct {
	Name string // what would be lost
	Kind string // one of kinds
	File string // below the root of the repository
	Old  string // the line, or a part of it that occurs once in the file
	New  string // what takes its place: it compiles, and is wrong
	Test string // package whose tests must fail
	Run  string // tests that are run; "" all of the package
}

// kinds of guards.
var kinds = []string{"loss", "isolation", "signature", "forgery", "clock", "redirect", "input", "consent", "privacy",
	"approval"}

// read reads the table and refuses guards that are not whole.
func read(name string) ([]guard, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var out []guard
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&out); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for i, g := range out {
		if slices.Contains([]string{g.Name, g.File, g.Old, g.Test}, "") || !slices.Contains(kinds, g.Kind) {
			return nil, fmt.Errorf("%s: guard %d (%s) lacks a field, or has a kind that is not in %v", name, i+1, g.Name, kinds)
		}
	}
	return out, nil
}

// mutated returns the file with the line broken.
func (g guard) mutated(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, g.File))
	if err != nil {
		return nil, err
	}
	if n := bytes.Count(text, []byte(g.Old)); n != 1 {
		return nil, fmt.Errorf("%s has %q %d times, wants it once", g.File, g.Old, n)
	}
	return bytes.Replace(text, []byte(g.Old), []byte(g.New), 1), nil
}

// verdict is what came of one guard.
type verdict struct {
	guard
	red  bool
	why  string // of a guard that is not red
	took time.Duration
}

// limit bounds one run of tests: a mutation may make a test wait for ever, which counts as red.
const limit = 5 * time.Minute

// try breaks the line in an overlay and runs the tests.
func (g guard) try(ctx context.Context, root, dir string) (v verdict) {
	begin := time.Now()
	v.guard = g
	defer func() { v.took = time.Since(begin) }()
	overlay, err := g.overlay(root, dir)
	if err != nil {
		v.why = err.Error()
		return v
	}
	build := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-run", "^$", g.Test)
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		v.why = "does not compile: " + last(out)
		return v
	}
	run := exec.CommandContext(ctx, "go", "test", "-overlay", overlay, "-count=1", "-failfast",
		"-timeout", limit.String(), "-run", g.Run, g.Test)
	run.Dir = root
	out, err := run.CombinedOutput()
	switch {
	case err == nil && bytes.Contains(out, []byte("no tests to run")):
		v.why = "no test has this name"
	case err == nil:
		v.why = "the tests stay green"
	default:
		v.red, v.why = true, failed(out)
	}
	return v
}

// overlay writes the broken file and the list that puts it in the place of the right one.
func (g guard) overlay(root, dir string) (string, error) {
	text, err := g.mutated(root)
	if err != nil {
		return "", err
	}
	sub, err := os.MkdirTemp(dir, "")
	if err != nil {
		return "", err
	}
	broken := filepath.Join(sub, "broken.go")
	if err := os.WriteFile(broken, text, 0o600); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(root, g.File): broken}})
	if err != nil {
		return "", err
	}
	name := filepath.Join(sub, "overlay.json")
	return name, os.WriteFile(name, list, 0o600)
}

var failLine = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// failed names the first test that went red.
func failed(out []byte) string {
	if m := failLine.FindSubmatch(out); m != nil {
		return string(m[1])
	}
	return last(out)
}

// last is the end of what a command said.
func last(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-3):], " | ")
}
