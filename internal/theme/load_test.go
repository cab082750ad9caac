package theme_test

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"guiyi/internal/address"
	"guiyi/internal/theme"
	"guiyi/web"
)

func base(t testing.TB) fs.FS {
	t.Helper()
	b, err := web.Theme("default")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func load(t testing.TB, overlays ...fs.FS) *theme.Set {
	t.Helper()
	set, err := theme.Load(base(t), overlays...)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func overlay(path, text string) fs.FS {
	return fstest.MapFS{path: &fstest.MapFile{Data: []byte(text)}}
}

// page is a correct article template around the given text.
func page(text string) string {
	return "{{template \"open\" .Page}}\n<main id=\"main\">" + text + "</main>{{template \"close\" .Page}}"
}

func TestUnknownTheme(t *testing.T) {
	if _, err := web.Theme("missing"); err == nil {
		t.Error("a theme that is not there was found")
	}
}

// A fault in a site's own file is named with file and line when the theme is loaded, not when a page is published.
func TestLoadNamesFaults(t *testing.T) {
	const file = "templates/article.html"
	cases := []struct{ name, path, text, want string }{
		{"unknown field", file, page("\n{{.Titel}}"), "article.html:3:"},
		{"unknown nested field", file, page("{{with .Prev}}{{.Href}}{{end}}"), "Link has no field Href"},
		{"field of a list element", file, page("{{range .Attachments}}{{.Bytes}}{{end}}"),
			"Attachment has no field Bytes"},
		{"field of a variable", file, page("{{range $i, $a := .Attachments}}{{$a.Href}}{{end}}"),
			"Attachment has no field Href"},
		{"field in a branch never taken", file, page("{{if false}}{{.Nope}}{{end}}"), "Article has no field Nope"},
		{"field in else", file, page("{{if .Title}}{{else}}{{.Nope}}{{end}}"), "Article has no field Nope"},
		{"field through the root", file, page("{{range .Related}}{{$.Nope}}{{end}}"), "Article has no field Nope"},
		{"field of the result of a builtin", file, page("{{(index .Related 0).Nope}}"), "ListItem has no field Nope"},
		{"method", file, page("{{.PublishedAt.Unix}}"), "no field Unix"},
		{"field of a string", file, page("{{.Title.Len}}"), "string has no field Len"},
		{"range over a string", file, page("{{range .Title}}{{end}}"), "range over string"},
		{"unknown function", file, page("{{exec .Title}}"), "function \"exec\" not defined"},
		{"call", file, page("{{call .Title}}"), "call is not allowed"},
		{"wrong argument", file, page("{{date .Title}}"), "argument 1 of date"},
		{"too many arguments", file, page("{{date .PublishedAt .PublishedAt}}"), "date takes 1 arguments"},
		{"piped argument counts", file, page("{{.PublishedAt | date .PublishedAt}}"), "date takes 0 arguments"},
		{"field with argument", file, page("{{.Title 1}}"), "not a function"},
		{"missing template", file, page("{{template \"nowhere\" .}}"), "\"nowhere\" is missing"},
		{"missing asset", file, page("{{asset \"nowhere.css\"}}"), "nowhere.css"},
		{"syntax", file, page("{{if .Title}}"), "article.html"},
		{"partial with a wrong field", "templates/partials/content.html", "{{define \"tail\"}}{{.Nope}}{{end}}",
			"Tail has no field Nope"},
		{"wrong beginning", file, " " + page(""), "a page must begin with"},
		{"inline style", file, page(`<p style="color:red">x</p>`), "inline style in <p>"},
		{"style element", file, page("<style>p{color:red}</style>"), "inline style in <style>"},
		{"inline script", file, page("<script>1</script>"), "inline script"},
		{"handler", file, page(`<p onclick="1">x</p>`), "inline onclick"},
		{"javascript address", file, page(`<a href=" JavaScript:1">x</a>`), "javascript: address"},
		{"closed page with a file", "templates/closed.html",
			"<!DOCTYPE html>\n<html lang=\"zh-CN\"><img src=\"/a.png\">", "another file in <img>"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := theme.Load(base(t), overlay(c.path, c.text))
			if err == nil {
				t.Fatal("loaded")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q does not say %q", err, c.want)
			}
		})
	}
}

func TestLoadNeedsEveryTemplate(t *testing.T) {
	only := overlay("templates/home.html", "x")
	_, err := theme.Load(only)
	for _, name := range []string{"article.html", "search.html", "chrome-top", "closed.html"} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error does not name %s: %v", name, err)
		}
	}
}

func TestOverlayReplacesOneFile(t *testing.T) {
	plain := load(t)
	own := load(t, overlay("templates/notfound.html", strings.ReplaceAll(page("<h1>本站没有这一页</h1>"), "{{.Title}}", "")))
	if got := render(t, own, theme.NotFound{}); !strings.Contains(got, "本站没有这一页") {
		t.Error("the overlay is not used")
	}
	if a, b := render(t, own, theme.Gone{}), render(t, plain, theme.Gone{}); a != b {
		t.Error("the overlay changed another page")
	}
	if plain.Hash() == own.Hash() {
		t.Error("two themes have the same hash")
	}
	if plain.Hash() != load(t).Hash() {
		t.Error("the same theme has two hashes")
	}
}

func TestAssetsAreNamedByContent(t *testing.T) {
	plain := load(t)
	own := load(t, overlay("assets/cursor.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
		overlay("assets/img/map.svg", "<svg/>"))
	if plain.Asset("cursor.svg") == own.Asset("cursor.svg") {
		t.Error("other bytes, same address")
	}
	if plain.Asset("site.css") == own.Asset("site.css") {
		t.Error("the style sheet names the picture by its address, so its own address must change too")
	}
	if own.Asset("img-map.svg") == "" || own.Asset("nothing") != "" {
		t.Error("asset names")
	}
	for _, a := range own.Assets() {
		if !strings.HasPrefix(a.Path, "/_a/") || !strings.HasSuffix(a.Path, "."+a.Name) || a.Type == "" {
			t.Errorf("asset %+v", a.Path)
		}
		if a.Name == "site.css" && !strings.Contains(string(a.Bytes), `url("`+own.Asset("cursor.svg")+`")`) {
			t.Error("addresses in the style sheet are not resolved")
		}
	}
}

// TestTableOfAddresses: what the templates of the default theme link to by a fixed path is there.
func TestTableOfAddresses(t *testing.T) {
	files, err := web.Theme("default")
	if err != nil {
		t.Fatal(err)
	}
	link, found := regexp.MustCompile(`(?:href|src|action)="(/[^"{?#]*)`), 0
	err = fs.WalkDir(files, "templates", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		for _, m := range link.FindAllSubmatch(text, -1) {
			found++
			if row, ok := address.Find(string(m[1])); !ok || row.By == address.Reserved {
				t.Errorf("%s: %s leads nowhere", name, m[1])
			}
		}
		return err
	})
	if err != nil || found == 0 {
		t.Error(found, err)
	}
}
