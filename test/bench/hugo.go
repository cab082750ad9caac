package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"guiyi/test/bench/content"
)

// hugo is one Hugo with a copy of the site.
type hugo struct{ name, bin, src, out string }

// build runs Hugo from nothing: the folder of the last round is gone before the clock starts.
func (h hugo) build(ctx context.Context) (usage, error) {
	if err := os.RemoveAll(h.out); err != nil {
		return usage{}, err
	}
	return h.rebuild(ctx)
}

// rebuild runs Hugo over its last result.
func (h hugo) rebuild(ctx context.Context) (usage, error) {
	cache := filepath.Join(filepath.Dir(h.out), "cache")
	// newer ones refuse HTML content otherwise
	env := []string{"HUGO_CACHEDIR=" + cache, "HUGO_SECURITY_ALLOWCONTENT=.*"}
	u, _, err := timed(command(ctx, h.src, env, h.bin, "--quiet", "--destination", h.out))
	return u, err
}

// again is the row of rebuilds.
func (h hugo) again() string { return h.name + ", nothing changed" }

// hugoVersion is the bare version number of a Hugo binary.
func hugoVersion(ctx context.Context, bin string) (string, error) {
	_, out, err := timed(command(ctx, "", nil, bin, "version"))
	for _, word := range strings.Fields(out) {
		if strings.HasPrefix(word, "v0.") {
			version, _, _ := strings.Cut(word, "-")
			version, _, _ = strings.Cut(version, "+")
			return version, err
		}
	}
	if err == nil {
		err = fmt.Errorf("no version in %q", out)
	}
	return "", err
}

// writeHugoSite writes the same site for Hugo. Bodies are HTML files, so that Hugo has no Markdown to parse, as we
// have none.
func writeHugoSite(dir, root string, all []content.Article) error {
	theme := filepath.Join(dir, "themes", "guiyi-bench")
	if err := os.CopyFS(theme, os.DirFS(filepath.Join(root, "test", "bench", "hugo-theme"))); err != nil {
		return err
	}
	assets := filepath.Join(root, "web", "themes", "default", "assets")
	if err := os.CopyFS(filepath.Join(dir, "static", "_a"), os.DirFS(assets)); err != nil {
		return err
	}
	if err := writeJSON(filepath.Join(dir, "config.json"), hugoConfig()); err != nil {
		return err
	}
	for _, s := range content.Sections() {
		front := map[string]any{"title": s.Name, "description": s.About, "coltype": s.Kind,
			"words": []string{s.Name, "清河市"}}
		if err := writePage(filepath.Join(dir, "content", s.Slug, "_index.html"), front, ""); err != nil {
			return err
		}
	}
	for _, a := range all {
		front := map[string]any{"title": a.Title, "date": a.At.Format("2006-01-02T15:04:05Z07:00"),
			"description": a.Summary, "source": a.Source,
			"author": a.Author, "editor": a.Editor, "words": a.Keywords, "url": a.Path(), "no": a.No}
		name := filepath.Join(dir, "content", a.Section.Slug, fmt.Sprintf("t%d.html", a.No))
		if err := writePage(name, front, a.Body); err != nil {
			return err
		}
	}
	return nil
}

func writePage(name string, front map[string]any, body string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err
	}
	head, err := json.Marshal(front)
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(append(head, '\n'), body...), 0o600)
}

func writeJSON(name string, v any) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		return err
	}
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(name, append(text, '\n'), 0o600)
}

func hugoConfig() map[string]any {
	type m = map[string]any
	var nav, groups []m
	for _, s := range content.Sections() {
		nav = append(nav, m{"slug": s.Slug, "name": s.Name})
	}
	for i, name := range content.Departments() {
		if i%10 == 0 {
			groups = append(groups, m{"title": fmt.Sprintf("市政府部门（%d）", i/10+1), "items": []m{}})
		}
		g := groups[len(groups)-1]
		g["items"] = append(g["items"].([]m), m{"name": name, "url": fmt.Sprintf("https://d%d.qinghe.gov.cn/", i+1)})
	}
	return m{
		"baseURL": "https://bench.qinghe.gov.cn/", "title": "清河市人民政府门户网站", "theme": "guiyi-bench",
		"timeZone":     "Asia/Shanghai",
		"disableKinds": []string{"taxonomy", "term"}, "enableRobotsTXT": true, "hasCJKLanguage": true,
		"mediaTypes": m{"application/atom+xml": m{"suffixes": []string{"xml"}}},
		"outputFormats": m{"atom": m{"mediaType": "application/atom+xml", "baseName": "atom", "isPlainText": false},
			"rss": m{"baseName": "rss"}},
		"outputs": m{"home": []string{"html", "rss", "atom"}, "section": []string{"html", "rss", "atom"}},
		"params": m{
			"name": "清河市人民政府", "domain": "bench.qinghe.gov.cn", "idcode": "2301990099", "organizer": "清河市人民政府办公室",
			"icp":    "黑ICP备00000000号-99",
			"police": "黑公网安备 23019900000099号", "phone": "0450-00000000", "address": "清河市东山区政通路1号", "postcode": "150000",
			"conac": "https://bszs.conac.cn/", "finderror": "https://zfwzgl.www.gov.cn/exposure/jiucuo.html",
			"hot": []string{"公积金提取", "入学报名", "医保转移", "惠企政策"}, "nav": nav, "groups": groups,
		},
	}
}

// countPages counts the HTML files below a folder and their bytes.
func countPages(dir string) (pages int, bytes int64, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".html" {
			return err
		}
		info, err := d.Info()
		if err == nil {
			pages, bytes = pages+1, bytes+info.Size()
		}
		return err
	})
	return pages, bytes, err
}
