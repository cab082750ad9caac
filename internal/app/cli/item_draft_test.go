package cli

import (
	"archive/zip"
	"bytes"
	"os"
	"strings"
	"testing"
)

// wordFile writes a document with a tracked deletion.
func wordFile(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	w, err := z.Create("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	const text = `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>正文。</w:t></w:r>` +
		`<w:del><w:r><w:delText>旧</w:delText></w:r></w:del></w:p></w:body></w:document>`
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestDraftUse: what is missing is named, and a document that is not there is no document of another kind.
func TestDraftUse(t *testing.T) {
	data := t.TempDir()
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, 2, "--docx"},
		{[]string{"--docx", "a.docx"}, 2, "--site"},
		{[]string{"--docx", "a.docx", "--site", "qinghe"}, 2, "--column"},
		{[]string{"--docx", "a.docx", "--site", "none", "--column", "a"}, 1, "guiyi site list"},
		{[]string{"--docx", "a.docx", "more"}, 2, "用法"},
	} {
		var out, errs bytes.Buffer
		status := Main(append([]string{"--data-dir", data, "item", "draft"}, c.args...), &out, &errs)
		if status != c.status || !strings.Contains(errs.String(), c.says) || out.Len() > 0 {
			t.Errorf("%v: status %d, %s%s", c.args, status, &out, &errs)
		}
	}
}
