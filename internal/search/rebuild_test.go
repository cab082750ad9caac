package search_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/kernel/fault"
	"guiyi/internal/search"
)

func TestRebuild(t *testing.T) {
	dir := t.TempDir()
	x := opened(t, dir)
	put(t, x, doc(1, "旧有内容", ""))
	var told []int
	var docs []search.Document
	for i := range int64(2200) {
		docs = append(docs, doc(i+10, "全新内容", ""))
	}
	docs[2110].Body = strings.Repeat("长文。", 300_000)
	if err := x.Rebuild(t.Context(), sequence(docs...), func(n int) { told = append(told, n) }); err != nil {
		t.Fatal(err)
	}
	expect(t, x, "旧有")
	if p := ask(t, x, search.Query{Text: "全新"}); p.Total != 2200 {
		t.Errorf("%d found", p.Total)
	}
	if !slices.Equal(told, []int{1000, 2000, 2111, 2200}) || x.NeedsRebuild() {
		t.Errorf("progress %v, needs rebuild %v", told, x.NeedsRebuild())
	}
	if gens, _ := filepath.Glob(filepath.Join(dir, "gen-*")); len(gens) != 1 {
		t.Errorf("left on disk: %q", gens)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if x = opened(t, dir); x.NeedsRebuild() {
		t.Error("complete index reported after a restart")
	}
}

func TestChangesDuringRebuildWin(t *testing.T) {
	x := opened(t, t.TempDir())
	put(t, x, doc(1, "将被撤下", ""), doc(2, "将被更新", ""), doc(3, "保持不变", ""))
	err := x.Rebuild(t.Context(), func(yield func(search.Document, error) bool) {
		// The library was read; then the documents change.
		newer := doc(2, "已经更新", "")
		newer.Revision = 2
		_, err1 := x.Delete(t.Context(), 1)
		_, err2 := x.Upsert(t.Context(), newer, doc(4, "刚刚发布", ""))
		if !yield(doc(1, "将被撤下", ""), errors.Join(err1, err2)) {
			return
		}
		_ = yield(doc(2, "将被更新", ""), nil) && yield(doc(3, "保持不变", ""), nil)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, x, "将被")
	expect(t, x, "已经更新", 2)
	expect(t, x, "保持", 3)
	expect(t, x, "刚刚", 4)
}

func generations(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "gen-*"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestEmptyIndexIsFilledWhereItIs(t *testing.T) {
	dir := t.TempDir()
	x := opened(t, dir)
	err := x.Rebuild(t.Context(), func(yield func(search.Document, error) bool) {
		newer := doc(2, "已经更新", "")
		newer.Revision = 2
		_, err := x.Upsert(t.Context(), newer, doc(4, "刚刚发布", ""))
		expect(t, x, "刚刚", 4)
		if n := len(generations(t, dir)); n != 1 {
			t.Errorf("%d generations", n)
		}
		_ = yield(doc(1, "保持不变", ""), err) && yield(doc(2, "将被更新", ""), nil)
	}, nil)
	if err != nil || x.NeedsRebuild() {
		t.Errorf("needs rebuild %v: %v", x.NeedsRebuild(), err)
	}
	expect(t, x, "将被")
	expect(t, x, "已经更新", 2)
	expect(t, x, "保持", 1)
}

func TestBrokenFillingGoesOnBeside(t *testing.T) {
	dir := t.TempDir()
	x := opened(t, dir)
	broken := errors.New("library away")
	err := x.Rebuild(t.Context(), func(yield func(search.Document, error) bool) {
		_, err := x.Upsert(t.Context(), doc(1, "已经收录", ""))
		_ = yield(doc(2, "没有收录", ""), err) && yield(search.Document{}, broken)
	}, nil)
	if !errors.Is(err, broken) || !x.NeedsRebuild() {
		t.Errorf("needs rebuild %v: %v", x.NeedsRebuild(), err)
	}
	expect(t, x, "已经", 1)
	rebuild(t, x, doc(3, "后来重建", ""))
	expect(t, x, "已经")
	expect(t, x, "后来", 3)
	if left := generations(t, dir); len(left) != 1 || filepath.Base(left[0]) != "gen-2" {
		t.Errorf("%q", left)
	}
}

func TestClosedWhileItIsFilled(t *testing.T) {
	dir := t.TempDir()
	x := opened(t, dir)
	err := x.Rebuild(t.Context(), func(yield func(search.Document, error) bool) {
		_, err := x.Upsert(t.Context(), doc(1, "已经收录", ""))
		yield(doc(2, "没有收录", ""), errors.Join(err, x.Close()))
	}, nil)
	if !fault.Is(err, fault.Unavailable) {
		t.Errorf("%v", err)
	}
	x = opened(t, dir)
	expect(t, x, "收录", 1)
	if !x.NeedsRebuild() {
		t.Error("the half is taken for the whole")
	}
}

func TestUnchangedDocumentsAreNotWritten(t *testing.T) {
	dir := t.TempDir()
	x := opened(t, dir)
	tagged := doc(1, "公积金提取", "正文")
	tagged.Tags = []string{"住房"}
	put(t, x, tagged, doc(2, "医保报销", ""))
	if a := put(t, x, tagged, doc(2, "医保报销", "")); a != (search.Applied{}) {
		t.Errorf("%+v", a)
	}
	moved := doc(2, "医保报销", "")
	moved.Places[0].URL = "/moved.html"
	if a := put(t, x, tagged, moved); a != (search.Applied{Put: 1}) {
		t.Errorf("%+v", a)
	}
	if p := ask(t, x, search.Query{Text: "医保"}); p.Total != 1 || p.Hits[0].Place.URL != "/moved.html" {
		t.Errorf("%+v", p)
	}
	// One of two documents of an item is removed, the other stays unchanged.
	part := doc(1, "附件", "")
	part.ID = "1-1"
	put(t, x, tagged, part)
	if a := put(t, x, tagged); a != (search.Applied{Dropped: 1}) {
		t.Errorf("%+v", a)
	}
	if s, err := x.Stats(t.Context()); err != nil || s.Documents != 2 {
		t.Errorf("%+v %v", s, err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, opened(t, dir), "公积金", 1) // with a wrong count Open would empty the index
}

func TestBrokenRebuildKeepsOldIndex(t *testing.T) {
	dir := t.TempDir()
	x := opened(t, dir)
	put(t, x, doc(1, "原有内容", ""))
	broken := errors.New("library away")
	err := x.Rebuild(t.Context(), func(yield func(search.Document, error) bool) {
		if yield(doc(2, "一半内容", ""), nil) {
			yield(search.Document{}, broken)
		}
	}, nil)
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	expect(t, x, "原有", 1)
	expect(t, x, "一半")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Rebuild(ctx, sequence(doc(2, "一半内容", "")), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	rebuild(t, x, doc(1, "原有内容", ""))
}

func TestOneRebuildAtATime(t *testing.T) {
	x := opened(t, t.TempDir())
	var inner error
	err := x.Rebuild(t.Context(), func(func(search.Document, error) bool) {
		inner = x.Rebuild(t.Context(), sequence(), nil)
	}, nil)
	if err != nil || !fault.Is(inner, fault.Conflict) {
		t.Errorf("%v, inner %v", err, inner)
	}
}
