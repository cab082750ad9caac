package guiyi_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Budgets. They are there so that a reader finds what he looks for on one screen.
const (
	maxFile      = 450  // lines of a file
	maxFunction  = 70   // lines of a function; tests may be longer, for their tables
	maxPackage   = 2500 // lines of a package without tests
	maxMethods   = 12   // of an interface
	minDocs      = 0.85 // share of exported names with a comment
	minTestRatio = 0.8  // lines of tests per line of code, per slice
)

// oversize are packages that were above maxPackage when this test was written (2026-11-23). They are to be parted; the
// numbers may only fall. Remove a line when its package is within the budget.
var oversize = map[string]int{
	"internal/resource": 2850, // editing, receiving and reading
}

// testFloor are slices whose tests are below minTestRatio: what they have may not fall. Taken 2026-11-23 while tests were
// being written; remove a line when its slice has reached the budget.
var testFloor = map[string]float64{
	"internal/app":      0.20, // beside the scenarios in test/scenario, which are no Go
	"internal/exchange": 0.36,
	"internal/kernel":   0.72, // cleaning came here with its tests in exchange
	"internal/org":      0.70,
	"internal/publish":  0.53,
	"internal/resource": 0,
	"internal/site":     0.58,
}

// lines counts as an editor does.
func lines(text string) int { return strings.Count(strings.TrimSuffix(text, "\n"), "\n") + 1 }

// TestFiles holds each file against the budgets.
func TestFiles(t *testing.T) {
	t.Parallel()
	for _, s := range goFiles(t, "") {
		for _, b := range append(fileRule(s), stateRule(s)...) {
			t.Error(b)
		}
	}
}

func generated(s source) bool {
	return strings.HasPrefix(s.text, "// Code generated ")
}

func fileRule(s source) (broken []string) {
	if generated(s) {
		return nil
	}
	if n := lines(s.text); n > maxFile {
		broken = append(broken, fmt.Sprintf("%s has %d lines, budget %d: part it by what its readers look for", s.path, n, maxFile))
	}
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		n := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
		if n > maxFunction && !strings.HasSuffix(s.path, "_test.go") {
			broken = append(broken, fmt.Sprintf("%s: %s has %d lines, budget %d", s.at(f), f.Name.Name, n, maxFunction))
		}
		if f.Recv == nil && f.Name.Name == "init" && !registersDriver(s, f) {
			broken = append(broken, s.at(f)+": init runs behind the reader's back; only a database driver may be registered so")
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if i, ok := n.(*ast.InterfaceType); ok && i.Methods.NumFields() > maxMethods {
			broken = append(broken, fmt.Sprintf("%s: an interface of %d methods, budget %d: it belongs to its consumer, who needs fewer", s.at(i), i.Methods.NumFields(), maxMethods))
		}
		return true
	})
	return broken
}

// stateRule finds assignments to package variables: state that two tests, or two platforms in one process, would share.
func stateRule(s source) (broken []string) {
	if s.test() {
		return nil
	}
	check := func(at ast.Node, targets ...ast.Expr) {
		for _, x := range targets {
			if id := base(x); id != nil && id.Name != "_" && (id.Obj == nil || s.file.Scope.Objects[id.Name] == id.Obj) { //nolint:staticcheck // resolution inside one file is all that is asked for
				broken = append(broken, fmt.Sprintf("%s: %s is a package variable and changed while the program runs; give it to a value that is passed on", s.at(at), id.Name))
			}
		}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				check(n, n.Lhs...)
			}
		case *ast.IncDecStmt:
			check(n, n.X)
		}
		return true
	})
	return broken
}

// base is the variable that an assignment changes: x of x.a[i].
func base(x ast.Expr) *ast.Ident {
	for {
		switch e := x.(type) {
		case *ast.Ident:
			return e
		case *ast.SelectorExpr:
			x = e.X
		case *ast.IndexExpr:
			x = e.X
		default:
			return nil
		}
	}
}

func registersDriver(s source, f *ast.FuncDecl) bool {
	return s.path[:strings.LastIndex(s.path, "/")+1] == "internal/kernel/store/" && strings.Contains(s.text[f.Pos()-1:f.End()-1], "sql.Register(")
}

// packages groups the Go files below internal, cmd, demo, web and test by folder.
func packages(t *testing.T) map[string][]source {
	t.Helper()
	out := map[string][]source{}
	for _, s := range goFiles(t, "") {
		if dir := path.Dir(s.path); dir != "." {
			out[dir] = append(out[dir], s)
		}
	}
	return out
}

// TestPackages: one package comment each, a page of size, documented exports.
func TestPackages(t *testing.T) {
	t.Parallel()
	documented, exported := 0, 0
	for dir, ss := range packages(t) {
		docs, size := 0, 0
		for _, s := range ss {
			if strings.HasSuffix(s.path, "_test.go") {
				continue
			}
			if s.file.Doc != nil {
				docs++
			}
			if !generated(s) {
				size += lines(s.text)
			}
			d, e := exports(s)
			documented, exported = documented+d, exported+e
		}
		if docs != 1 && slices.ContainsFunc(ss, func(s source) bool { return !strings.HasSuffix(s.path, "_test.go") }) {
			t.Errorf("%s has %d package comments, wants one, in doc.go: what it is, with the Chinese term, and who its neighbours are", dir, docs)
		}
		if budget := max(maxPackage, oversize[dir]); size > budget {
			t.Errorf("%s has %d lines, budget %d: give a part of it a package of its own", dir, size, budget)
		}
	}
	if share := float64(documented) / float64(exported); share < minDocs {
		t.Errorf("%.0f %% of exported names have a comment, budget %.0f %%", share*100, minDocs*100)
	}
}

// exports counts exported functions, methods of exported types, types, and groups of constants and variables.
func exports(s source) (documented, exported int) {
	count := func(name string, docs ...*ast.CommentGroup) {
		if !ast.IsExported(name) {
			return
		}
		exported++
		if slices.ContainsFunc(docs, func(d *ast.CommentGroup) bool { return d != nil }) {
			documented++
		}
	}
	for _, d := range s.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || ast.IsExported(receiver(d)) {
				count(d.Name.Name, d.Doc)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					count(spec.Name.Name, spec.Doc, d.Doc, spec.Comment)
				case *ast.ValueSpec:
					count(spec.Names[0].Name, spec.Doc, d.Doc, spec.Comment)
				}
			}
		}
	}
	return documented, exported
}

func receiver(f *ast.FuncDecl) string {
	expr := f.Recv.List[0].Type
	for {
		switch x := expr.(type) {
		case *ast.StarExpr:
			expr = x.X
		case *ast.IndexExpr:
			expr = x.X
		case *ast.Ident:
			return x.Name
		default:
			return ""
		}
	}
}

// TestRatio: each slice has its tests. Packages of test helpers count as tests.
func TestRatio(t *testing.T) {
	t.Parallel()
	code, tests := map[string]int{}, map[string]int{}
	for _, s := range goFiles(t, "internal/") {
		group := group(s.path)
		switch {
		case s.test():
			tests[group] += lines(s.text)
		case !generated(s):
			code[group] += lines(s.text)
		}
	}
	for g, n := range code {
		ratio, floor := float64(tests[g])/float64(n), minTestRatio
		if f, ok := testFloor[g]; ok {
			floor = f
			if ratio >= minTestRatio {
				t.Logf("%s has reached %.2f: take it out of testFloor", g, ratio)
			}
		}
		if ratio < floor {
			t.Errorf("%s has %d lines of tests for %d of code (%.2f, wants %.2f)", g, tests[g], n, ratio, floor)
		}
	}
}

// group is the slice of a file: internal/publish.
func group(file string) string { return strings.Join(strings.Split(file, "/")[:2], "/") }

// TestText: nothing in the repository depends on the place where it was written.
func TestText(t *testing.T) {
	t.Parallel()
	for _, name := range files(t) {
		if name == ".git" || slices.Contains([]string{".png", ".woff2", ".sum", ".jpg"}, path.Ext(name)) {
			continue // .git is a file in a second worktree
		}
		text := read(t, name)
		if strings.Contains(text, "\x00") {
			continue // built
		}
		for _, w := range placeWords() {
			if i := strings.Index(text, w); i >= 0 {
				t.Errorf("%s:%d mentions %q: a path or a registry of one place", name, lines(text[:i+1]), w)
			}
		}
		if path.Base(name) == "package-lock.json" && regexp.MustCompile(`"resolved"\s*:`).MatchString(text) {
			t.Errorf("%s holds addresses of a registry; .npmrc has omit-lockfile-registry-resolved", name)
		}
	}
}

// placeWords are put together here so that this file does not hold them.
func placeWords() []string {
	return []string{"/wor" + "k/", "/tm" + "p/g/", "registry." + "npmjs", "npm" + "mirror", "proxy." + "golang.org", "go" + "proxy.", "sum." + "golang.org"}
}

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
	}) || in(path.Dir(dir), "demo/content/...", "web/themes/default/...", "web/islands/...", "test/bench/...", "test/e2e/...", "docs/...", "deploy/...", "internal/theme/themetest/...")
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

// TestRepoRulesCanFail proves that the rules above find what they are there to find.
func TestRepoRulesCanFail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, path, text, want string }{
		{"small", "internal/a/a.go", "package a\nfunc f() {}\n", ""},
		{"long file", "internal/a/a.go", "package a\n" + strings.Repeat("\n", maxFile), "lines, budget"},
		{"long function", "internal/a/a.go", "package a\nfunc f() {\n" + strings.Repeat("\n", maxFunction) + "}\n", "f has"},
		{"long table", "internal/a/a_test.go", "package a\nfunc f() {\n" + strings.Repeat("\n", maxFunction) + "}\n", ""},
		{"init", "internal/a/a.go", "package a\nfunc init() {}\n", "reader's back"},
		{"driver", "internal/kernel/store/a.go", "package a\nfunc init() { sql.Register(`x`, d) }\n", ""},
		{"wide interface", "internal/a/a.go", "package a\ntype T interface{ A(); B(); C(); D(); E(); F(); G(); H(); I(); J(); K(); L(); M() }\n", "13 methods"},
	} {
		found := strings.Join(fileRule(parse(t, c.path, c.text)), "\n")
		if (c.want == "") != (found == "") || !strings.Contains(found, c.want) {
			t.Errorf("%s: want %q, got %q", c.name, c.want, found)
		}
	}
	for body, want := range map[string]int{
		"var n int\nfunc f() { n++ }":                               1,
		"var m = map[int]int{}\nfunc f() { m[1] = 2 }":              1,
		"func f() { elsewhere = 2 }":                                1,
		"var n int\nfunc f() { n := 1; n++; x := T{}; x.a[0] = 1 }": 0,
		"var n = 1\nfunc f() int { return n }":                      0,
	} {
		if found := stateRule(parse(t, "internal/a/a.go", "package a\n"+body)); len(found) != want {
			t.Errorf("%s: %v", body, found)
		}
	}
	if d, e := exports(parse(t, "a.go", "package a\n// T is.\ntype T struct{}\nfunc (T) M() {}\nfunc (t) M() {}\nconst C = 1 // of it\n")); d != 2 || e != 3 {
		t.Errorf("exports: %d of %d documented, want 2 of 3", d, e)
	}
	if m := mapOf("x\n```map\na/   one\n  b/ two\n  file.go no folder\nc/\n```\n"); !slices.Equal(m, []string{"a", "a/b", "c"}) {
		t.Errorf("map: %v", m)
	}
	if _, err := os.Stat("go.mod"); err != nil {
		t.Error("these tests run in the root of the repository")
	}
}
