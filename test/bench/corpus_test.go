package main

import (
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"guiyi/test/bench/content"
)

func TestMadeCorpus(t *testing.T) {
	b := &bench{items: 20}
	c, err := content.NewCorpus(b.data, b.items)
	if err != nil {
		t.Fatal(err)
	}
	texts := slices.Collect(c.Texts)
	if len(texts) != 20 || texts[3].Title != content.New(3, content.BodyBytes).Title || len(c.Queries) < 100 ||
		slices.Contains(c.Queries, "") {
		t.Errorf("%d texts, %d queries", len(texts), len(c.Queries))
	}
	b.data = t.TempDir() // nothing in it
	if c, err = content.NewCorpus(b.data, b.items); err != nil || len(slices.Collect(c.Texts)) != 20 {
		t.Error(err)
	}
}

func TestRealCorpus(t *testing.T) {
	b := &bench{items: 10, data: t.TempDir()}
	for i, set := range []string{"statutes", "letters", "covidgov", "passages"} {
		dir := filepath.Join(b.data, "search", set)
		if err := os.MkdirAll(dir, 0o750); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(filepath.Join(dir, "corpus.jsonl.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(f)
		z.Write([]byte(`{"id":"1","title":"` + []string{"条款", "", "", ""}[i] + `","body":"正文<` + set + `>\n第二段"}` +
			"\n"))
		z.Close()
		f.Close()
		query := `{"id":"q","text":"问题` + set + `","keywords":"甲；乙"}` + "\n"
		if err := os.WriteFile(filepath.Join(dir, "queries.dev.jsonl"), []byte(query), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := content.NewCorpus(b.data, b.items)
	if err != nil {
		t.Fatal(err)
	}
	texts := slices.Collect(c.Texts)
	real := 0
	for _, a := range texts {
		if strings.Contains(a.Body, "第二段") {
			real++
			if !strings.HasPrefix(a.Body, "<p>正文&lt;") || strings.Count(a.Body, "<p>") != 2 || a.Title == "" {
				t.Errorf("%q %q", a.Title, a.Body)
			}
		}
	}
	if len(texts) != 10 || real != 4 {
		t.Errorf("%d texts, %d real", len(texts), real)
	}
	for _, want := range []string{"问题letters", "甲 乙", "甲"} {
		if !slices.Contains(c.Queries, want) {
			t.Errorf("no query %q in %v", want, c.Queries)
		}
	}
	if err := os.WriteFile(filepath.Join(b.data, "search", "passages", "queries.dev.jsonl"), []byte("{broken"),
		0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := content.NewCorpus(b.data, b.items); err == nil || !strings.Contains(err.Error(), "passages") {
		t.Errorf("error %v does not name the broken file", err)
	}
}

func TestSites(t *testing.T) {
	counts := map[string]int{}
	for no := range 500 {
		counts[siteOf(no)]++
	}
	if counts[siteCode] != 200 || counts["bench4"] != 100 || len(counts) != len(searchSites()) {
		t.Error(counts)
	}
}

func TestHasHits(t *testing.T) {
	for body, want := range map[string]bool{`{"items":[{"id":"1"}]}`: true, `{"items":[]}`: false, `{}`: false,
		`<html>`: false, ``: false} {
		if hasHits([]byte(body)) != want {
			t.Errorf("%s: %v", body, !want)
		}
	}
}

func TestParseH2load(t *testing.T) {
	out := "Application protocol: h2\n\nfinished in 1.01s, 24567.00 req/s, 190.00MB/s\n" +
		"requests: 24567 total, 24599 started, 24567 done, 24567 succeeded, 0 failed, 0 errored, 0 timeout\n"
	l, err := parseH2load(out)
	if err != nil || l.Requests != 24567 || l.PerSec != 24567 || l.Bad != 0 {
		t.Errorf("%+v %v", l, err)
	}
	if l, err = parseH2load(strings.Replace(out, "0 errored", "3 errored", 1)); err != nil || l.Bad != 3 {
		t.Errorf("%+v %v", l, err)
	}
	for _, bad := range []string{"", strings.Replace(out, "protocol: h2", "protocol: http/1.1", 1),
		strings.Replace(out, "requests:", "answers:", 1)} {
		if _, err := parseH2load(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
