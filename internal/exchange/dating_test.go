package exchange_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/kernel/store"
	"guiyi/internal/resource"
)

// findingsOf returns the texts of the findings of an item that have this code.
func findingsOf(t *testing.T, w *exchangetest.World, item int64, code string) (out []string) {
	t.Helper()
	all, err := w.Library.Findings(w.Ctx, item)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.Code == code {
			out = append(out, f.Text)
		}
	}
	return out
}

// TestPageDates: a page whose time cannot be read does not count as a page without a time. The date below the signature
// is used instead, and the item does not come first in lists.
func TestPageDates(t *testing.T) {
	w := exchangetest.SQLite(t)
	page := func(name, info, tail string) string {
		return `<html><head><title>关于` + name + `供热工作的安排</title></head><body><h1>关于` + name + `供热工作的安排` +
			`</h1><div class="info">来源：市政府办公室 ` + info + `</div><div class="TRS_Editor"><p>` +
			strings.Repeat("各单位按照要求，做好供热保障工作。", 6) + `</p>` + tail + `</div></body></html>`
	}
	w.ImportPath(exchangetest.Write(t, map[string]string{
		"a.html": page("甲区", "发布时间：2025-13-01", ""),
		"b.html": page("乙区", "", "<p align=right>清河市人民政府</p><p align=right>2024年3月5日</p>"),
		"c.html": page("丙区", "发布时间：2024-03-05", ""),
		"d.html": page("丁区", "", "<p align=right>清河市人民政府</p><p align=right>2034年3月5日</p>"),
	}), nil)
	items := w.Items()
	for id, want := range map[string]string{
		"a.html": "“2025-13-01”看不懂，暂以文件时间代替", "b.html": "没有发布时间，暂以落款日期 2024-03-05 代替",
		"c.html": "", "d.html": "没有发布时间，暂以文件时间代替",
	} {
		found := strings.Join(findingsOf(t, w, items[id].Item.ID, "import.time"), "|")
		if (want == "") != (found == "") || !strings.Contains(found, want) {
			t.Errorf("%s: %q, want %q", id, found, want)
		}
		day := store.FromMilli(items[id].Edition.PublishedAt).Format(time.DateOnly)
		if dated := id == "b.html" || id == "c.html"; dated && day != "2024-03-05" {
			t.Errorf("%s: dated %s", id, day)
		}
	}
}

// TestDates: the time of an original, and what is used when it is missing, unreadable or in the future. The clock of
// the tests is at 20 November 2026.
func TestDates(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		at := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": strings.Join([]string{
			`{"id":"good","title":"甲","body":"正文一","date":"2026-03-02"}`,
			`{"id":"none","title":"乙","body":"正文二"}`,
			`{"id":"garbage","title":"丙","body":"正文三","date":"去年冬天"}`,
			`{"id":"future","title":"丁","body":"正文四","date":"2031-03-05 09:30"}`,
			`{"id":"tomorrow","title":"戊","body":"正文五","date":"2026-11-21 08:00"}`,
			`{"id":"address","title":"己","body":"正文六","url":"http://a.gov.cn/zw/202403/t20240305_12.html"}`,
			`{"id":"slip","title":"庚","body":"正文七","date":"2042-03-05","url":"http://a.gov.cn/art/2024/3/5/art_1_2.html"}`,
			`{"id":"signed","title":"辛","body":"正文八","成文日期":"2023年5月6日","文号":"清政发〔2023〕1号"}`,
			`{"id":"ahead","title":"壬","body":"正文九","url":"http://a.gov.cn/2040-03/05/c_1.htm"}`,
			`{"id":"nodate","title":"癸","body":"正文十","url":"http://a.gov.cn/20241399/1.html"}`,
		}, "\n")}), "a.jsonl")
		r := w.ImportPath(at, nil)
		items := w.Items()
		for id, want := range map[string]struct{ day, finding, code string }{
			"good":     {"2026-03-02", "", "import.time"},
			"none":     {"", "原文没有发布时间，暂以文件时间代替，列在最后", "import.time"},
			"garbage":  {"", "“去年冬天”看不懂", "import.time"},
			"future":   {"", "2031-03-05 09:30 还没有到", "import.future"},
			"tomorrow": {"2026-11-21", "", "import.future"},
			"address":  {"2024-03-05", "原文没有发布时间，暂以网址里的日期 2024-03-05", "import.time"},
			"slip":     {"2024-03-05", "2042-03-05 00:00 还没有到，暂以网址里的日期", "import.future"},
			"signed":   {"2023-05-06", "成文日期 2023-05-06", "import.time"},
			"ahead":    {"", "原文没有发布时间", "import.time"},
			"nodate":   {"", "原文没有发布时间", "import.time"},
		} {
			it := items[id]
			found := findingsOf(t, w, it.Item.ID, want.code)
			if (want.finding != "") != (len(found) == 1) || want.finding != "" && !strings.Contains(found[0],
				want.finding) {
				t.Errorf("%s: findings %v, want %q", id, found, want.finding)
			}
			day := store.FromMilli(it.Edition.PublishedAt).Format(time.DateOnly)
			if want.day != "" && day != want.day || it.Edition.PublishedAt == 0 || day > "2026-12" {
				t.Errorf("%s: dated %s, want %s", id, day, want.day)
			}
			places, err := w.Library.Placements(w.Ctx, it.Item.ID)
			if err != nil || len(places) != 1 {
				t.Fatal(places, err)
			}
			if atEnd := places[0].At == resource.AtEnd; atEnd != (want.day == "") {
				t.Errorf("%s: placed at %d", id, places[0].At)
			}
			addresses, err := w.Library.Addresses(w.Ctx, it.Item.ID)
			if err != nil || !slices.ContainsFunc(addresses, func(a resource.Address) bool {
				return !strings.Contains(a.Path, "197001")
			}) {
				t.Errorf("%s: %v %v", id, addresses, err)
			}
		}
		if r.Findings["import.time"] != 6 || r.Findings["import.future"] != 2 {
			t.Errorf("%v", r.Findings)
		}
		if again := w.ImportPath(at, nil); again.Unchanged != r.Imported {
			t.Errorf("again: %+v", again.Totals)
		}
	})
}

// TestLost: a finding reports the parts of a page that cannot be imported. Where a part has an address, a link remains.
func TestLost(t *testing.T) {
	w := exchangetest.SQLite(t)
	page := func(title, more string) string { return exchangetest.Page(title, body+more) }
	at := exchangetest.Write(t, map[string]string{
		"frame.html":   page("有内嵌网页的一篇文章", `<p>视频：<iframe src="https://tv.example.cn/1" width=640></iframe></p>`),
		"paste.html":   page("有粘贴图片的一篇文章", `<p>图：<img src="file:///C:/Temp/a.png"><img src="C:\a.png"></p>`),
		"blob.html":    page("有脚本视频的一篇文章", `<video src="blob:https://a.cn/1"></video><canvas></canvas>`),
		"lazy.html":    page("只有占位图的一篇文章", `<p><img class="lazyload" src="data:image/gif;base64,R0lGODlh"></p>`),
		"map.html":     page("有图片热区的一篇文章", `<map name="m"><area href="/x.html"></map>`),
		"nothing.html": page("什么都没丢的一篇文章", `<p><img src="p.png"><iframe src="//c.cn/1" width=0></iframe></p>`),
		"p.png":        png,
		"only.html":    `<html><head><title>领导活动图片</title></head><body><h1>领导活动图片</h1><div class="TRS_Editor"><img src="file:///C:/a.png"></div></body></html>`,
	})
	r := w.ImportPath(at, nil)
	items := w.Items()
	for name, want := range map[string]string{"frame.html": "内嵌网页 1 处", "paste.html": "图片 2 处",
		"blob.html": "没有地址的视频 1 处；脚本画的图 1 处",
		"lazy.html": "图片 1 处", "map.html": "图片上的链接 1 组", "nothing.html": ""} {
		it, ok := items[name]
		if !ok {
			t.Errorf("%s is not there", name)
			continue
		}
		found := strings.Join(findingsOf(t, w, it.Item.ID, "import.lost"), "")
		if (want == "") != (found == "") || !strings.Contains(found, want) {
			t.Errorf("%s: %q, want %q", name, found, want)
		}
	}
	if b := items["frame.html"].Edition.Body; !strings.Contains(b, `<a href="https://tv.example.cn/1">`) {
		t.Errorf("no link to the frame: %s", b)
	}
	if len(r.Lines) == 0 || r.Quarantined != 1 || r.Reasons["missing-body"] != 1 {
		t.Errorf("%+v %v", r.Totals, r.Reasons)
	}
}

// TestBase: links, pictures and attachments are resolved against the base element. Saved files beside the page are
// found.
func TestBase(t *testing.T) {
	w := exchangetest.SQLite(t)
	page := func(title, base string) string {
		return strings.Replace(exchangetest.Page(title, body+`<p><img src="p.png"><a href="plan.html">方案</a></p>`),
			"<title>",
			base+"<title>", 1)
	}
	at := exchangetest.Write(t, map[string]string{"p.png": png,
		"whole.html":  page("一个写了全部地址的页面", `<base href="http://old.example.gov.cn/dir/">`),
		"file.html":   page("一个以文件为基准的页面", `<base target="_blank"><base href="http://old.example.gov.cn/dir/a.html">`),
		"script.html": page("一个基准不是网址的页面", `<base href="javascript:void(0)">`),
		"rel.html":    page("一个基准是相对地址的页面", `<base href="/dir/">`),
	})
	w.ImportPath(at, nil)
	for name, want := range map[string]string{"whole.html": `<a href="http://old.example.gov.cn/dir/plan.html">`,
		"file.html": `<a href="http://old.example.gov.cn/dir/plan.html">`, "script.html": `<a href="plan.html">`,
		"rel.html": `<a href="plan.html">`} {
		it := w.Items()[name]
		if it.Edition == nil || !strings.Contains(it.Edition.Body, want) || !strings.Contains(it.Edition.Body,
			`<img src="/_m/`) {
			t.Errorf("%s: %+v", name, it.Edition)
		}
	}
	if found := findingsOf(t, w, w.Items()["rel.html"].Item.ID, "import.extract"); len(found) != 1 {
		t.Errorf("a base that cannot be resolved is not told: %v", found)
	}
}

// TestSpoiledCells: a finding reports values that the spreadsheet has replaced, but not values that only look similar.
func TestSpoiledCells(t *testing.T) {
	w := exchangetest.SQLite(t)
	at := filepath.Join(exchangetest.Write(t, map[string]string{"a.csv": "编号,标题,发布日期,正文,文号\n" +
		"1,甲,2024-01-02,正文一,1.23457E+17\n2,乙,#####,正文二,#N/A\n3,丙,2024-01-02,每年1.5E+10千瓦时,#1\n"}), "a.csv")
	w.ImportPath(at, nil)
	for id, want := range map[string]string{"1": "文号（1.23457E+17）", "2": "发布日期（#####）、文号（#N/A）", "3": ""} {
		found := strings.Join(findingsOf(t, w, w.Items()[id].Item.ID, "import.cell"), "")
		if (want == "") != (found == "") || !strings.Contains(found, want) {
			t.Errorf("%s: %q, want %q", id, found, want)
		}
	}
}
