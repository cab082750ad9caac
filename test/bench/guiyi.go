package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"guiyi/test/bench/content"
)

// siteCode is the code of the site that is generated; the search has more of them, bench2 and so on.
const siteCode = "bench"

// guiyi is the binary under test with a data directory of its own.
type guiyi struct {
	bin  string
	data string // data directory
	env  []string
}

func newGuiyi(bin, data string) guiyi {
	return guiyi{bin: bin, data: data, env: []string{"GUIYI_DATA_DIR=" + data, "GUIYI_LOG_LEVEL=error"}}
}

func (g guiyi) run(ctx context.Context, args ...string) (usage, error) {
	u, _, err := timed(command(ctx, "", g.env, g.bin, args...))
	return u, err
}

// firstBuild declares the site in dir, imports its articles and returns what the first build cost.
func (g guiyi) firstBuild(ctx context.Context, dir string) (usage, error) {
	if err := g.apply(ctx, dir); err != nil {
		return usage{}, err
	}
	if _, err := g.importLines(ctx, dir); err != nil {
		return usage{}, err
	}
	return g.run(ctx, "publish", siteCode)
}

// rebuild changes something in the frame of all pages, a different thing for each n, and times the build of them all:
// rendering, comparing, compressing, hashing, writing and signing.
func (g guiyi) rebuild(ctx context.Context, dir string, n int) (usage, error) {
	if err := writeDeclaration(dir, siteCode, fmt.Sprint("热词", n)); err != nil {
		return usage{}, err
	}
	if err := g.apply(ctx, dir); err != nil {
		return usage{}, err
	}
	return g.run(ctx, "publish", siteCode)
}

func (g guiyi) apply(ctx context.Context, dir string) error {
	_, err := g.run(ctx, "apply", filepath.Join(dir, "sites"), "--no-publish")
	return err
}

func (g guiyi) importLines(ctx context.Context, dir string) (usage, error) {
	return g.importFile(ctx, dir, "articles.jsonl", siteCode)
}

func (g guiyi) importFile(ctx context.Context, dir, file, site string) (usage, error) {
	return g.run(ctx, "import", filepath.Join(dir, file), "--site", site, "--map", filepath.Join(dir, "map.yaml"),
		"--no-publish")
}

func (g guiyi) importPages(ctx context.Context, pages string) (usage, error) {
	return g.run(ctx, "import", pages, "--site", siteCode, "--column", content.Sections()[0].Slug, "--no-publish")
}

// writeGuiyiSite writes the declaration of the site and its articles as JSON lines with a mapping file.
func writeGuiyiSite(dir string, all iter.Seq[content.Article]) error {
	if err := writeDeclaration(dir, siteCode, "政策解读"); err != nil {
		return err
	}
	if err := writeMapping(dir); err != nil {
		return err
	}
	return writeLines(filepath.Join(dir, "articles.jsonl"), all)
}

func writeMapping(dir string) error {
	var m strings.Builder
	m.WriteString("name: bench\nkey: [id]\nbody: html\ncolumn:\n  by: [column]\n  map:\n")
	for _, s := range content.Sections() {
		fmt.Fprintf(&m, "    %s: %s\n", s.Slug, s.Slug)
	}
	return os.WriteFile(filepath.Join(dir, "map.yaml"), []byte(m.String()), 0o600)
}

// writeDeclaration writes a site's declaration; hot is one of the search words that every page shows.
func writeDeclaration(dir, code, hot string) error {
	if err := os.MkdirAll(filepath.Join(dir, "sites"), 0o750); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "sites", code+".yaml"), []byte(declaration(code, hot)), 0o600)
}

func writeLines(name string, all iter.Seq[content.Article]) (err error) {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	for a := range all {
		err = enc.Encode(map[string]any{
			"id": fmt.Sprint("a", a.No), "column": a.Section.Slug, "title": a.Title, "content_html": a.Body,
			"time":   a.At.Format("2006-01-02 15:04"),
			"source": a.Source, "author": a.Author, "editor": a.Editor, "summary": a.Summary,
			"keywords": strings.Join(a.Keywords, ","),
		})
		if err != nil {
			break
		}
	}
	if err == nil {
		err = w.Flush()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// declaration is a site of the generated articles: twelve columns, thirty links in the footer.
func declaration(code, hot string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `site: %[1]s
parent: ""
name: 清河市人民政府
title: 清河市人民政府门户网站
kind: portal
state: running
theme: default
domains: [%[1]s.qinghe.gov.cn]
dossier: { idcode: "2301990099", sponsor: 清河市人民政府, organizer: 清河市人民政府办公室, icp: 黑ICP备00000000号-99, police: 黑公网安备 23019900000099号, phone: 0450-00000000, address: 清河市东山区政通路1号, postcode: "150000", conac: "https://bszs.conac.cn/", finderror: "https://zfwzgl.www.gov.cn/exposure/jiucuo.html", home: "https://%[1]s.qinghe.gov.cn/", opened: 2026-01-01, ipv6: true }
`, code)
	fmt.Fprintf(&b, "hot: [公积金提取, 入学报名, 医保转移, %s]\nlinks:\n", hot)
	for i, name := range content.Departments() {
		if i%10 == 0 {
			fmt.Fprintf(&b, "  - group: 市政府部门（%d）\n    items:\n", i/10+1)
		}
		fmt.Fprintf(&b, "      - { name: %s, url: \"https://d%d.qinghe.gov.cn/\" }\n", name, i+1)
	}
	b.WriteString("columns:\n")
	for _, s := range content.Sections() {
		fmt.Fprintf(&b,
			"  - { slug: %s, name: %s, types: [%s], update: notice, nav: true, description: %s, keywords: [%s, 清河市] }\n",
			s.Slug, s.Name, s.Kind, s.About, s.Name)
	}
	b.WriteString("home:\n  - { block: headline, column: xwdt }\n")
	for _, s := range content.Sections() {
		fmt.Fprintf(&b, "  - { block: list, column: %s, count: 6 }\n", s.Slug)
	}
	return b.String()
}
