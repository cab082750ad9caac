package guiyi_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"
)

// source is one parsed Go file; path is relative to the repository.
type source struct {
	path string
	text string
	file *ast.File
	set  *token.FileSet
}

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.set.Position(n.Pos()).Line)
}
func (s source) test() bool {
	return strings.HasSuffix(s.path, "_test.go") || isTestHelper(filepath.ToSlash(filepath.Dir(s.path)))
}

func parse(t *testing.T, path, text string) source {
	t.Helper()
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, path, text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	return source{path: path, text: text, file: f, set: set}
}

var allFiles = sync.OnceValues(func() ([]string, error) {
	var names []string
	err := filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && slices.Contains([]string{".git", "node_modules", "bin", "data", "results"},
			d.Name()) {
			return filepath.SkipDir
		}
		if err == nil && d.Type().IsRegular() {
			names = append(names, filepath.ToSlash(path))
		}
		return err
	})
	return names, err
})

// files lists the repository without what is built or installed in it.
func files(t *testing.T) []string {
	t.Helper()
	names, err := allFiles()
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// goFiles parses every Go file below the folder.
func goFiles(t *testing.T, folder string) []source {
	t.Helper()
	var out []source
	for _, name := range files(t) {
		if strings.HasSuffix(name, ".go") && strings.HasPrefix(name, folder) {
			out = append(out, parse(t, name, read(t, name)))
		}
	}
	return out
}

// owner is who a file belongs to, and the prefix of the tables it may touch: kernel/jobs has job_.
func owner(path string) string {
	parts := strings.Split(path, "/")
	switch {
	case len(parts) > 2 && parts[0] == "internal" && parts[1] == "kernel":
		if parts[2] == "lease" { // its migration was written when the package was called hold, and never changes
			return "hold"
		}
		return strings.TrimSuffix(parts[2], "s")
	case len(parts) > 1 && parts[0] == "internal":
		return parts[1]
	}
	return parts[0]
}

var createTable = regexp.MustCompile(`(?i)create\s+table\s+(?:if\s+not\s+exists\s+)?([a-z_]+)`)

// tablesOf reads migrations: table → owner. A table whose name does not begin with its owner's is told.
func tablesOf(migrations map[string]string) (tables map[string]string, broken []string) {
	tables = map[string]string{}
	for path, text := range migrations {
		for _, m := range createTable.FindAllStringSubmatch(text, -1) {
			tables[m[1]] = owner(path)
			if !strings.HasPrefix(m[1], owner(path)+"_") {
				broken = append(broken, fmt.Sprintf("%s creates %s: tables carry the prefix of their slice, %s_", path,
					m[1], owner(path)))
			}
		}
	}
	return tables, broken
}

var (
	word     = regexp.MustCompile(`[a-z]+(?:_[a-z]+)+`)
	tableTag = regexp.MustCompile(`table:([a-z_]+)`)
)

// tableRule finds names of tables in the texts (SQL and bun tags) of packages that do not own them.
func tableRule(s source, tables map[string]string) (broken []string) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		lit, ok := n.(*ast.BasicLit)
		if !ok || lit.Kind != token.STRING {
			return true
		}
		for _, w := range word.FindAllString(lit.Value, -1) {
			if own := tables[w]; own != "" && own != owner(s.path) {
				broken = append(broken,
					fmt.Sprintf("%s names %s, a table of %s: tables belong to one slice; ask it, or follow its events",
						s.at(lit), w, own))
			}
		}
		if m := tableTag.FindStringSubmatch(lit.Value); m != nil && tables[m[1]] == "" {
			broken = append(broken, fmt.Sprintf("%s: no migration creates %s", s.at(lit), m[1]))
		}
		return true
	})
	return broken
}

// orRule finds WhereOr outside a WhereGroup: it would stand beside the owner's condition and lift it.
func orRule(s source) (broken []string) {
	grouped := map[ast.Node]bool{}
	ast.Inspect(s.file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		switch sel.Sel.Name {
		case "WhereGroup":
			for _, arg := range call.Args {
				ast.Inspect(arg, func(in ast.Node) bool {
					if in != nil {
						grouped[in] = true
					}
					return true
				})
			}
		case "WhereOr":
			if !grouped[call] {
				broken = append(broken, s.at(call)+
					": a bare WhereOr lifts the owner's condition; put it inside a WhereGroup")
			}
		}
		return true
	})
	return broken
}

// fieldWords are words of government that kernel does not know. "site" and "column" are ours too, but also words of
// files and tables.
var fieldWords = []string{"article", "citizen", "county", "department", "dossier", "edition", "editorial", "gov",
	"government", "interpretation",
	"leader", "letter", "mayor", "ministry", "municipal", "placement", "province", "sponsor"}

// wordRule finds field words in the identifiers of a file of kernel.
func wordRule(s source) (broken []string) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		for _, w := range camelWords(id.Name) {
			if slices.Contains(fieldWords, w) || slices.Contains(fieldWords, strings.TrimSuffix(w, "s")) {
				broken = append(broken,
					fmt.Sprintf("%s: %s: kernel knows no government word (%q); it belongs to a slice", s.at(id),
						id.Name, w))
			}
		}
		return true
	})
	return broken
}

var camel = regexp.MustCompile(`[A-Z]+(?:[A-Z][a-z0-9]+)|[A-Z]?[a-z0-9]+|[A-Z]+`)

// camelWords splits HTTPLetters into http and letters.
func camelWords(name string) []string {
	var words []string
	for _, w := range camel.FindAllString(name, -1) {
		if i := strings.IndexFunc(w, unicode.IsLower); i > 1 { // HTTPLetters → HTTP, Letters
			words = append(words, strings.ToLower(w[:i-1]))
			w = w[i-1:]
		}
		words = append(words, strings.ToLower(w))
	}
	return words
}

// httpRule: a pure package may use names of net/http (status codes, header forms) and nothing that acts.
func httpRule(s source) (broken []string) {
	allowed := regexp.MustCompile(
		`^(Status[A-Z]\w*|StatusText|Header|ParseTime|TimeFormat|Method[A-Z]\w*|CanonicalHeaderKey)$`)
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == "http" && !allowed.MatchString(sel.Sel.Name) {
			broken = append(broken, s.at(sel)+": http."+sel.Sel.Name+
				" in a pure package, which only uses the names of HTTP")
		}
		return true
	})
	return broken
}

// TestSources holds every source file against the rules about tables, owners, words and purity.
func TestSources(t *testing.T) {
	t.Parallel()
	migrations := map[string]string{}
	for _, name := range files(t) {
		if strings.HasSuffix(name, ".sql") && strings.Contains(name, "/migrations/") {
			migrations[name] = read(t, name)
		}
	}
	tables, broken := tablesOf(migrations)
	if len(tables) < 20 {
		t.Fatalf("only %d tables found: the rule does not see the migrations", len(tables))
	}
	model := read(t, "docs/model.md")
	for table := range tables {
		if !strings.Contains(model, "`"+table+"`") {
			t.Errorf("docs/model.md does not tell of %s", table)
		}
	}
	for _, s := range goFiles(t, "internal/") {
		if !s.test() {
			broken = append(broken, tableRule(s, tables)...)
		}
		broken = append(broken, orRule(s)...)
		if strings.HasPrefix(s.path, "internal/kernel/") {
			broken = append(broken, wordRule(s)...)
		}
		if httpNames[filepath.ToSlash(filepath.Dir(s.path))] != nil && !s.test() {
			broken = append(broken, httpRule(s)...)
		}
	}
	for _, b := range broken {
		t.Error(b)
	}
}

// TestSourceRulesCanFail proves the same for the rules about source files.
func TestSourceRulesCanFail(t *testing.T) {
	t.Parallel()
	tables, broken := tablesOf(map[string]string{
		"internal/site/migrations/1.sql":        "CREATE TABLE site_site (id BIGINT);",
		"internal/kernel/jobs/migrations/1.sql": "create table if not exists job_task (id BIGINT);",
		"internal/publish/migrations/1.sql":     "CREATE TABLE resource_item (id BIGINT);",
	})
	if len(broken) != 1 || !strings.Contains(broken[0], "prefix of their slice") || len(tables) != 3 {
		t.Errorf("tables %v, findings %v", slices.Sorted(maps.Keys(tables)), broken)
	}
	ofTables := func(s source) []string { return tableRule(s, tables) }
	for _, c := range []struct {
		name, path, body, want string
		rule                   func(source) []string
	}{
		{"own table", "internal/site/store.go", "const q = `SELECT id FROM site_site`", "", ofTables},
		{"foreign table", "internal/publish/store.go", "const q = `SELECT id FROM site_site`", "a table of site",
			ofTables},
		{"foreign join", "internal/site/store.go", "const q = `SELECT 1 FROM site_site JOIN job_task`",
			"a table of job", ofTables},
		{"foreign tag", "internal/search/row.go", "type row struct { M int `bun:\"table:site_site\"` }",
			"a table of site", ofTables},
		{"unknown tag", "internal/site/row.go", "type row struct { M int `bun:\"table:site_ghost\"` }",
			"no migration creates", ofTables},
		{"bare or", "internal/site/a.go", "func f(q Q) { q.Where(`a`).WhereOr(`b`) }", "bare WhereOr", orRule},
		{"grouped or", "internal/site/a.go",
			"func f(q Q) { q.WhereGroup(` AND `, func(q Q) Q { return q.Where(`a`).WhereOr(`b`) }) }", "", orRule},
		{"field word", "internal/kernel/store/a.go", "func citizenName() {}", "no government word", wordRule},
		{"field words", "internal/kernel/store/a.go", "type HTTPLetters struct{}", "no government word", wordRule},
		{"no field word", "internal/kernel/store/a.go", "func governor(lettersize int) {}", "", wordRule},
		{"http names", "internal/edge/header/a.go", "const ok = http.StatusOK", "", httpRule},
		{"http client", "internal/edge/header/a.go", "var c = http.DefaultClient", "pure package", httpRule},
	} {
		found := strings.Join(c.rule(parse(t, c.path, "package p\n"+c.body)), "\n")
		if (c.want == "") != (found == "") || !strings.Contains(found, c.want) {
			t.Errorf("%s: want %q, got %q", c.name, c.want, found)
		}
	}
}
