package table

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// list writes a CSV file of n records.
func list(t *testing.T, at string, n int) {
	t.Helper()
	var b strings.Builder
	b.WriteString("编号,标题\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,第%d条\n", i, i)
	}
	if err := os.WriteFile(at, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestChanged: a file that changes while it is read ends with an error. The stored original is always the file that was
// read.
func TestChanged(t *testing.T) {
	const n = 50_000
	for name, change := range map[string]func(at string) error{
		"untouched": nil,
		"grown": func(at string) error {
			f, err := os.OpenFile(at, os.O_APPEND|os.O_WRONLY, 0)
			if err == nil {
				_, err = f.WriteString("99,后来的\n")
				_ = f.Close()
			}
			return err
		},
		"cut":      func(at string) error { return os.Truncate(at, 1000) },
		"replaced": func(at string) error { list(t, at+".new", n); return os.Rename(at+".new", at) },
		"removed":  os.Remove,
	} {
		at := filepath.Join(t.TempDir(), "a.csv")
		list(t, at, n)
		kept := 0
		src := Open(at, source.Separated, false, func(context.Context) (string, error) { kept++; return "hash", nil })
		got, ended := 0, error(nil)
		for in, err := range src.Inputs(t.Context()) {
			if err != nil {
				ended = err
				break
			}
			if got++; got == 1 && change != nil {
				if err := change(at); err != nil {
					t.Fatal(err)
				}
			}
			if in.Fields["标题"] == "后来的" {
				t.Errorf("%s: read beyond the end that the file had", name)
			}
			if _, err := in.StoreFile(t.Context()); (err != nil) != (name == "grown" || name == "cut" ||
				name == "replaced") {
				t.Fatalf("%s: kept: %v", name, err)
			}
		}
		switch name {
		case "untouched", "removed":
			if ended != nil || got != n || kept != n {
				t.Errorf("%s: %d records, %v", name, got, ended)
			}
		default:
			if !fault.Is(ended, fault.Conflict) || !strings.Contains(fault.Text(ended), "再导入一次") || kept != 0 {
				t.Errorf("%s: %v", name, ended)
			}
		}
	}
}
