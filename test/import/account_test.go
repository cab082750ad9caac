package importtest

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"

	"github.com/xuri/excelize/v2"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/charset"
	"guiyi/internal/kernel/fault"
)

// fullAccount asks for every file. Without it files above shortFile bytes are left to make check-long.
const (
	fullAccount = "GUIYI_TEST_ACCOUNT"
	shortFile   = 256 << 10
)

// parts of saved pages, which no one imports by themselves.
var parts = []string{".css", ".js", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".woff", ".ttf", ".eot", ".md", ""}

// TestAccount takes every file of the real input through the import and counts by itself what lies in it: each page,
// entry, row and sheet is an item, merged, in quarantine or named with the reason why it is none; a file that is
// refused
// is refused in words that say what it is.
func TestAccount(t *testing.T) {
	root, full := data(t), os.Getenv(fullAccount) != ""
	sums, worlds := map[string]*account{}, map[string]*exchangetest.World{}
	err := filepath.WalkDir(root, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() > shortFile && !full {
			return err
		}
		rel, _ := filepath.Rel(root, at)
		folder := strings.Split(filepath.ToSlash(rel), "/")[0]
		if sums[folder] == nil {
			sums[folder], worlds[folder] = &account{}, exchangetest.SQLite(t)
		}
		if slices.Contains(parts, strings.ToLower(filepath.Ext(at))) {
			sums[folder].parts++
			return nil
		}
		sums[folder].file(t, worlds[folder], at)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "folder\tparts of pages\tfiles\trefused\tcounted\theaders\titems\tmerged\tquarantined\tnamed")
	for _, name := range slices.Sorted(keys(sums)) {
		s := sums[name]
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\n", name, s.parts, s.files, s.refused, s.counted,
			s.headers, s.items, s.merged,
			s.held, s.named)
	}
	_ = w.Flush()
	t.Logf("all files: %v\n%s", full, out.String())
}

func keys(m map[string]*account) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// account sums what became of the files of a folder.
type account struct{ files, parts, refused, counted, headers, items, merged, held, named int }

func (a *account) file(t *testing.T, w *exchangetest.World, at string) {
	a.files++
	counted, headers, known := count(t, at)
	src, err := exchange.OpenPath(at, w.Blobs)
	var r *exchange.Report
	if err == nil {
		r, err = w.Run(w.Ctx, exchange.Request{Source: src, Site: exchangetest.Site})
	}
	if err != nil {
		a.refused++
		if fault.KindOf(err) == fault.Internal || !regexp.MustCompile(`\p{Han}{4}`).MatchString(fault.Text(err)) {
			t.Errorf("%s: refused without words: %v", at, err)
		}
		if r != nil && r.Inputs > 0 {
			t.Errorf("%s: broken off after %d inputs: %v", at, r.Inputs, err)
		}
		return
	}
	items := r.Imported + r.Updated + r.Unchanged
	if known && counted != items+r.Merged+r.Quarantined+rowsNamed(r)+headers {
		t.Errorf("%s: %d counted, %d of them headers, but %+v and %d named: %v", at, counted, headers, r.Totals,
			r.LeftoverCount, r.Leftovers[:min(len(r.Leftovers), 3)])
	}
	if !known {
		counted = r.Inputs + r.LeftoverCount
	}
	a.counted, a.headers, a.items, a.merged = a.counted+counted, a.headers+headers, a.items+items, a.merged+r.Merged
	a.held, a.named = a.held+r.Quarantined, a.named+r.LeftoverCount
}

var rowsOfSheet = regexp.MustCompile(`这张工作表的 (\d+) 行没有导入`)

// rowsNamed counts the rows that are named with a reason, one by one or with their sheet. A sheet that is empty or
// hidden, a header with nothing below it, and columns that nobody uses are named as well, and are no rows.
func rowsNamed(r *exchange.Report) (n int) {
	for _, l := range r.Leftovers {
		m := rowsOfSheet.FindStringSubmatch(l.Why)
		switch {
		case m != nil:
			rows, _ := strconv.Atoi(m[1])
			n += rows
		case !strings.HasPrefix(l.Why, "空的工作表") && !strings.HasPrefix(l.Why, "隐藏的工作表") &&
			!strings.HasPrefix(l.Why, "只有表头") && !strings.HasPrefix(l.Why, "没有用到的列"):
			n++
		}
	}
	return n
}

// count says how many pages, entries or rows with content are in a file, by means that are not the import's; and how
// many of them are headers. known is false for files whose rows only a reader of that format could count.
func count(t *testing.T, at string) (n, headers int, known bool) {
	raw, err := os.ReadFile(at)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(at, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	switch source.Sniff(raw[:min(len(raw), 4096)]) {
	case source.Page:
		return 1, 0, !strings.EqualFold(filepath.Ext(at), ".xls")
	case source.Lines:
		return filledLines(string(raw)), 0, true
	case source.Feed:
		text, _, err := charset.Decode(raw, "")
		if err != nil {
			return 0, 0, false
		}
		return len(regexp.MustCompile(`<(?:item|entry)[\s>]`).FindAllString(text, -1)), 0, true
	case source.Separated:
		text, _, err := charset.Decode(raw, "")
		if err != nil || strings.Contains(text, `"`) { // a quoted cell may hold lines
			return 0, 0, false
		}
		return filledLines(text), 1, !regexp.MustCompile(`(?m)^[,;|\t]+\r?$`).MatchString(text)
	case source.Workbook:
		return countBook(raw)
	}
	return 0, 0, false
}

var bare = regexp.MustCompile(`^[\s,;|\x{3000}\x{00a0}\x{feff}]*$`)

func filledLines(text string) (n int) {
	s := bufio.NewScanner(strings.NewReader(text))
	s.Buffer(nil, 64<<20)
	for s.Scan() {
		if !bare.MatchString(s.Text()) {
			n++
		}
	}
	return n
}

// countBook counts the rows with content of all visible sheets; each sheet with any has a header.
func countBook(raw []byte) (n, headers int, known bool) {
	x, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		return 0, 0, false
	}
	defer x.Close()
	for _, sheet := range x.GetSheetList() {
		if shown, err := x.GetSheetVisible(sheet); err != nil || !shown {
			continue
		}
		rows, err := x.GetRows(sheet)
		if err != nil {
			return 0, 0, false
		}
		here := 0
		for _, row := range rows {
			if !bare.MatchString(strings.Join(row, "")) {
				here++
			}
		}
		if n += here; here > 0 {
			headers++
		}
	}
	return n, headers, true
}
