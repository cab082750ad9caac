package themes

import (
	"os"
	"path/filepath"
	"testing"

	"guiyi/internal/site"
	"guiyi/internal/theme"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	err := os.MkdirAll(filepath.Dir(path), 0o750)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// A running process sees a theme as its files are now, and loads it only when they change.
func TestFindFollowsTheFiles(t *testing.T) {
	dir := t.TempDir()
	themes, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	here, beside := &site.Site{Code: "qinghe", Theme: "default"}, &site.Site{Code: "linjiang", Theme: "default"}
	find := func(s *site.Site) *theme.Set {
		t.Helper()
		set, err := themes.Find(s)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	plain := find(here)
	if find(here) != plain || find(beside) != plain {
		t.Error("the theme was loaded twice")
	}
	sheet := filepath.Join(dir, "themes/default/sites/qinghe/assets/site.css")
	write(t, sheet, "body{color:red}")
	red := find(here)
	if red.Hash() == plain.Hash() || find(here) != red || find(beside) != plain {
		t.Error("the overlay is not that of its site alone")
	}
	write(t, sheet, "body{color:green}")
	if green := find(here); green.Hash() == red.Hash() {
		t.Error("a changed file is not seen")
	}
	broken := filepath.Join(dir, "themes/default/sites/qinghe/templates/article.html")
	write(t, broken, "{{.NoSuchField}}")
	if _, err := themes.Find(here); err == nil {
		t.Error("a broken template is taken")
	}
	if err := os.RemoveAll(filepath.Join(dir, "themes")); err != nil {
		t.Fatal(err)
	}
	if find(here).Hash() != plain.Hash() {
		t.Error("a removed overlay stays")
	}
	if _, err := themes.Find(&site.Site{Code: "qinghe", Theme: "none"}); err == nil {
		t.Error("a theme that is not there is found")
	}
}
