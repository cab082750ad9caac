// Command lint (代码检查) holds analyzers that go vet does not have, for "go vet -vettool": errors that nobody looks at,
// pointers that are certainly nil, writes that nobody reads. It is a module of its own, so that the program does not
// depend on it.
package main

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/gordonklaus/ineffassign/pkg/ineffassign"
	"github.com/kisielk/errcheck/errcheck"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"golang.org/x/tools/go/analysis/unitchecker"
)

func main() {
	unitchecker.Main(
		programOnly(errcheck.Analyzer),
		ineffassign.Analyzer,
		nilness.Analyzer,
		unusedwrite.Analyzer,
	)
}

// programOnly keeps an analyzer out of tests, which fail by other means.
func programOnly(a *analysis.Analyzer) *analysis.Analyzer {
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		pass.Files = slices.DeleteFunc(slices.Clone(pass.Files), func(f *ast.File) bool {
			return strings.HasSuffix(pass.Fset.Position(f.Package).Filename, "_test.go")
		})
		return run(pass)
	}
	return a
}
