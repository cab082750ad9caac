package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestText: the text of a file on the output; a file without text and one that cannot be read say so elsewhere.
func TestText(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	wordFile(t, filepath.Join(dir, "a.docx"))
	for _, c := range []struct {
		file        string
		status      int
		shows, says string
	}{
		{filepath.Join(dir, "a.docx"), 0, "正文。\n", ""},
		{file("a.html", "<p>甲</p><p>乙</p>"), 0, "甲\n乙\n", ""},
		{file("long.txt", strings.Repeat("清河市人民政府\n", 250_000)), 0, "清河市人民政府\n", "太长"},
		{file("blank.txt", " \n\n"), 0, "", "没有文字"},
		{file("a.rtf", "{\\rtf1 a}"), 1, "", "不能从这种文件里提取文字"},
		{file("a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), 1, "", "损坏"},
		{filepath.Join(dir, "none.pdf"), 1, "", "打不开文件"},
		{dir, 1, "", "不是文件"},
	} {
		var out, errs bytes.Buffer
		status := Main([]string{"text", c.file}, &out, &errs)
		if status != c.status || !strings.HasPrefix(out.String(), c.shows) ||
			!strings.Contains(errs.String(), c.says) ||
			c.shows == "" && out.Len() > 0 {
			t.Errorf("%s: status %d, shows %.40q, says %q", c.file, status, out.String(), errs.String())
		}
	}
}
