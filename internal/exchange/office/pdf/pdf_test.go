package pdf

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
)

// hello is a file of one page with one line of text.
const hello = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 39>>stream
BT /F 12 Tf 20 100 Td (Hello 2026) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
`

// TestPDF has one reader for all: it takes seconds to start.
func TestPDF(t *testing.T) {
	var r Reader
	t.Run("files", func(t *testing.T) { testFiles(t, &r) })
	t.Run("time", func(t *testing.T) { testTime(t, &r) })
	t.Run("real", func(t *testing.T) { testReal(t, &r) })
	for range 2 {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// testFiles: what is read and what is refused; a damaged file does not spoil the next one.
func testFiles(t *testing.T, r *Reader) {
	for name, c := range map[string]struct {
		file, want string
		kind       fault.Kind // Internal = none
	}{
		"a line":  {hello, "Hello 2026", fault.Internal},
		"no text": {strings.Replace(hello, "(Hello 2026) Tj", "", 1), "", fault.Internal},
		"cut":     {hello[:60], "", fault.Unsupported},
		"no PDF":  {"%PDF-1.4 nothing", "", fault.Unsupported},
		"a script": {strings.Replace(hello, "/Pages 2 0 R",
			"/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.alert(1))>>", 1),
			"Hello 2026", fault.Internal},
		"a circle": {strings.Replace(hello, "/Kids[3 0 R]", "/Kids[2 0 R]", 1), "", fault.Internal},
		"outside": {strings.Replace(hello, "/Length 39", "/Length 39/F(http://198.51.100.1/a)", 1), "",
			fault.Internal},
	} {
		got, _, err := r.Text(t.Context(), []byte(c.file))
		if name == "outside" || name == "a circle" { // read or refused, never fetched nor without end
			if err == nil || fault.Is(err, fault.Unsupported) {
				continue
			}
		}
		if got != c.want || err == nil && c.kind != fault.Internal || err != nil && !fault.Is(err, c.kind) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
	if got, _, err := r.Text(t.Context(), []byte(hello)); got != "Hello 2026" || err != nil {
		t.Errorf("after the others: %q, %v", got, err)
	}
}

// testTime: the end of the time ends the reading, and the next file is read.
func testTime(t *testing.T, r *Reader) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, _, err := r.Text(ctx, []byte(hello)); !fault.Is(err, fault.TooLarge) {
		t.Errorf("%v, want the end of the time", err)
	}
	if got, _, err := r.Text(t.Context(), []byte(hello)); got != "Hello 2026" {
		t.Errorf("after it: %q, %v", got, err)
	}
}

// testReal reads the real files beside the repository.
func testReal(t *testing.T, r *Reader) {
	files, err := filepath.Glob("../../../../../shared/data/attachments/pdf/*.pdf")
	if err != nil || len(files) == 0 {
		t.Skip("no real input beside the repository: ../shared/data/attachments is missing")
	}
	for _, f := range files {
		body, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		text, cut, err := r.Text(t.Context(), body)
		if err != nil || text == "" {
			t.Errorf("%s: %d characters, %v", filepath.Base(f), len(text), err)
		}
		t.Logf("%s: %d KB, %d KB of text, cut %t, %v", filepath.Base(f), len(body)>>10, len(text)>>10, cut,
			time.Since(start).Round(time.Millisecond))
	}
}
