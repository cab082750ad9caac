package search_test

import (
	"bufio"
	"errors"

	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search"
	"guiyi/internal/search/bleveindex"
)

func opened(t testing.TB, dir string) *search.Index {
	t.Helper()
	x, err := search.Open(t.Context(), search.Options{Dir: dir, Driver: bleveindex.Open})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	return x
}

func day(y int, m time.Month, d int) int64 {
	return time.Date(y, m, d, 9, 30, 0, 0, time.FixedZone("CST", 8*3600)).UnixMilli()
}

// doc makes a document of the city's site.
func doc(item int64, title, body string) search.Document {
	return search.Document{
		ID: fmt.Sprint(item), ItemID: item, Revision: 1, Type: "公告", Title: title, Body: body,
		PublishedAt: day(2026, 3, 1) + item,
		Places: []search.Place{{Site: "qinghe", Column: "zwgk/tzgg", ColumnName: "通知公告",
			URL: fmt.Sprintf("/zwgk/tzgg/t%d.html", item)}},
	}
}

func put(t testing.TB, x *search.Index, docs ...search.Document) search.Applied {
	t.Helper()
	a, err := x.Upsert(t.Context(), docs...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func ask(t testing.TB, x *search.Index, q search.Query) search.Page {
	t.Helper()
	p, err := x.Query(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// found returns the item numbers of a query's hits.
func found(t testing.TB, x *search.Index, text string) []int64 {
	t.Helper()
	var out []int64
	for _, h := range ask(t, x, search.Query{Text: text, Size: 50}).Hits {
		out = append(out, h.ItemID)
	}
	return out
}

func expect(t *testing.T, x *search.Index, text string, want ...int64) {
	t.Helper()
	got := found(t, x, text)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%q finds %v, want %v", text, got, want)
	}
}

func TestUpsertReplacesAndDeletes(t *testing.T) {
	x := opened(t, t.TempDir())
	put(t, x, doc(1, "关于公积金提取的公告", "正文一"), doc(2, "入学报名", "正文二"))
	expect(t, x, "公积金", 1)
	d := doc(1, "关于医保的公告", "正文一")
	d.Revision = 2
	if a := put(t, x, d); a.Put != 1 || a.Dropped != 0 || a.Late != 0 {
		t.Errorf("%+v", a)
	}
	expect(t, x, "公积金")
	expect(t, x, "医保", 1)
	if _, err := x.Delete(t.Context(), 1, 99); err != nil {
		t.Fatal(err)
	}
	expect(t, x, "医保")
	expect(t, x, "正文", 2)
	if s, err := x.Stats(t.Context()); err != nil || s.Documents != 1 {
		t.Errorf("%+v %v", s, err)
	}
}

func TestLateRevisionLoses(t *testing.T) {
	x := opened(t, t.TempDir())
	fresh, old := doc(1, "新的标题", ""), doc(1, "旧的标题", "")
	fresh.Revision, old.Revision = 7, 6
	put(t, x, fresh)
	if a := put(t, x, old); a.Late != 1 || a.Put != 0 || a.Dropped != 0 {
		t.Errorf("%+v", a)
	}
	expect(t, x, "旧的")
	expect(t, x, "新的", 1)
	fresh.Title = "同一版本改了栏目"
	if a := put(t, x, fresh); a.Put != 1 {
		t.Errorf("same revision: %+v", a)
	}
}

func TestDocumentsOfOneItemBelongTogether(t *testing.T) {
	x := opened(t, t.TempDir())
	page, file := doc(1, "预算公开", ""), doc(1, "附件表格", "")
	file.ID, file.Type = "1.a", "附件"
	put(t, x, page, file)
	expect(t, x, "附件表格", 1)
	if a := put(t, x, page); a.Dropped != 1 {
		t.Errorf("%+v", a)
	}
	expect(t, x, "附件表格")
	put(t, x, page, file)
	if a, err := x.Delete(t.Context(), 1); err != nil || a.Dropped != 2 {
		t.Errorf("%+v %v", a, err)
	}
}

func TestGoneWinsOverLive(t *testing.T) {
	x := opened(t, t.TempDir())
	put(t, x, doc(1, "预算公开", ""))
	if _, err := x.Apply(t.Context(), []search.Document{doc(2, "决算公开", "")}, []int64{1}); err != nil {
		t.Fatal(err)
	}
	expect(t, x, "公开", 2)
}

func TestSameIDTwiceInOneCall(t *testing.T) {
	x := opened(t, t.TempDir())
	put(t, x, doc(1, "先来的", ""), doc(1, "后到的", ""))
	expect(t, x, "后到", 1)
	expect(t, x, "先来")
	if s, _ := x.Stats(t.Context()); s.Documents != 1 {
		t.Errorf("%+v", s)
	}
}

func TestReopenKeepsEverything(t *testing.T) {
	dir := t.TempDir()
	x := opened(t, dir)
	put(t, x, doc(1, "预算公开", ""))
	if !x.NeedsRebuild() {
		t.Error("a new index is not complete")
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = opened(t, dir)
	expect(t, x, "预算", 1)
	if !x.NeedsRebuild() {
		t.Error("still not complete")
	}
}

// TestOpenAfterKill kills a process directly after a write of its index was acknowledged.
func TestOpenAfterKill(t *testing.T) {
	dir := os.Getenv("GUIYI_TEST_KILL_DIR")
	if dir != "" { // this is the child process
		x := opened(t, dir)
		for i := range int64(20) {
			put(t, x, doc(i, "预算公开", ""))
		}
		fmt.Println("written")
		select {}
	}
	dir = t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestOpenAfterKill$")
	cmd.Env = append(os.Environ(), "GUIYI_TEST_KILL_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan() && lines.Text() != "written"; {
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	y := opened(t, dir)
	if p := ask(t, y, search.Query{Text: "预算"}); p.Total != 20 {
		t.Errorf("%d of 20 after the kill", p.Total)
	}
}

func TestDamagedIndexStartsAnew(t *testing.T) {
	for name, damage := range map[string]func(gen string) error{
		"segment": func(gen string) error {
			files, _ := filepath.Glob(filepath.Join(gen, "*.zap"))
			return os.WriteFile(files[0], []byte("rubbish"), 0o600)
		},
		"root": func(gen string) error {
			return os.WriteFile(filepath.Join(gen, "root.bolt"),
				[]byte("rubbish"), 0o600)
		},
		"root gone":       func(gen string) error { return os.Remove(filepath.Join(gen, "root.bolt")) },
		"generation gone": os.RemoveAll,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			x := opened(t, dir)
			rebuild(t, x, doc(1, "预算公开", ""))
			s, err := x.Stats(t.Context())
			if err = errors.Join(err, x.Close()); err != nil {
				t.Fatal(err)
			}
			if err := damage(filepath.Join(dir, s.Generation)); err != nil {
				t.Fatal(err)
			}
			x = opened(t, dir)
			if !x.NeedsRebuild() {
				t.Error("damage not reported")
			}
			expect(t, x, "预算")
			put(t, x, doc(2, "预算公开", ""))
			expect(t, x, "预算", 2)
			rebuild(t, x, doc(1, "预算公开", ""), doc(2, "预算公开", ""))
			if x.NeedsRebuild() {
				t.Error("rebuilt and still reported")
			}
			expect(t, x, "预算", 1, 2)
		})
	}
}

func TestOpenRefusals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := search.Open(t.Context(), search.Options{Dir: file, Driver: bleveindex.Open}); err == nil {
		t.Error("a file was taken for a folder")
	}
	dir := t.TempDir()
	opened(t, dir)
	if _, err := search.Open(t.Context(), search.Options{Dir: dir, Driver: bleveindex.Open}); !fault.Is(err,
		fault.Unavailable) {
		t.Errorf("index in use: %v", err)
	}
	for _, wrong := range []string{"../../etc", "", "gen-0", "gen-x"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "current"), []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		x := opened(t, dir)
		if s, err := x.Stats(t.Context()); err != nil || s.Generation != "gen-1" {
			t.Errorf("current %q: %+v %v", wrong, s, err)
		}
	}
}

func TestClosedIndexSaysSo(t *testing.T) {
	x := opened(t, t.TempDir())
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	_, qerr := x.Query(t.Context(), search.Query{Text: "预算"})
	_, uerr := x.Upsert(t.Context(), doc(1, "a", ""))
	rerr := x.Rebuild(t.Context(), sequence(), nil)
	for _, err := range []error{qerr, uerr, rerr} {
		if !fault.Is(err, fault.Unavailable) {
			t.Errorf("%v", err)
		}
	}
}

func sequence(docs ...search.Document) iter.Seq2[search.Document, error] {
	return func(yield func(search.Document, error) bool) {
		for _, d := range docs {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func rebuild(t *testing.T, x *search.Index, docs ...search.Document) {
	t.Helper()
	if err := x.Rebuild(t.Context(), sequence(docs...), nil); err != nil {
		t.Fatal(err)
	}
}

func TestConcurrentUse(t *testing.T) {
	x := opened(t, t.TempDir())
	put(t, x, doc(0, "预算公开", ""))
	var wg sync.WaitGroup
	for w := range int64(3) {
		wg.Go(func() {
			for i := range int64(15) {
				put(t, x, doc(1+w*15+i, "预算公开", ""))
			}
		})
	}
	for range 3 {
		wg.Go(func() {
			for range 30 {
				if p := ask(t, x, search.Query{Text: "预算", Facets: true}); p.Total < 1 {
					t.Errorf("%+v", p)
				}
			}
		})
	}
	wg.Go(func() { rebuild(t, x, doc(0, "预算公开", "")) })
	wg.Wait()
	// Documents that were put before the rebuild, and are not part of it, may be missing. The others may not.
	if p := ask(t, x, search.Query{Text: "预算"}); p.Total < 1 || p.Total > 46 {
		t.Errorf("%d found", p.Total)
	}
}
