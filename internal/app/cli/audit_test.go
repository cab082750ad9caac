package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"guiyi/internal/kernel/store"
)

// TestWhoChangedWhat: a command says who changed which sentence of an item; the audit has a row for each change, and a
// row that somebody changed in the database is found and named.
func TestWhoChangedWhat(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	page := filepath.Join(dir, "a.html")
	body := filepath.Join(dir, "new.html")
	for name, text := range map[string]string{
		page: `<html><head><title>供热通知</title></head><body><h1>供热通知</h1><p>发布时间：2026-03-05 09:30 来源：市住建局</p><div id="zoom">` +
			`<p>全市供热管网排查已经完成，共排查管线一百二十公里。</p><p>第二句不会改动，请各单位知悉。</p></div></body></html>`,
		body: `<p>全市供热管网排查已经完成，共排查管线一百三十公里。</p><p>第二句不会改动，请各单位知悉。</p>`,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must := func(args ...string) string {
		t.Helper()
		status, out, errs := call(t, data, args...)
		if status != 0 {
			t.Fatalf("%v: %d %s", args, status, errs)
		}
		return out
	}
	must("apply", "../../../demo/sites")
	must("import", page, "--site", "qinghe", "--no-publish")
	id := regexp.MustCompile(`(?m)^(\d+).*供热通知`).FindStringSubmatch(must("item", "list", "--site", "qinghe"))[1]
	must("item", "revise", id, "--body", body, "--release")

	history := must("item", "history", id)
	for _, want := range []string{"第 1 稿", "第 2 稿", "officer:", "正文 - 全市供热管网排查已经完成，共排查管线一百二十公里。",
		"正文 + 全市供热管网排查已经完成，共排查管线一百三十公里。"} {
		if !strings.Contains(history, want) {
			t.Errorf("history lacks %q:\n%s", want, history)
		}
	}
	if strings.Count(history, "officer:") != 2 || strings.Contains(history, "没有记录") {
		t.Errorf("an edition does not say who wrote it:\n%s", history)
	}
	if strings.Contains(history, "第二句") {
		t.Errorf("a sentence that nobody changed is told:\n%s", history)
	}
	list := must("audit", "list", "--item", id)
	for _, want := range []string{"item.receive", "item.write", "item.release", "第 2 稿"} {
		if !strings.Contains(list, want) {
			t.Errorf("audit lacks %q:\n%s", want, list)
		}
	}
	if out := must("audit", "verify"); !strings.Contains(out, "0 处有问题") || strings.Contains(out, "核对 0 条") ||
		!strings.Contains(out, "至少留存 184 天") {
		t.Errorf("verify: %s", out)
	}

	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "guiyi.db"))
	if err != nil {
		t.Fatal(err)
	}
	err = db.InTx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		const change = "UPDATE audit_row SET actor = 'somebody' WHERE action = 'item.release'"
		if _, err := tx.ExecContext(ctx, change); err == nil {
			t.Error("the database lets a row be changed")
		}
		if _, err := tx.ExecContext(ctx, "DROP TRIGGER audit_row_no_update"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, change)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if status, out, _ := call(t, data, "audit", "verify"); status != 1 || !strings.Contains(out, "item.release") ||
		!strings.Contains(out, "2 处有问题") || !strings.Contains(out, "不再阻止对表 audit_row 的 UPDATE") {
		t.Errorf("a changed row: %d %s", status, out)
	}
}
