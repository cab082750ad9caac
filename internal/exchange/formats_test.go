package exchange_test

import (
	"bytes"
	"compress/gzip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/store"
	"guiyi/internal/kernel/store/storetest"
	"guiyi/internal/resource"
)

func each(t *testing.T, fn func(t *testing.T, w *exchangetest.World)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { fn(t, exchangetest.New(t, db, t.TempDir())) },
		exchangetest.Tables()...)
}

const body = `<p>各县（区）人民政府，市政府各部门：为进一步优化营商环境，促进中小企业健康发展，现就有关事项通知如下，请认真贯彻执行。</p><p>一、加大金融支持力度，降低企业融资成本，完善政府性融资担保体系建设。</p>`

func encode(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func zipped(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestFormats imports the same notice in every format and checks the item in the library.
func TestFormats(t *testing.T) {
	const title = "清河市关于促进中小企业发展的通知"
	const table = "标题,日期,内容,文号\n" + title + ",2026年3月2日,为进一步优化营商环境，现通知如下。,清政发〔2026〕18号\n"
	const line = `{"标题":"` + title + `","日期":"2026-03-02","内容":"为进一步优化营商环境，现通知如下。","文号":"清政发〔2026〕18号"}` + "\n"
	utf16 := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	big5 := "標題,日期,內容\n" + title0 + ",2026-03-02,為進一步優化營商環境，現通知如下。\n" +
		strings.Repeat("城市,2026-03-02,為進一步優化營商環境，現通知如下。\n", 20)
	for name, text := range map[string]string{
		"one.html": exchangetest.Page(title, body),
		"gbk.html": encode(t, simplifiedchinese.GBK,
			strings.Replace(exchangetest.Page(title, body), "utf-8", "gb2312", 1)),
		"wide.html":     encode(t, utf16, exchangetest.Page(title, body)),
		"a.jsonl":       line,
		"bom.jsonl":     "\ufeff" + line,
		"wide.jsonl":    encode(t, utf16, line),
		"a.jsonl.gz":    zipped(t, line),
		"a.csv":         table,
		"bom.csv":       "\ufeff" + table,
		"gb.csv":        encode(t, simplifiedchinese.GB18030, table),
		"wide.csv":      encode(t, utf16, table),
		"a.tsv":         strings.ReplaceAll(table, ",", "\t"),
		"a.csv.gz":      zipped(t, table),
		"semicolon.csv": strings.ReplaceAll(table, ",", ";"),
		"big5.csv":      encode(t, traditionalchinese.Big5, big5),
		"rss.xml": `<?xml version="1.0" encoding="utf-8"?><!-- <html> --><rss version="2.0"><channel><title>清河日报</title><item><title>` + title +
			`</title><link>http://old.qinghe.gov.cn/a.html</link><pubDate>Mon, 02 Mar 2026 10:30:00 +0800</pubDate><description><![CDATA[<html><p>为进一步优化营商环境。</p></html>]]></description></item></channel></rss>`,
		"atom.xml": `<feed xmlns="http://www.w3.org/2005/Atom"><title>清河日报</title><entry><id>urn:1</id><title>` +
			title +
			`</title><updated>2026-03-02T02:30:00Z</updated><content type="html">&lt;p&gt;为进一步优化营商环境。&lt;/p&gt;</content></entry></feed>`,
		"content.yaml": "id: a-1\ncolumn: zwgk/zcwj\ntitle: " + title +
			"\ndate: 2026-03-02 10:30\nbody: |\n  为进一步优化营商环境。\n",
	} {
		t.Run(name, func(t *testing.T) {
			w := exchangetest.SQLite(t)
			dir := exchangetest.Write(t, map[string]string{name: text})
			m := &exchange.Mapping{Fields: map[string][]string{"title": {"標題"}, "body": {"內容"}}}
			r := w.ImportPath(filepath.Join(dir, name), m)
			if r.Imported == 0 || r.Quarantined > 0 {
				t.Fatalf("report: %+v %v %v", r.Totals, r.Reasons, r.Lines)
			}
			want, found := title, false
			if name == "big5.csv" {
				want = title0
			}
			for _, it := range w.Items() {
				day := store.FromMilli(it.Edition.PublishedAt).Format(time.DateOnly)
				found = found || it.Edition.Title == want && day == "2026-03-02" && it.Edition.Text != ""
				if no := it.Edition.Document; no != nil && no.DocNo != "" && no.DocNo != "清政发〔2026〕18号" {
					t.Errorf("document number %q", no.DocNo)
				}
				if it.From[0].RawHash == "" && name != "content.yaml" {
					t.Error("the original was not kept")
				}
			}
			if !found {
				t.Errorf("not in the library as it should be: %+v", w.Items())
			}
			if again := w.ImportPath(filepath.Join(dir, name), m); again.Unchanged != again.Inputs-again.Quarantined {
				t.Errorf("second run: %+v", again.Totals)
			}
		})
	}
}

const title0 = "清河市關於促進中小企業發展的通知"

func TestWorkbook(t *testing.T) {
	x := excelize.NewFile()
	defer x.Close()
	chinese := `yyyy"年"m"月"d"日"`
	style, err := x.NewStyle(&excelize.Style{CustomNumFmt: &chinese})
	if err != nil {
		t.Fatal(err)
	}
	short, err := x.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	set := func(cell string, v any) {
		if err := x.SetCellValue("Sheet1", cell, v); err != nil {
			t.Fatal(err)
		}
	}
	for i, row := range [][]any{{"标题", "发布日期", "内容", "金额"}, {"通知一", 46083.4375, "正文一", 12.5}, {"通知二", 46083, "正文二", 3},
		{"通知三", 46083, "正文三", 4}, {"通知四", "2026-03-02", "正文四"}} {
		for j, v := range row {
			cell, _ := excelize.CoordinatesToCellName(j+1, i+2) // the first row is empty
			set(cell, v)
		}
	}
	_ = x.SetCellStyle("Sheet1", "B4", "B4", style)
	_ = x.SetCellStyle("Sheet1", "B5", "B5", short)
	at := filepath.Join(t.TempDir(), "a.xlsx")
	if err := x.SaveAs(at); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, w *exchangetest.World) {
		if r := w.ImportPath(at, nil); r.Imported != 4 {
			t.Fatalf("report: %+v %v", r.Totals, r.Lines)
		}
		for _, it := range w.Items() {
			want := "2026-03-02 00:00"
			if it.Edition.Title == "通知一" {
				want = "2026-03-02 10:30"
			}
			if got := store.FromMilli(it.Edition.PublishedAt).Format("2006-01-02 15:04"); got != want {
				t.Errorf("%s: %s, want %s", it.Edition.Title, got, want)
			}
		}
	})
}

func TestContentFiles(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		dir := exchangetest.Write(t, map[string]string{
			"news.yaml": "# 新闻\n---\nid: a\nclass: document\ncolumn: xwdt/szyw\nalso: [xwdt/tzgg]\ntitle: 甲\ndate: 2026-03-02 10:30\nimage: p.png\nattachments: [{name: 表.csv, file: f/x.csv}]\nbody: |\n  正文\n" +
				"---\nid: b\ntitle: [坏的\n---\nid: c\ncolumn: nowhere\ntitle: 丙\nbody: 正文\n---\ntitle: 没有编号\nbody: 正文\n---\nid: d\ncolour: red\ntitle: 丁\n---\nid: e\ncolumn: xwdt/szyw\ninterprets: a\ntitle: 戊\ndate: 昨天\nbody: 正文\n" +
				"---\nid: f\ncolumn: xwdt/szyw\nclass: interpretation\ninterprets: a\nform: 图解\ntitle: 己\nbody: 正文\n",
			"p.png": png, "f/x.csv": "a,b\n1,2\n",
		})
		r := w.ImportPath(dir, nil)
		if r.Imported != 2 || r.Quarantined != 5 || r.Reasons[source.ReasonMalformed] != 5 {
			t.Fatalf("report: %+v %v %+v", r.Totals, r.Reasons, r.Lines)
		}
		a := w.Items()["a"].Edition
		if a.Cover == nil || len(a.Files) != 1 || a.Files[0].Name != "表.csv" {
			t.Errorf("cover and files: %+v", a)
		}
		if n := w.Counts(); n["resource_placement"] != 3 || n["resource_link"] != 1 {
			t.Errorf("placements and links: %v", n)
		}
		if r := w.ImportPath(dir, nil); r.Unchanged != 2 || r.Quarantined != 5 {
			t.Errorf("second run: %+v", r.Totals)
		}
	})
}

// TestVersions checks the links between the versions of a law.
func TestVersions(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		at := filepath.Join(exchangetest.Write(t,
			map[string]string{"laws.jsonl": `{"id":"new","title":"条例","date":"2024-09-27","body":"新"}
{"id":"none","title":"条例","date":"","body":"最旧"}
{"id":"old","title":"条例","date":"2020-04-10","body":"旧"}
{"id":"other","title":"办法","date":"2020-04-10","body":"别的"}
`}), "laws.jsonl")
		m := &exchange.Mapping{Class: resource.Document,
			Versions: exchange.VersionRule{By: []string{"title"}, Validity: "修改"}}
		if r := w.ImportPath(at, m); r.Imported != 4 {
			t.Fatalf("report: %+v %v", r.Totals, r.Lines)
		}
		for id, it := range w.Items() {
			validity := ""
			if d := it.Edition.Document; d != nil {
				validity = d.Validity
			}
			if replaced := id == "old" || id == "none"; replaced != (validity == "修改") {
				t.Errorf("%s: validity %q", id, validity)
			}
		}
		if n := w.Counts()["resource_link"]; n != 2 {
			t.Errorf("%d links, want 2", n)
		}
		if r := w.ImportPath(at, m); r.Unchanged != 4 {
			t.Errorf("second run: %+v", r.Totals)
		}
	})
}
