package office

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
)

// attachments returns the real office files beside the repository, by extension, or skips the test.
func attachments(t *testing.T) map[string][]string {
	t.Helper()
	root := os.Getenv("GUIYI_DATA")
	if root == "" {
		root = "../../../../shared/data"
	}
	out := map[string][]string{}
	for _, folder := range []string{"forms", "ofd", "pdf"} {
		files, err := filepath.Glob(filepath.Join(root, "attachments", folder, "*.*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			ext := strings.TrimPrefix(strings.ToLower(filepath.Ext(f)), ".")
			out[ext] = append(out[ext], f)
		}
	}
	switch {
	case len(out) > 0:
	case os.Getenv("GUIYI_REQUIRE_DATA") != "":
		t.Fatal("no real input: ../shared/data/attachments is missing")
	default:
		t.Skip("no real input beside the repository: ../shared/data/attachments is missing")
	}
	return out
}

// TestRealText reads the text of every real file and prints a table by extension, see docs/attachments.md.
func TestRealText(t *testing.T) {
	files := attachments(t)
	var b strings.Builder
	for _, ext := range slices.Sorted(maps.Keys(files)) {
		ok, none, refused := 0, 0, map[string]int{}
		var peak uint64
		for _, f := range files[ext] {
			body, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			text, err := ReadText(t.Context(), f, bytes.NewReader(body), int64(len(body)))
			runtime.ReadMemStats(&after)
			peak = max(peak, (after.TotalAlloc-before.TotalAlloc)>>10)
			switch {
			case err != nil && fault.KindOf(err) == fault.Internal:
				t.Errorf("%s: %v", filepath.Base(f), err)
			case err != nil:
				refused[fault.Text(err)]++
			case text.Text == "":
				none++
				t.Logf("no text: %s", filepath.Base(f))
			default:
				ok++
			}
			if os.Getenv("SHOW") == ext {
				t.Logf("%s\n%.600s", filepath.Base(f), text.Text)
			}
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %d | %v | %d KB |\n", ext, len(files[ext]), ok, none, refused, peak)
	}
	t.Logf("| extension | files | text | no text | refused | allocated at most |\n%s", &b)
}

// TestRealDocuments imports every real document and prints what the reports tell of, in how many of them.
func TestRealDocuments(t *testing.T) {
	files := attachments(t)["docx"]
	told, titles := map[Kind]int{}, 0
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Import(t.Context(), bytes.NewReader(body), int64(len(body)))
		if err != nil {
			t.Errorf("%s: %v: %s", filepath.Base(f), err, fault.Text(err))
			continue
		}
		if strings.TrimSpace(d.HTML) == "" {
			t.Errorf("%s: no text", filepath.Base(f))
		}
		if d.Title != "" {
			titles++
		}
		for _, n := range d.Report {
			told[n.Kind]++
		}
	}
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(told)) {
		fmt.Fprintf(&b, "%-14s %3d\n", kind, told[kind])
	}
	t.Logf("%d documents, %d with a title; told of, in how many:\n%s", len(files), titles, &b)
}
