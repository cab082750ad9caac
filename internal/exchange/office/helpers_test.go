package office

import (
	"archive/zip"
	"bytes"
	"context"
	"strings"
	"testing"
)

// packed is a ZIP file of parts; a value that begins with "stored:" is not compressed.
func packed(t testing.TB, parts ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.Create(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(parts[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const (
	wordHead = `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="http://w" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:a="http://a" ` +
		`xmlns:wp="http://wp" xmlns:mc="http://mc" xmlns:wps="http://wps" xmlns:v="http://v" xmlns:m="http://m"><w:body>`
	wordTail = `</w:body></w:document>`
)

// word is a document with a body and further parts.
func word(t testing.TB, body string, parts ...string) []byte {
	t.Helper()
	return packed(t, append([]string{"[Content_Types].xml", "<Types/>",
		"word/document.xml", wordHead + body + wordTail}, parts...)...)
}

// para1 is a paragraph of plain text.
func para1(text string) string { return "<w:p><w:r><w:t>" + text + "</w:t></w:r></w:p>" }

func imported(t testing.TB, file []byte) *Document {
	t.Helper()
	d, err := Import(context.Background(), bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// count returns how often the report tells of a kind.
func (r Report) count(kind Kind) int {
	for _, n := range r {
		if n.Kind == kind {
			return n.Count
		}
	}
	return 0
}

func flatHTML(s string) string { return strings.ReplaceAll(s, "\n", "") }
