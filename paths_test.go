package guiyi_test

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// places is what a document may name: the files of the repository, their folders, and the targets of the Makefile.
type places struct {
	files, folders []string
	targets        []string
}

func placesOf(names []string, makefile string) places {
	p := places{files: names}
	for _, name := range names {
		for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
			p.folders = append(p.folders, dir)
		}
	}
	slices.Sort(p.folders)
	p.folders = slices.Compact(p.folders)
	for _, m := range regexp.MustCompile(`(?m)^([a-z][a-z-]*):`).FindAllStringSubmatch(makefile, -1) {
		p.targets = append(p.targets, m[1])
	}
	return p
}

// has tells whether a path from the root, perhaps with a star, is a file or a folder.
func (p places) has(name string) bool {
	name = strings.TrimSuffix(strings.TrimSuffix(name, "/..."), "/")
	name = strings.TrimPrefix(name, "./")
	match := func(have string) bool {
		ok, err := path.Match(name, have)
		return err == nil && ok
	}
	return slices.ContainsFunc(p.folders, match) || slices.ContainsFunc(p.files, match)
}

// ends tells whether some file ends with a name such as "intake.go" or "source/sniff.go".
func (p places) ends(name string) bool {
	return slices.ContainsFunc(p.files, func(have string) bool {
		for rest := have; ; {
			if ok, err := path.Match(name, rest); err == nil && ok {
				return true
			}
			_, after, more := strings.Cut(rest, "/")
			if !more {
				return false
			}
			rest = after
		}
	})
}

var (
	code     = regexp.MustCompile("`([^`\n]+)`")
	link     = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	rooted   = regexp.MustCompile(`(?:^|[\s("'=])(?:\./)?((?:internal|docs|web|test|cmd|deploy|demo|examples)/[\w./*{},-]+)`)
	someFile = regexp.MustCompile(`^(?:\.\./)*([\w*{},-]+(?:/[\w*{},-]+)*\.(?:go|sql|ts|mjs|sh|txtar))$`)
	short    = regexp.MustCompile(`^[a-z][a-z0-9]*(?:/[a-z][a-z0-9]*)+$`)
	makeCall = regexp.MustCompile(`(?:^|[\s(;&])make ([a-z][a-z-]*)`)
)

// braces expands a{b,c}d.
func braces(s string) []string {
	before, rest, ok := strings.Cut(s, "{")
	inner, after, ok2 := strings.Cut(rest, "}")
	if !ok || !ok2 {
		return []string{s}
	}
	var out []string
	for part := range strings.SplitSeq(inner, ",") {
		out = append(out, braces(before+part+after)...)
	}
	return out
}

// pathRule finds what a document names and the repository has not: a path from the root, the end of a path, a package
// without "internal/", the target of a link, a target of make.
func pathRule(doc, text string, p places) (broken []string) {
	n, block := 0, false
	for line := range strings.Lines(text) {
		n++
		miss := func(what string) {
			broken = append(broken, fmt.Sprintf("%s:%d names %s, which is not there", doc, n, what))
		}
		if strings.HasPrefix(strings.TrimSpace(line), "```") {
			block = !block
			continue
		}
		for _, m := range link.FindAllStringSubmatch(line, -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to != "" && !strings.Contains(to, ":") && !p.has(path.Join(path.Dir(doc), to)) {
				miss(m[1])
			}
		}
		spans := []string{}
		for _, m := range code.FindAllStringSubmatch(line, -1) {
			spans = append(spans, m[1])
		}
		if block {
			command, _, _ := strings.Cut(line, " # ")
			spans = append(spans, command)
		}
		for _, span := range spans {
			broken = append(broken, p.missing(span, miss)...)
		}
	}
	return broken
}

func (p places) missing(span string, miss func(string)) (broken []string) {
	for _, m := range makeCall.FindAllStringSubmatch(span, -1) {
		if !slices.Contains(p.targets, m[1]) {
			miss("make " + m[1])
		}
	}
	for _, m := range rooted.FindAllStringSubmatch(span, -1) {
		for _, name := range braces(strings.TrimRight(m[1], ".,")) {
			if !p.has(name) && !built(name) {
				miss(name)
			}
		}
	}
	if m := someFile.FindStringSubmatch(span); m != nil {
		for _, name := range braces(m[1]) {
			if !p.ends(name) {
				miss(name)
			}
		}
	}
	if first, _, _ := strings.Cut(span, "/"); short.MatchString(span) && p.has("internal/"+first) &&
		!p.has(first+"/*") && !p.has("internal/"+span) {
		miss(span)
	}
	return nil
}

// built are paths that a command makes.
func built(name string) bool {
	return in(name, "test/bench/results/...") || strings.Contains(name, "node_modules")
}

// TestPaths: every path, package and target of make that a document names is there. What a document says of the command
// line is held against it in internal/app/cli.
func TestPaths(t *testing.T) {
	t.Parallel()
	p := placesOf(files(t), read(t, "Makefile"))
	documents := 0
	for _, name := range files(t) {
		if path.Ext(name) != ".md" || strings.Contains(name, "/testdata/") || strings.HasPrefix(name, "demo/") {
			continue
		}
		documents++
		for _, b := range pathRule(name, read(t, name), p) {
			t.Error(b)
		}
	}
	if documents < 30 {
		t.Errorf("only %d documents found", documents)
	}
}

// TestPathRuleCanFail proves that the rule finds what it is there to find, and lets pass what is right.
func TestPathRuleCanFail(t *testing.T) {
	t.Parallel()
	p := placesOf([]string{"Makefile", "docs/model.md", "docs/adr/001-a.md", "internal/site/desk.go",
		"internal/kernel/store/open.go", "internal/theme/view_a.go", "web/islands/a.ts", "README.md"},
		"run: bin\n\ncheck-long: need\n")
	for _, c := range []struct{ text, want string }{
		{"see `internal/site/desk.go`, `internal/site`, `internal/kernel/...` and `internal/theme/view*.go`", ""},
		{"see `internal/site/desks.go`", "internal/site/desks.go"},
		{"see `internal/sites`", "internal/sites"},
		{"see `internal/theme/vue_*.go`", "vue_*.go"},
		{"see `desk.go`, `store/open.go` and `../site/desk.go`", ""},
		{"see `desks.go`", "desks.go"},
		{"see `store/desk.go`", "store/desk.go"},
		{"see `internal/{site,theme}`", ""},
		{"see `internal/{site,them}`", "internal/them"},
		{"the packages `kernel/store` and `letter/letterweb`", ""},
		{"the package `kernel/stores`", "kernel/stores"},
		{"[model](model.md), [one](adr/001-a.md#top), [elsewhere](https://example.org/x)", ""},
		{"[model](models.md)", "models.md"},
		{"run `make run` or `make check-long`", ""},
		{"run `make chek`", "make chek"},
		{"```\nmake run\nmake lint   # all\n```", "make lint"},
		{"```\ngo test ./internal/site/...\ngo test ./internal/sight/...\n```", "internal/sight"},
		{"we make sure that `x/y` stays", ""},
	} {
		found := strings.Join(pathRule("docs/a.md", c.text, p), "\n")
		if (c.want == "") != (found == "") || !strings.Contains(found, c.want) {
			t.Errorf("%q: want %q, got %q", c.text, c.want, found)
		}
	}
}
