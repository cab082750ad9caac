package exchange_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/exchangetest"
	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/actor"
	"guiyi/internal/kernel/fault"
	"guiyi/internal/kernel/store"
)

var png = func() string {
	b,
		_ := base64.StdEncoding.DecodeString(
		"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	return string(b)
}()

// lines returns n articles as JSON lines.
func lines(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"n%d","title":"第%d号通知","date":"2026-03-02","body":"正文第%d段。"}`+"\n", i, i, i)
	}
	return b.String()
}

func TestSecondRunChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		dir := exchangetest.Write(t, map[string]string{"a.html": exchangetest.Page("甲地召开会议部署春耕生产", body),
			"b/b.html": exchangetest.Page("乙地召开会议部署防汛工作", body+`<p><img src="p.png"></p>`), "b/p.png": png,
			"list.html": "<html><body><h1></h1></body></html>"})
		first := w.ImportPath(dir, nil)
		if first.Imported != 2 || first.Quarantined != 1 || first.Skipped != 1 {
			t.Fatalf("first run: %+v %v", first, first.Lines)
		}
		if w.Events() == 0 {
			t.Error("nobody was told of the new items")
		}
		before := w.Counts()
		again := w.ImportPath(dir, nil)
		if again.Unchanged != 2 || again.Quarantined != 1 || len(again.Lines) != 1 {
			t.Fatalf("second run: %+v", again)
		}
		after := w.Counts()
		before["exchange_run"]++
		if !maps.Equal(before, after) || w.Events() != 0 {
			t.Errorf("second run changed tables: %v → %v", before, after)
		}
	})
}

func TestSourceChanged(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		at := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": lines(3)}), "a.jsonl")
		w.ImportPath(at, nil)
		w.Events()
		rewrite(t, at, strings.Replace(lines(4), "正文第1段。", "改过的正文。", 1))
		r := w.ImportPath(at, nil)
		if r.Updated != 1 || r.Unchanged != 2 || r.Imported != 1 {
			t.Fatalf("report: %+v", r.Totals)
		}
		if e := w.Items()["n1"].Edition; e.No != 2 || e.Text != "改过的正文。" {
			t.Errorf("edition: %+v", e)
		}
		if n := w.Events(); n != 2 {
			t.Errorf("%d items announced, want 2", n)
		}
	})
}

// TestUndated: an input without a time keeps the time that its first import gave it.
func TestUndated(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		at := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": `{"id":"x","title":"甲","body":"乙"}`}),
			"a.jsonl")
		r := w.ImportPath(at, nil)
		first := w.Items()["x"].Edition.PublishedAt
		rewrite(t, at, `{"id":"x","title":"甲","body":"乙"}`+"\n\n")
		touch(t, at, time.Now().Add(time.Hour))
		again := w.ImportPath(at, nil)
		if r.Findings["import.time"] != 1 || again.Unchanged != 1 || w.Items()["x"].Edition.PublishedAt != first ||
			first == 0 {
			t.Errorf("%+v, %+v, %d", r.Findings, again.Totals, first)
		}
	})
}

func TestOldDates(t *testing.T) {
	w := exchangetest.SQLite(t)
	at := filepath.Join(exchangetest.Write(t,
		map[string]string{"a.jsonl": `{"id":"x","title":"户口登记条例","date":"1958-01-09","body":"第一条"}`}), "a.jsonl")
	w.ImportPath(at, nil)
	if day := store.FromMilli(w.Items()["x"].Edition.PublishedAt).Format(time.DateOnly); day != "1958-01-09" {
		t.Errorf("a law of 1958 is dated %s", day)
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		dir := exchangetest.Write(t, map[string]string{"a.html": exchangetest.Page("甲地召开会议部署春耕生产",
			body+`<img src="p.png">`), "p.png": png, "x.html": "<html><body></body></html>"})
		table := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": lines(3) + "{bad\n"}), "a.jsonl")
		before := w.Counts()
		for _, at := range []string{dir, table} {
			src, err := exchange.OpenPath(at, w.Blobs)
			if err != nil {
				t.Fatal(err)
			}
			r := w.Import(exchange.Request{Source: src, DryRun: true})
			if r.Imported == 0 || r.Quarantined != 1 || !r.DryRun {
				t.Errorf("report: %+v", r.Totals)
			}
		}
		if after := w.Counts(); !maps.Equal(before, after) || w.Events() != 0 {
			t.Errorf("a dry run wrote: %v → %v", before, after)
		}
	})
}

func TestDuplicatesAndRepeatedIDs(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		text := `{"id":"a","title":"甲","date":"2026-01-01","body":"同一篇 正文"}
{"id":"b","title":"甲","date":"2026-01-01","body":"同一篇正文"}
{"id":"a","title":"乙","date":"2026-01-01","body":"另一篇"}
{"id":"a#2","title":"丙","date":"2026-01-01","body":"第三篇"}
{"title":"丁","body":"没有编号"}
{"title":"丁","body":"没有编号"}
`
		at := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": text}), "a.jsonl")
		r := w.ImportPath(at, nil)
		if r.Imported != 4 || r.Merged != 2 {
			t.Fatalf("report: %+v %v", r.Totals, r.Lines)
		}
		items := w.Items()
		if items["a"].Item.ID != items["b"].Item.ID || items["a#2"].Edition.Title != "乙" ||
			items["a#2#2"].Edition.Title != "丙" {
			t.Errorf("items: %v", items)
		}
		if again := w.ImportPath(at, nil); again.Unchanged != 6 {
			t.Errorf("second run: %+v", again.Totals)
		}
	})
}

// TestTwoAtOnce runs two imports of the same source at the same time.
func TestTwoAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		at := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": lines(450)}), "a.jsonl")
		var wg sync.WaitGroup
		var reports [2]*exchange.Report
		var errs [2]error
		for i := range reports {
			wg.Go(func() {
				src, err := exchange.OpenPath(at, w.Blobs)
				if err == nil {
					reports[i], err = w.Run(w.Ctx, exchange.Request{Source: src, Site: exchangetest.Site})
				}
				errs[i] = err
			})
		}
		wg.Wait()
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		if n := reports[0].Imported + reports[1].Imported; n != 450 {
			t.Errorf("%d imported by the two, want 450: %+v %+v", n, reports[0].Totals, reports[1].Totals)
		}
		if n := w.Counts(); n["resource_item"] != 450 || n["resource_provenance"] != 450 ||
			n["resource_edition"] != 450 {
			t.Errorf("rows: %v", n)
		}
	})
}

func TestQuarantine(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		dir := exchangetest.Write(t, map[string]string{
			"list.html": `<html><head><title>通知公告</title></head><body><ul>` +
				strings.Repeat(`<li><a href="a.html">关于做好春季防火工作的通知</a><span>2026-03-02</span></li>`, 30) +
				`</ul></body></html>`,
			"binary.html": "<html>" + strings.Repeat("\x00\x01\x02\xfe\xff\x80", 2000),
			"big.html":    exchangetest.Page("大", strings.Repeat("长", 6<<20)),
			"empty.html":  "", "tool.exe": "MZ\x90\x00\x03", "data.jsonl": lines(2),
		})
		r := w.ImportPath(dir, nil)
		want := map[string]int{source.ReasonNotItem: 1, source.ReasonEncoding: 1, source.ReasonSize: 1,
			source.ReasonType: 3}
		if !maps.Equal(r.Reasons, want) {
			t.Errorf("reasons: %v, want %v: %+v", r.Reasons, want, r.Lines)
		}
		table := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": `{"id":"1","title":"","body":"x"}
{"id":"2","title":"没有正文","body":" "}
{"id":"3","title":"没有正文","body":"无"}
[1,2]
{"id":"5","title":"两个","body":"x"} {"id":"6"}
{"id":"7","title":"` + strings.Repeat("长", 600) + `","body":"x"}
{"id":"8","title":"只有图","body":"<p><img src='http://nowhere.invalid/a.png'></p>"}
{"id":"9","title":"好","body":"正文\u0000"}
`}), "a.jsonl")
		r = w.ImportPath(table, nil)
		want = map[string]int{source.ReasonTitle: 1, source.ReasonBody: 2, source.ReasonMalformed: 3}
		if !maps.Equal(r.Reasons, want) || r.Imported != 2 {
			t.Errorf("reasons: %v, want %v: %+v", r.Reasons, want, r.Lines)
		}
		held, err := quarantine(w)
		if err != nil || len(held) != 12 {
			t.Fatalf("%d held: %v", len(held), err)
		}
		for _, h := range held {
			if h.Reason == "" || h.Detail == "" || h.Name == "" ||
				(h.RawHash == "" && h.Reason != source.ReasonSize && h.Name != "empty.html") {
				t.Errorf("held without what a person needs: %+v", h)
			}
		}
		rewrite(t, table, `{"id":"2","title":"没有正文","body":"现在有了"}`+"\n")
		w.ImportPath(table, nil)
		if held, _ = quarantine(w); len(held) != 11 {
			t.Errorf("%d held after one came right, want 11", len(held))
		}
	})
}

// TestLongQuarantine: the list has every input exactly once.
func TestLongQuarantine(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		const n = 2100
		at := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": strings.ReplaceAll(lines(n), `"title"`,
			`"none"`)}), "a.jsonl")
		if r := w.ImportPath(at, nil); r.Quarantined != n {
			t.Fatalf("%+v", r.Totals)
		}
		held, err := quarantine(w)
		names := map[string]bool{}
		for _, h := range held {
			names[h.Name] = true
		}
		if err != nil || len(held) != n || len(names) != n {
			t.Errorf("%d held under %d names, %v; want %d", len(held), len(names), err, n)
		}
	})
}

func TestRequiredAndColumns(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		at := filepath.Join(exchangetest.Write(t,
			map[string]string{"a.csv": "标题,类,内容,文号\n甲,公告,正文,\n乙,文件,正文,清政发〔2026〕1号\n丙,别的,正文,清政发〔2026〕2号\n"}), "a.csv")
		m := parse(t,
			"name: 表\nkey: [标题]\nrequire: [doc_no]\ncolumn: {by: [类], map: {公告: xwdt/tzgg, 文件: zwgk/zcwj}, default: xwdt/szyw}\n")
		r := w.ImportPath(at, m)
		if r.Source != "表" || r.Imported != 2 || r.Reasons[source.ReasonMalformed] != 1 {
			t.Fatalf("report: %+v %v", r.Totals, r.Lines)
		}
		src, _ := exchange.OpenPath(at, w.Blobs)
		_, err := w.Run(w.Ctx, exchange.Request{Source: src, Site: exchangetest.Site,
			Mapping: parse(t, "column: {default: zwgk/nowhere}\n")})
		if !fault.Is(err, fault.NotFound) || !strings.Contains(fault.Text(err), "zwgk/nowhere") {
			t.Errorf("a mapping to a column that is not there: %v", err)
		}
		_, err = w.Run(w.Ctx, exchange.Request{Source: src, Site: exchangetest.Site, Column: "nowhere"})
		if !fault.Is(err, fault.NotFound) {
			t.Errorf("a request for a column that is not there: %v", err)
		}
	})
}

func TestScope(t *testing.T) {
	w := exchangetest.SQLite(t)
	at := filepath.Join(exchangetest.Write(t, map[string]string{"a.jsonl": lines(1)}), "a.jsonl")
	src, err := exchange.OpenPath(at, w.Blobs)
	if err != nil {
		t.Fatal(err)
	}
	for name, ctx := range map[string]context.Context{"none": context.Background(),
		"other": actor.With(context.Background(), actor.Unlimited("x").In(1))} {
		if _, err := w.Run(ctx, exchange.Request{Source: src, Site: exchangetest.Site}); err == nil {
			t.Errorf("%s: imported into a site out of scope", name)
		}
	}
	if err := w.Quarantine(context.Background(), "", func(exchange.QuarantinedInput) error { return nil }); err == nil {
		t.Error("quarantine shown without a scope")
	}
}

// broken is a source that yields some inputs and then fails.
type broken struct{ n int }

func (broken) Label() string { return "broken" }

func (b broken) Inputs(context.Context) iter.Seq2[source.Input, error] {
	return func(yield func(source.Input, error) bool) {
		for i := range b.n {
			if !yield(source.Input{ID: fmt.Sprint(i),
				Fields: map[string]string{"title": fmt.Sprint("第", i, "号"), "body": "正文"}}, nil) {
				return
			}
		}
		yield(source.Input{}, fault.New(fault.Unavailable, "来源断了"))
	}
}

// TestSourceBreaksOff: the inputs read before the source failed are imported.
func TestSourceBreaksOff(t *testing.T) {
	each(t, func(t *testing.T, w *exchangetest.World) {
		r, err := w.Run(w.Ctx, exchange.Request{Source: broken{130}, Site: exchangetest.Site})
		if fault.Text(err) != "来源断了" || r.Imported != 130 || !r.AddUp() {
			t.Errorf("%v: %+v", err, r.Totals)
		}
	})
}

func TestCancel(t *testing.T) {
	w := exchangetest.SQLite(t)
	ctx, cancel := context.WithCancel(w.Ctx)
	r, err := w.Run(ctx, exchange.Request{Source: broken{500}, Site: exchangetest.Site, Progress: func(n int) {
		if n == 150 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || r.Imported != 100 {
		t.Errorf("%v: %+v", err, r.Totals)
	}
	if n := w.Counts()["resource_item"]; n != 100 {
		t.Errorf("%d items, want one batch", n)
	}
}
