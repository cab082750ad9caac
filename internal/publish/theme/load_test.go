package theme_test

import (
	"bytes"
	"testing"

	"guiyi/internal/publish/theme"
	"guiyi/web"
)

func load(t testing.TB) *theme.Set {
	t.Helper()
	base, err := web.Theme("default")
	if err != nil {
		t.Fatal(err)
	}
	set, err := theme.Load(base)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestDefaultThemeLoads(t *testing.T) {
	set := load(t)
	var buf bytes.Buffer
	if err := set.Render(&buf, &theme.Article{Content: theme.Content{Title: "标题"}}); err != nil {
		t.Fatal(err)
	}
}
