package guiyi_test

import (
	"go/ast"
	"path"
	"strings"
	"testing"
)

// swift are functions that give a file its name without being sure that a power cut keeps it, and why that is right.
var swift = map[string]string{
	"internal/edge/accesslog renameCurrent": "lines of the log are lost by a power cut anyway, as they are written without waiting",
	"internal/edge/accesslog compress":      "the plain file goes in the same folder, which keeps their order",
	"internal/kernel/bus announce":          "says where the process listens that dies with the machine",
	"internal/kernel/blob removeStale":      "takes a file away; back it comes under the name that it had",
	"internal/kernel/audit writeHead":       "an older head beside the database proves less, and the next one is written soon",
	"internal/kernel/backup publish":        "add has flushed each file, and all folders are flushed behind the last one",
	"internal/app makeSecret":               "a secret that is gone is made again",
}

// TestDurable: a file gets its name when its bytes are on the disk, and the name is there before anybody relies on it.
func TestDurable(t *testing.T) {
	t.Parallel()
	met := map[string]bool{}
	for _, s := range goFiles(t, "internal/") {
		if s.test() {
			continue
		}
		for name, wrong := range durableRule(s) {
			met[name] = true
			if swift[name] == "" {
				t.Errorf("%s: %s", name, wrong)
			}
		}
	}
	for name := range swift {
		if !met[name] {
			t.Errorf("%s needs no exception any more", name)
		}
	}
}

// durableRule finds functions that rename or link a file which was not flushed before, in a statement of its own, or
// whose folder is not flushed behind it.
func durableRule(s source) map[string]string {
	broken := map[string]string{}
	for _, d := range s.file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		var flushes, names []ast.Node
		ast.Inspect(f.Body, func(n ast.Node) bool {
			x, ok := n.(*ast.SelectorExpr)
			id, isID := n.(*ast.Ident)
			switch {
			case ok && x.Sel.Name == "Sync", isID && id.Name == "syncDir":
				flushes = append(flushes, n)
			case ok && (x.Sel.Name == "Rename" || x.Sel.Name == "Link") && namesFiles(x.X):
				names = append(names, n)
			}
			return true
		})
		for _, n := range names {
			before, behind := false, false
			for _, flush := range flushes {
				before = before || flush.End() < n.Pos() && !sameCall(f.Body, flush, n)
				behind = behind || flush.Pos() > n.End()
			}
			name := path.Dir(s.path) + " " + f.Name.Name
			switch {
			case !before:
				broken[name] = s.at(n) + ": the file gets its name before its bytes are flushed: Sync in a statement before"
			case !behind:
				broken[name] = s.at(n) + ": a power cut loses the name: flush the folder behind it"
			}
		}
	}
	return broken
}

// namesFiles tells os and a root of os from others that rename.
func namesFiles(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "os" || strings.HasSuffix(x.Name, "root")
	case *ast.SelectorExpr:
		return x.Sel.Name == "root"
	}
	return false
}

// sameCall tells whether both are arguments of one call: the second is done even when the first fails.
func sameCall(in, a, b ast.Node) (same bool) {
	ast.Inspect(in, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		same = same || ok && call.Lparen < min(a.Pos(), b.Pos()) && max(a.End(), b.End()) < call.Rparen
		return !same
	})
	return same
}

// TestDurableCanFail shows each kind to the rule.
func TestDurableCanFail(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"f.Sync(); os.Rename(a, b); syncDir(c)":             "",
		"f.Sync(); os.Link(a, b); d.Sync()":                 "",
		"os.Rename(a, b); syncDir(c)":                       "flushed",
		"f.Sync(); os.Rename(a, b)":                         "folder",
		"errors.Join(f.Sync(), os.Rename(a, b)); d.Sync()":  "flushed",
		"err := f.Sync(); p := s.d.root.Link; p(a, b)":      "folder",
		"p := s.d.root.Link; p(a, b); return syncDir(c)":    "flushed",
		"db.Rename(a, b)":                                   "",
		"errors.Join(f.Sync(), f.Close()); os.Rename(a, b)": "folder",
	} {
		found := ""
		for _, wrong := range durableRule(parse(t, "internal/a/a.go", "package a\nfunc f() { "+body+" }\n")) {
			found = wrong
		}
		if (found == "") != (want == "") || !strings.Contains(found, want) {
			t.Errorf("%s: %q, want %q", body, found, want)
		}
	}
}
