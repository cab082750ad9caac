package exchange_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/kernel/blob"
)

// TestOldOriginalIsYoungAgain: a blob that an import refers to stays, even when it was unreferenced for a long time
// before.
func TestOldOriginalIsYoungAgain(t *testing.T) {
	w := exchangetest.SQLite(t)
	page, week := exchangetest.Page("甲地召开会议部署春耕生产", body), 7*24*time.Hour
	orphan, err := w.Blobs.Put(w.Ctx, strings.NewReader(page), 0)
	if err != nil {
		t.Fatal(err)
	}
	touch(t, filepath.Join(w.Dir, blob.CASName(orphan.Hash)), time.Now().Add(-2*week))
	before := time.Now().Add(-week)
	if r := w.ImportPath(exchangetest.Write(t, map[string]string{"a.html": page}), nil); r.Imported != 1 {
		t.Fatalf("%+v", r)
	}
	if removed, err := w.Blobs.RemoveStale(w.Ctx, orphan.Hash, before); removed || err != nil {
		t.Errorf("the original of an item was swept: %v, %v", removed, err)
	}
}

// TestMedia stores pictures and attachments, and refuses files whose bytes do not match their type.
func TestMedia(t *testing.T) {
	const evil = `<html><script>alert(1)</script></html>`
	each(t, func(t *testing.T, w *exchangetest.World) {
		files := map[string]string{
			"a/page.html": exchangetest.Page("甲地召开会议部署春耕生产",
				body+
					`<p><img src="p.png"><img src="/root.png"><img src="../up.png?v=1"><img src="../../../out.png"><img src="fake.png"><img src="bad.svg"><img src="good.svg"></p>
				<p><a href="files/%E6%96%B9%E6%A1%88.pdf">方案</a> <a href="files/fake.pdf">假的</a> <a href="files/run.doc">宏</a> <a href="files/none.xlsx">没有的</a> <a href="http://nowhere.invalid/x.pdf">远处的</a> <a href="files/t.txt">说明</a></p>`),
			"a/p.png": png, "root.png": png, "up.png": png + "x", "a/fake.png": evil,
			"a/bad.svg":      `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
			"a/good.svg":     `<svg xmlns="http://www.w3.org/2000/svg"><rect width="1" height="1" fill="url(#a)"/></svg>`,
			"a/files/方案.pdf": "%PDF-1.4\n%âãÏÓ\n", "a/files/fake.pdf": evil,
			"a/files/run.doc": "MZ\x90\x00\x03\x00\x00", "a/files/t.txt": "说明文字，纯文本。\n",
		}
		r := w.ImportPath(exchangetest.Write(t, files), nil)
		if r.Imported != 1 {
			t.Fatalf("report: %+v %+v", r.Totals, r.Lines)
		}
		e := w.Items()["a/page.html"].Edition
		names := map[string]bool{}
		for _, f := range e.Files {
			names[f.Name] = true
			if b, err := w.Blobs.Bytes(w.Ctx, f.Hash, 1<<20); err != nil || int64(len(b)) != f.Size {
				t.Errorf("%s is not in the blob store: %v", f.Name, err)
			}
		}
		if len(e.Files) != 2 || !names["方案.pdf"] || !names["说明.txt"] {
			t.Errorf("files: %+v", e.Files)
		}
		kinds := map[string]int{}
		for _, m := range e.Media {
			kinds[m.Type]++
			if !strings.Contains(e.Body, `src="`+m.Path()+`"`) {
				t.Errorf("%s is not in the body", m.Path())
			}
		}
		if kinds["image/png"] != 2 || kinds["image/svg+xml"] != 1 || strings.Count(e.Body, "<img") != 4 {
			t.Errorf("media %v in\n%s", kinds, e.Body)
		}
		for _, left := range []string{"fake", "bad.svg", "run.doc", "none.xlsx", "out.png", "script"} {
			if strings.Contains(e.Body, left) {
				t.Errorf("%s is still in the body:\n%s", left, e.Body)
			}
		}
		if !strings.Contains(e.Body, `href="http://nowhere.invalid/x.pdf"`) {
			t.Error("the link to a far file is lost")
		}
		if r.Findings["import.attachment"] != 4 || r.Findings["import.media"] != 1 {
			t.Errorf("findings: %v", r.Findings)
		}
	})
}

// TestRecordsTell: titles with tags of a search engine, attachments that are missing, and pictures by file name.
func TestRecordsTell(t *testing.T) {
	w := exchangetest.SQLite(t)
	at := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": strings.Join([]string{
		`{"id":"a","title":"关于<em>供热</em>的<font color=red>通知</font>","content":"<p>正文一</p><img src='p.png'>","date":"2024-03-05"}`,
		`{"id":"b","title":"指标 a<b 的说明","content":"正文二","date":"2024-03-05","附件":"表一.doc、无"}`,
		`{"id":"c","title":"丙","content":"正文三","publishTime":1709602200000,"附件":"f/表.xls","url":"http://a.invalid/zw/c.html"}`,
	}, "\n")}), "a.jsonl")
	w.ImportPath(at, nil)
	items := w.Items()
	for id, want := range map[string]struct{ title, code, found string }{
		"a": {"关于供热的通知", "import.media", "请补传：p.png"},
		"b": {"指标 a<b 的说明", "import.attachment", "没有取到：表一.doc"},
		"c": {"丙", "import.attachment", "http://a.invalid/zw/f/"},
	} {
		found := findingsOf(t, w, items[id].Item.ID, want.code)
		if items[id].Edition.Title != want.title || len(found) != 1 || !strings.Contains(found[0], want.found) {
			t.Errorf("%s: %q %v", id, items[id].Edition.Title, found)
		}
		if day := items[id].Edition.PublishedAt; day < 1709568000000 || day > 1709654400000 {
			t.Errorf("%s: dated %d", id, day)
		}
	}
}
