package guiyi_test

import (
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var requireLine = regexp.MustCompile(`(?m)^\s*(?:require\s+)?([a-z0-9.-]+\.[a-z]+/?\S*) v\S+`)

// modules lists what go.mod names, and which of it this repository imports itself, tests included.
func modules(t *testing.T) (known []string, imported map[string]bool) {
	t.Helper()
	for _, m := range requireLine.FindAllStringSubmatch(read(t, "go.mod"), -1) {
		known = append(known, m[1])
	}
	imported = map[string]bool{}
	for _, s := range goFiles(t, "") {
		for _, spec := range s.file.Imports {
			pkg, best := strings.Trim(spec.Path.Value, `"`), ""
			for _, m := range known {
				if in(pkg, m+"/...") && len(m) > len(best) {
					best = m
				}
			}
			if best != "" {
				imported[best] = true
			}
		}
	}
	return known, imported
}

// scripts lists the direct dependencies of each package.json.
func scripts(t *testing.T) (out []string) {
	t.Helper()
	for _, name := range files(t) {
		if path.Base(name) != "package.json" {
			continue
		}
		var p struct{ Dependencies, DevDependencies map[string]string }
		if err := json.Unmarshal([]byte(read(t, name)), &p); err != nil {
			t.Fatal(err)
		}
		out = slices.AppendSeq(out, maps.Keys(p.Dependencies))
		out = slices.AppendSeq(out, maps.Keys(p.DevDependencies))
	}
	return out
}

// linters are the modules that test/lint names: its direct requirements and the one with the tool.
func linters(t *testing.T) (out []string) {
	t.Helper()
	text := read(t, "test/lint/go.mod")
	for line := range strings.Lines(text) {
		m := requireLine.FindStringSubmatch(line)
		if m != nil && (!strings.Contains(line, "// indirect") || strings.Contains(text, "tool "+m[1])) {
			out = append(out, m[1])
		}
	}
	return out
}

// TestDependencies: docs/dependencies.md tells of each direct dependency what it is for and under which licence.
func TestDependencies(t *testing.T) {
	t.Parallel()
	text := read(t, "docs/dependencies.md")
	known, imported := modules(t)
	if len(imported) < 20 {
		t.Fatalf("only %d modules found: the test does not see go.mod", len(imported))
	}
	packages := scripts(t)
	var listed []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(text, -1) {
		listed = append(listed, m[1])
	}
	for _, m := range linters(t) {
		imported[m], known = true, append(known, m)
	}
	for _, d := range slices.Concat(slices.Sorted(maps.Keys(imported)), packages) {
		if !slices.Contains(listed, d) {
			t.Errorf("docs/dependencies.md has no row for %s: what for, why this one, licence", d)
		}
	}
	for _, l := range listed {
		if !slices.Contains(known, l) && !slices.Contains(packages, l) {
			t.Errorf("docs/dependencies.md has a row for %s, which is no dependency", l)
		}
	}
}

// TestMap: the map in ARCHITECTURE.md names the folders that are there, all of them and no others.
func TestMap(t *testing.T) {
	t.Parallel()
	mapped := mapOf(read(t, "ARCHITECTURE.md"))
	if len(mapped) < 20 {
		t.Fatalf("only %d folders in the map of ARCHITECTURE.md", len(mapped))
	}
	have := map[string]bool{}
	for _, name := range files(t) {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			have[dir] = true
		}
	}
	for _, dir := range mapped {
		if !have[dir] {
			t.Errorf("ARCHITECTURE.md maps %s, which is not there", dir)
		}
	}
	for dir := range have {
		if !slices.Contains(mapped, dir) && !detail(dir) {
			t.Errorf("ARCHITECTURE.md does not map %s", dir)
		}
	}
}

// detail are folders whose name says enough.
func detail(dir string) bool {
	return slices.ContainsFunc(strings.Split(dir, "/"), func(part string) bool {
		return slices.Contains([]string{"testdata", "migrations", ".ci", ".git"}, part)
	}) || in(path.Dir(dir), "demo/content/...", "web/themes/default/...", "web/islands/...", "web/studio/...",
		"test/bench/...", "test/e2e/...", "docs/...", "deploy/...", "internal/theme/themetest/...")
}

// mapOf reads the first code block of the map: folders by indentation, the rest of a line is its explanation.
func mapOf(text string) []string {
	_, block, ok := strings.Cut(text, "```map\n")
	if !ok {
		return nil
	}
	block, _, _ = strings.Cut(block, "```")
	var out, stack []string
	for line := range strings.Lines(block) {
		name, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		depth := (len(line) - len(strings.TrimLeft(line, " "))) / 2
		if !strings.HasSuffix(name, "/") || depth > len(stack) {
			continue
		}
		stack = append(stack[:depth], strings.TrimSuffix(name, "/"))
		out = append(out, strings.Join(stack, "/"))
	}
	return out
}

var glossaryRow = regexp.MustCompile("(?m)^\\| ([^|]+) \\| ([^|]+) \\| ([^|]+) \\| (?:`([a-z0-9]+)(?:\\.([A-Za-z]+))?`|see \\S+) \\|$")

// TestGlossary: each term stands once, with its Chinese, and is defined where the glossary says.
func TestGlossary(t *testing.T) {
	t.Parallel()
	defined := map[string]bool{}
	for dir, ss := range packages(t) {
		pkg := path.Base(dir)
		defined[pkg] = true
		for _, s := range ss {
			for name := range s.file.Scope.Objects {
				defined[pkg+"."+name] = true
			}
		}
	}
	rows := glossaryRow.FindAllStringSubmatch(read(t, "docs/glossary.md"), -1)
	if len(rows) < 50 {
		t.Fatalf("only %d rows of the glossary can be read", len(rows))
	}
	seen := map[string]bool{}
	for _, r := range rows {
		at := strings.TrimSuffix(r[4]+"."+r[5], ".")
		if at != "" && !defined[at] {
			t.Errorf("docs/glossary.md says that %s is defined in %s, which is not there", r[1], at)
		}
		if seen[r[1]] {
			t.Errorf("docs/glossary.md has %s twice", r[1])
		}
		seen[r[1]] = true
	}
}
