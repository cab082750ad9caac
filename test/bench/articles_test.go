package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/encoding/simplifiedchinese"

	"guiyi/test/bench/content"
)

func TestArticlesAreAlwaysTheSame(t *testing.T) {
	a, b := content.Articles(50, content.BodyBytes), content.Articles(50, content.BodyBytes)
	if !reflect.DeepEqual(a, b) {
		t.Fatal("two runs made different articles")
	}
	seen := map[string]bool{}
	for i, x := range a {
		if seen[x.Path()] {
			t.Errorf("address %s twice", x.Path())
		}
		seen[x.Path()] = true
		if !articleLink.MatchString(x.Path()) {
			t.Errorf("address %s is not recognised in lists", x.Path())
		}
		if n := len(x.Body); n < content.BodyBytes || n > content.BodyBytes+2<<10 {
			t.Errorf("article %d has a text of %d bytes", i, n)
		}
		if x.Title == "" || x.Source == "" || x.Summary == "" || !utf8.ValidString(x.Body) {
			t.Errorf("article %d is incomplete: %+v", i, x)
		}
		if i > 0 && !x.At.Before(a[i-1].At) {
			t.Errorf("article %d is not older than the one before", i)
		}
	}
}

func TestGuiyiSite(t *testing.T) {
	dir := t.TempDir()
	all := content.Articles(30, 300)
	if err := writeGuiyiSite(dir, slices.Values(all)); err != nil {
		t.Fatal(err)
	}
	var decl struct {
		Columns []map[string]any
		Links   []struct{ Items []any }
		Hot     []string
	}
	text, err := os.ReadFile(filepath.Join(dir, "sites", siteCode+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, &decl); err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, g := range decl.Links {
		links += len(g.Items)
	}
	if len(decl.Columns) != 12 || links != 30 || len(decl.Hot) != 4 {
		t.Errorf("%d columns, %d links, %d search words; want 12, 30, 4", len(decl.Columns), links, len(decl.Hot))
	}
	if declaration(siteCode, "甲") == declaration(siteCode, "乙") {
		t.Error("another search word gives the same declaration")
	}
	lines, err := os.ReadFile(filepath.Join(dir, "articles.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(lines)) {
		var record map[string]string
		if err := json.Unmarshal([]byte(line), &record); err != nil || record["title"] != all[n].Title ||
			record["content_html"] != all[n].Body {
			t.Fatalf("line %d: %v %v", n+1, err, record)
		}
		n++
	}
	if n != len(all) {
		t.Errorf("%d lines, want %d", n, len(all))
	}
}

func TestHugoSite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "src")
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	all := content.Articles(24, 300)
	if err := writeHugoSite(dir, root, all); err != nil {
		t.Fatal(err)
	}
	pages, _, err := countPages(filepath.Join(dir, "content"))
	if err != nil || pages != len(all)+len(content.Sections()) {
		t.Errorf("%d content files, %v; want %d", pages, err, len(all)+len(content.Sections()))
	}
	if program("hugo") == "" {
		t.Skip("hugo is not installed: the theme is not tried")
	}
	h := hugo{name: "hugo", bin: program("hugo"), src: dir, out: filepath.Join(filepath.Dir(dir), "out")}
	if _, err := h.build(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		text, err := os.ReadFile(filepath.Join(h.out, filepath.FromSlash(a.Path())))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"<!DOCTYPE html>\n<html lang=\"zh-CN\">", a.Title, a.Body,
			`<meta name="ContentSource" content="` + a.Source, `aria-current="true">` + a.Section.Name,
			content.Departments()[29]} {
			if !strings.Contains(string(text), want) {
				t.Fatalf("%s lacks %q", a.Path(), want)
			}
		}
	}
	if v, err := hugoVersion(t.Context(), h.bin); err != nil || !strings.HasPrefix(v, "v0.") {
		t.Errorf("version %q, %v", v, err)
	}
}

func TestSavedPages(t *testing.T) {
	dir := t.TempDir()
	all := content.Articles(8, 300)
	if err := content.WriteSavedPages(dir, slices.Values(all)); err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		files, err := filepath.Glob(filepath.Join(dir,
			"*_"+strings.TrimPrefix(a.Path()[strings.LastIndexByte(a.Path(), '_'):], "_")))
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: %v %v", a.Path(), files, err)
		}
		text, err := os.ReadFile(files[0])
		if err != nil {
			t.Fatal(err)
		}
		if a.No%4 == 0 {
			if utf8.Valid(text) {
				t.Errorf("page %d is not GBK", a.No)
			}
			if text, err = simplifiedchinese.GBK.NewDecoder().Bytes(text); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.Contains(string(text), "<h1 class=\"title\">"+a.Title) {
			t.Errorf("page %d lacks its title", a.No)
		}
		if got := strings.Contains(string(text), `name="ArticleTitle"`); got != (a.No%2 == 0) {
			t.Errorf("page %d: national meta tags %v", a.No, got)
		}
	}
}
