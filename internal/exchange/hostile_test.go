package exchange_test

import (
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unicode"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/exchange/source"
	"guiyi/internal/exchange/source/table"
	"guiyi/internal/kernel/fault"
)

// attempt imports a path; the import may be refused as a whole. The error must be in Chinese and safe to show. attempt
// also limits the live memory that the import may use.
func attempt(t *testing.T, w *exchangetest.World, at string) (*exchange.Report, error) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	src, err := exchange.OpenPath(at, w.Blobs)
	var r *exchange.Report
	if err == nil {
		r, err = w.Run(w.Ctx, exchange.Request{Source: src, Site: exchangetest.Site})
	}
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 700<<20 {
		t.Errorf("%s: the heap grew by %d MiB", filepath.Base(at), grown>>20)
	}
	if err != nil {
		if text := fault.Text(err); fault.KindOf(err) == fault.Internal ||
			!strings.ContainsFunc(text, func(c rune) bool { return unicode.Is(unicode.Han, c) }) {
			t.Errorf("%s: no clear error: %v", filepath.Base(at), err)
		}
	}
	return r, err
}

// pour writes head and then n bytes of a repeated text.
func pour(t *testing.T, w io.Writer, head, text string, n int64) {
	t.Helper()
	if _, err := io.WriteString(w, head); err != nil {
		t.Fatal(err)
	}
	block := strings.Repeat(text, 1+(1<<20)/len(text))
	for ; n > 0; n -= int64(len(block)) {
		if _, err := io.WriteString(w, block); err != nil {
			t.Fatal(err)
		}
	}
}

func create(t *testing.T, name string) (*os.File, string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, f.Name()
}

func TestEndlessLine(t *testing.T) {
	w := exchangetest.SQLite(t)
	f, at := create(t, "a.jsonl")
	pour(t, f, lines(1)+`{"id":"long","title":"长","body":"`, "长", 100<<20)
	pour(t, f, "\"}\n"+`{"id":"after","title":"后面的","body":"没有丢"}`+"\n", "\n", 1)
	r, err := attempt(t, w, at)
	if err != nil || r.Imported != 2 || r.Reasons[source.ReasonSize] != 1 {
		t.Errorf("%v %+v", err, r)
	}
}

func TestGzipBombs(t *testing.T) {
	for name, text := range map[string]string{"one line": " ", "table": "a,b\n"} {
		t.Run(name, func(t *testing.T) {
			w := exchangetest.SQLite(t)
			f, at := create(t, "bomb.gz")
			z, _ := gzip.NewWriterLevel(f, gzip.BestSpeed)
			head := "{"
			if text != " " {
				head = "标题,内容\n"
			}
			pour(t, z, head, text, 600<<20)
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := attempt(t, w, at); !fault.Is(err, fault.TooLarge) {
				t.Errorf("a bomb: %v", err)
			}
		})
	}
}

func TestDamagedGzip(t *testing.T) {
	w := exchangetest.SQLite(t)
	whole := zipped(t, lines(5000))
	dir := exchangetest.Write(t, map[string]string{"cut.gz": whole[:len(whole)/2], "bad.gz": "\x1f\x8b\x08garbage"})
	r, err := attempt(t, w, filepath.Join(dir, "cut.gz"))
	if !fault.Is(err, fault.Invalid) || r.Imported == 0 || !r.AddUp() {
		t.Errorf("cut: %v %+v", err, r)
	}
	if _, err := attempt(t, w, filepath.Join(dir, "bad.gz")); err == nil {
		t.Error("garbage accepted")
	}
}

// TestHugeTable uses a sparse file, which needs no disk space.
func TestHugeTable(t *testing.T) {
	w := exchangetest.SQLite(t)
	f, at := create(t, "a.csv")
	pour(t, f, "标题,内容\n", "甲,乙\n", 1)
	if err := f.Truncate(table.MaxFile + 1); err != nil {
		t.Fatal(err)
	}
	if _, err := attempt(t, w, at); !fault.Is(err, fault.TooLarge) || !strings.Contains(fault.Text(err), "拆成几个文件") {
		t.Errorf("a file over the limit: %v", err)
	}
}

// sheet writes an XLSX file whose first sheet has the given XML.
func sheet(t *testing.T, fill func(w io.Writer)) string {
	t.Helper()
	f, at := create(t, "a.xlsx")
	z := zip.NewWriter(f)
	for name, text := range map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
			<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
	} {
		part, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(part, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	part, err := z.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(part,
		`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`); err != nil {
		t.Fatal(err)
	}
	fill(part)
	if _, err := io.WriteString(part, `</sheetData></worksheet>`); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return at
}

func TestHostileWorkbooks(t *testing.T) {
	const head = `<row r="1"><c r="A1" t="inlineStr"><is><t>标题</t></is></c><c r="B1" t="inlineStr"><is><t>内容</t></is></c></row>`
	cell := func(at string) string { return `<c r="` + at + `" t="inlineStr"><is><t>甲</t></is></c>` }
	write := func(w io.Writer, s string) {
		if _, err := io.WriteString(w, s); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		fill     func(w io.Writer)
		imported int // -1: the whole file is refused
	}{
		"good": {func(w io.Writer) { write(w, head+`<row r="2">`+cell("A2")+cell("B2")+`</row>`) }, 1},
		"million columns": {func(w io.Writer) {
			write(w, head+`<row r="2">`)
			pour(t, w, "", cell(""),
				60<<20)
			write(w, `</row>`)
		}, -1},
		"million empty cells": {func(w io.Writer) {
			write(w,
				head+`<row r="2">`+strings.Repeat(`<c/>`, 1_000_000)+cell("")+`</row>`)
		}, -1},
		"column beyond XFD": {func(w io.Writer) { write(w, head+`<row r="2">`+cell("BDWGN2")+`</row>`) }, -1},
		"last column":       {func(w io.Writer) { write(w, head+`<row r="2">`+cell("XFD2")+`</row>`) }, -1},
		"row beyond the last": {func(w io.Writer) {
			write(w,
				head+`<row r="2000000000">`+cell("A2000000000")+`</row>`)
		}, -1},
		"zip bomb":  {func(w io.Writer) { pour(t, w, head, " ", 600<<20) }, -1},
		"long text": {func(w io.Writer) { pour(t, w, head, " ", 100<<20) }, -1},
		"empty":     {func(io.Writer) {}, -1},
		"broken XML": {func(w io.Writer) {
			write(w,
				head+`<row r="2">`+cell("A2")+cell("B2")+`</row><row r="3"><c r="A3"`)
		}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			w := exchangetest.SQLite(t)
			r, err := attempt(t, w, sheet(t, c.fill))
			if refused := err != nil; refused != (c.imported < 0) {
				t.Fatalf("%v %+v", err, r)
			}
			if c.imported >= 0 && r.Imported != c.imported {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestDeepHTML(t *testing.T) {
	w := exchangetest.SQLite(t)
	dir := exchangetest.Write(t, map[string]string{
		"deep.html": exchangetest.Page("很深的网页", strings.Repeat("<div>", 100_000)+body+strings.Repeat("</div>",
			100_000)),
		"table.html": exchangetest.Page("很深的表格", strings.Repeat("<table><tr><td>", 20_000)+body),
		"wide.html":  exchangetest.Page("很多属性", "<p "+strings.Repeat("a=1 ", 200_000)+">"+body),
		"marks.html": exchangetest.Page("很多标记", strings.Repeat("<b><i><font>", 30_000)+body),
		"good.html":  exchangetest.Page("好的网页没有受影响", body),
	})
	r, err := attempt(t, w, dir)
	if err != nil || r.Inputs != 5 || w.Items()["good.html"].Item == nil {
		t.Errorf("%v %+v", err, r)
	}
	for _, l := range r.Lines {
		t.Logf("%s: %s %s", l.Name, l.Status, l.Detail)
	}
}

func TestUnbalancedQuotes(t *testing.T) {
	w := exchangetest.SQLite(t)
	var b strings.Builder
	b.WriteString("编号,标题,内容\n")
	for i := range 3000 {
		quote := ""
		if i%1000 == 7 {
			quote = `"`
		}
		fmt.Fprintf(&b, "%d,第%d号,%s正文%d\n", i, i, quote, i)
	}
	at := filepath.Join(exchangetest.Write(t, map[string]string{"a.csv": b.String()}), "a.csv")
	r, err := attempt(t, w, at)
	if err != nil || r.Imported != 2997 || r.Reasons[source.ReasonMalformed] != 3 {
		t.Fatalf("%v %+v %v", err, r.Totals, r.Reasons)
	}
	held, err := quarantine(w)
	if err != nil || len(held) != 3 || held[0].Name != "a.csv:1009" && held[1].Name != "a.csv:1009" &&
		held[2].Name != "a.csv:1009" {
		t.Errorf("held: %+v %v", held, err)
	}
}

func TestUnreadable(t *testing.T) {
	w := exchangetest.SQLite(t)
	dir := exchangetest.Write(t, map[string]string{"in/a.html": exchangetest.Page("好的网页没有受影响", body),
		"in/closed/b.html": exchangetest.Page("看不到", body), "out/secret.html": exchangetest.Page("外面的", body),
		"out/p.png":   png,
		"in/pic.html": exchangetest.Page("图片在外面的网页", body+`<img src="link.png"><img src="pipe.png">`),
		"in/z.html":   exchangetest.Page("最后一篇也没有丢", body)})
	in := filepath.Join(dir, "in")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Symlink(filepath.Join(dir, "out", "secret.html"), filepath.Join(in, "link.html")))
	must(os.Symlink(filepath.Join(dir, "out", "p.png"), filepath.Join(in, "link.png")))
	must(os.Symlink(filepath.Join(dir, "out"), filepath.Join(in, "folder.html")))
	must(os.Symlink("loop.html", filepath.Join(in, "loop.html")))
	must(os.Symlink("a.html", filepath.Join(in, "same.html")))
	must(syscall.Mkfifo(filepath.Join(in, "pipe.html"), 0o600))
	must(syscall.Mkfifo(filepath.Join(in, "pipe.png"), 0o600))
	r, err := attempt(t, w, in)
	if err != nil || r.Imported != 4 || r.Merged != 1 || r.Quarantined != 4 {
		t.Fatalf("%v %+v %+v", err, r.Totals, r.Lines)
	}
	if e := w.Items()["pic.html"].Edition; len(e.Media) != 0 {
		t.Error("a picture from outside the folder was taken in")
	}
	for id, it := range w.Items() {
		if it.Edition.Title == "外面的" {
			t.Errorf("%s leads out of the folder", id)
		}
	}
}

// TestClosedFolder needs a user who has no access to the folder. As root, it changes the file-system user of this
// thread to nobody.
func TestClosedFolder(t *testing.T) {
	w := exchangetest.SQLite(t)
	dir := exchangetest.Write(t, map[string]string{"a.html": exchangetest.Page("好的网页没有受影响", body),
		"closed/b.html": exchangetest.Page("看不到", body), "z.html": exchangetest.Page("最后一篇也没有丢", body)})
	if err := os.Chmod(filepath.Join(dir, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(dir, "closed"), 0o755) })
	src, err := exchange.OpenPath(dir, w.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		runtime.LockOSThread() // never unlocked: the thread ends with the test
		if err := syscall.Setfsuid(65534); err != nil {
			t.Skipf("cannot give up the rights of root: %v", err)
		}
		defer func() { _ = syscall.Setfsuid(0) }()
	}
	var names, problems []string
	for in, err := range src.Inputs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, in.Name)
		if in.Problem != nil {
			problems = append(problems, fault.Text(in.Problem))
		}
	}
	if len(names) != 3 || len(problems) != 1 || !strings.Contains(problems[0], "权限") {
		t.Errorf("inputs %v, problems %v", names, problems)
	}
}

func TestNotImportable(t *testing.T) {
	w := exchangetest.SQLite(t)
	dir := exchangetest.Write(t, map[string]string{"empty": "",
		"binary": "\x00\x01\x02\x03,\n" + strings.Repeat("\xfe\x80\x00", 4000), "text": "只有一行字",
		"header.csv": "标题,内容\n", "blank.csv": "\n,\n", "wide.csv": strings.Repeat("a,", 5000) + "\n1\n",
		"zip.xlsx": "PK\x03\x04garbage"})
	for _, name := range []string{"empty", "binary", "text", "wide.csv", "zip.xlsx", "blank.csv", "missing"} {
		if r, err := attempt(t, w, filepath.Join(dir, name)); err == nil {
			t.Errorf("%s: accepted: %+v", name, r.Totals)
		}
	}
	r, err := attempt(t, w, filepath.Join(dir, "header.csv"))
	if err != nil || r.Inputs != 0 || r.LeftoverCount != 1 || !strings.Contains(r.Leftovers[0].Why, "只有表头") {
		t.Errorf("a header alone: %+v %v", r, err)
	}
	if _, err := exchange.OpenPath("/dev/zero", w.Blobs); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("a device: %v", err)
	}
}
