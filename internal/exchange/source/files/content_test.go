package files

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"guiyi/internal/exchange/source"
	"guiyi/internal/kernel/fault"
)

func documentsOf(t testing.TB, text []byte) (all []source.Input) {
	t.Helper()
	for in, err := range OpenContent("x", fstest.MapFS{"a/x.yaml": {Data: text}}).Inputs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, in)
	}
	return all
}

func TestContentDocuments(t *testing.T) {
	all := documentsOf(t,
		[]byte(
			"\ufeff# 开头\n---\nid: a\ntitle: 甲\nbody: |\n  正文\n  ----\n---\nid: b\ncolour: red\n---\n# 只有注释\n---\ntitle: 没有编号\n---\nid: c\n"))
	var got []string
	for _, in := range all {
		line := in.Name
		if in.Problem != nil {
			line += " " + fault.Text(in.Problem)
		}
		got = append(got, line)
	}
	want := []string{"a/x.yaml#a", "a/x.yaml#b 第 2 篇有误（行号从这一篇算起）：第 2 行：不认识的键 colour", "a/x.yaml#3 第 3 篇没有 id",
		"a/x.yaml#c"}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if all[0].Content.Body != "正文\n----\n" {
		t.Errorf("body %q", all[0].Content.Body)
	}
}

// FuzzContent: each document becomes one content with an ID, or one problem with a text. None is missing or added.
func FuzzContent(f *testing.F) {
	for _, s := range []string{"id: a\ntitle: 甲\ndate: 2026-03-02\nattachments: [{name: 甲, file: a.pdf}]\n",
		"---\n---\n# x\n--- \nid: b\n", "id: &a x\ntitle: *a\n", "a: &a [*a]", "id: a\nid: b\n", "\xb9\xd8: 1"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all := documentsOf(t, text)
		if most := bytes.Count(text, []byte("---")) + 1; len(all) > most {
			t.Errorf("%d documents, at most %d", len(all), most)
		}
		want := 0
		for _, part := range documents(text) {
			if !blank(part) {
				want++
			}
		}
		if len(all) != want {
			t.Errorf("%d documents of %d", len(all), want)
		}
		for _, in := range all {
			if in.ID == "" || in.Problem == nil && in.ID != in.Content.ID || in.Problem != nil &&
				fault.Text(in.Problem) == "" {
				t.Errorf("%+v", in)
			}
		}
	})
}
