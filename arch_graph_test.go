package guiyi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// way returns the shortest chain of imports from a package to one that matches.
func (g graph) way(from string, match func(string) bool) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		pkg := queue[0]
		if pkg != from && match(pkg) {
			var chain []string
			for ; pkg != ""; pkg = before[pkg] {
				chain = append([]string{pkg}, chain...)
			}
			return chain
		}
		for _, to := range g[pkg] {
			if _, seen := before[to]; !seen {
				before[to] = pkg
				queue = append(queue, to)
			}
		}
	}
	return nil
}

// TestArchitecture holds the import graph of the program against every rule.
func TestArchitecture(t *testing.T) {
	t.Parallel()
	g := program(t)
	for name, rule := range rules {
		t.Run(name, func(t *testing.T) {
			for _, b := range rule(g) {
				t.Error(b)
			}
		})
	}
}

// program reads the import graph of this module from the go command.
func program(t *testing.T) graph {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports", "./...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.Bytes())
	}
	g := graph{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if p.ImportPath+"/" == module {
			continue // these tests
		}
		for i := range p.Imports {
			p.Imports[i] = strings.TrimPrefix(p.Imports[i], module)
		}
		g[strings.TrimPrefix(p.ImportPath, module)] = p.Imports
	}
	return g
}
