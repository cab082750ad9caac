package table

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

// makeBook writes a workbook of one sheet; empty parts are omitted.
func makeBook(t testing.TB, at, sheet, shared, styles string) {
	t.Helper()
	f, err := os.Create(at)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, text := range map[string]string{
		contentTypes:                 `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/worksheets/sheet1.xml":   sheet,
		sharedStrings:                shared,
		"xl/styles.xml":              styles,
	} {
		if text == "" {
			continue
		}
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
}

// read reads a whole file.
func read(t testing.TB, at string, format source.Format) (all []source.Input, ended error) {
	t.Helper()
	keep := func(context.Context) (string, error) { return "", nil }
	for in, err := range Open(at, format, false, keep).Inputs(t.Context()) {
		if err != nil {
			return all, err
		}
		all = append(all, in)
	}
	return all, nil
}

const (
	goodSheet  = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>日期</t></is></c></row><row r="3"><c r="A3" s="1"><v>46083.4375</v></c><c><f>1</f><v>2</v></c><c t="str"><v>甲</v></c></row></sheetData></worksheet>`
	goodShared = `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>标题</t></si><si><r><t>通</t></r><r><rPr/><t>知</t></r></si></sst>`
	goodStyles = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts><numFmt numFmtId="170" formatCode="yyyy&quot;年&quot;m&quot;月&quot;d&quot;日&quot;"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="14"/></cellXfs></styleSheet>`
)

func TestWorkbookRows(t *testing.T) {
	at := filepath.Join(t.TempDir(), "a.xlsx")
	makeBook(t, at, goodSheet, goodShared, goodStyles)
	all, err := read(t, at, source.Workbook)
	if err != nil || len(all) != 1 || all[0].Name != "a.xlsx:3" || all[0].Fields["标题"] != "2026年3月2日" ||
		all[0].Fields["列2"] != "2" || all[0].Fields["日期"] != "甲" {
		t.Errorf("%+v %v", all, err)
	}
}

// FuzzWorkbook: no panic; errors have a Chinese text; rows come in order, and no more than the sheet has.
func FuzzWorkbook(f *testing.F) {
	f.Add(goodSheet, goodShared, goodStyles)
	f.Add(`<sheetData><row/><row r="9"><c r="XFD9" t="b"><v>1</v></c></row></sheetData>`, "", "")
	f.Add(
		`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c t="e"><v>#REF!</v></c><c t="d"><v>2026-03-02</v></c></row><row><c s="2"><v>1e300</v></c><c s="1"><v>-1</v></c></row></sheetData></worksheet>`, `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>`, goodStyles)
	f.Add(
		`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row><c><v>1</v></c></row><row><c s="1"><v>0.5</v></c></row></sheetData></worksheet>`, "", strings.ReplaceAll(goodStyles, "yyyy", "[$-804]# ?/?;[红色]@_*0E+00"))
	at := filepath.Join(f.TempDir(), "a.xlsx")
	f.Fuzz(func(t *testing.T, sheet, shared, styles string) {
		makeBook(t, at, sheet, shared, styles)
		all, err := read(t, at, source.Workbook)
		if err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("not for people: %v", err)
		}
		all = slices.DeleteFunc(all, func(in source.Input) bool { return in.Leftover != "" })
		if rows := strings.Count(sheet, "row"); len(all) > rows {
			t.Errorf("%d records of %d rows", len(all), rows)
		}
		last := ""
		for _, in := range all {
			if len(in.Fields) == 0 || len(in.Name) < len(last) || len(in.Name) == len(last) && in.Name <= last {
				t.Errorf("%s after %s: %v", in.Name, last, in.Fields)
			}
			last = in.Name
		}
	})
}

// FuzzText reads any bytes as a table and as JSON lines. There is no panic, each record has fields or a problem with a
// text, and the records come in order.
func FuzzText(f *testing.F) {
	for _, s := range []string{"编号,标题\n1,甲\n\"2\n\",乙\n", "a\tb\n1\t\"2\n",
		"\xff\xfea\x00,\x00b\x00\n\x001\x00,\x002\x00\n\x00", "\xb1\xea\xcc\xe2,\xc4\xda\xc8\xdd\n\xbc\xd7,\xd2\xd2\n",
		"{\"a\":1}\n[]\n{\"b\":{\"c\":[1,\"x\"]}}\n\xef\xbb\xbf"} {
		f.Add([]byte(s))
	}
	at := filepath.Join(f.TempDir(), "a.txt")
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(at, text, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, format := range []source.Format{source.Separated, source.Lines} {
			all, err := read(t, at, format)
			if err != nil && fault.KindOf(err) == fault.Internal {
				t.Fatalf("not for people: %v", err)
			}
			last, size := "", 0
			for _, in := range all {
				if in.Leftover != "" { // sent at the end of the table, not in order
					continue
				}
				if in.Problem != nil && fault.Text(in.Problem) == "" || in.Problem == nil && in.Fields == nil {
					t.Errorf("%s: %v", in.Name, in.Problem)
				}
				if len(in.Name) < len(last) || len(in.Name) == len(last) && in.Name <= last {
					t.Errorf("%s after %s", in.Name, last)
				}
				last = in.Name
				for _, v := range in.Fields {
					size += len(v)
				}
			}
			if size > 10*len(text) {
				t.Errorf("%d bytes out of %d", size, len(text))
			}
		}
	})
}
