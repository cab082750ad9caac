package extract

import (
	"encoding/json"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/kernel/htmlclean"
)

// head is the metadata of a page.
type head struct {
	meta      map[string][]string // lower-case name or property → non-empty contents
	title     string
	canonical string
	ld        map[string]string // JSON-LD: headline, datePublished, author …
	saved     string            // address in the comment "saved from url"
}

var savedFrom = regexp.MustCompile(`<!--\s*saved from url=\(\d+\)\s*(https?://[^\s>]+?)\s*-->`)

func readHead(page string, root *html.Node) head {
	h := head{meta: map[string][]string{}, ld: map[string]string{}}
	if m := savedFrom.FindStringSubmatch(page[:min(len(page), 16<<10)]); m != nil {
		h.saved = m[1]
	}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			switch n.Data {
			case "meta":
				h.addMeta(n)
			case "title":
				if h.title == "" && n.FirstChild != nil {
					h.title = clip(fold(n.FirstChild.Data), 400)
				}
			case "link":
				if strings.EqualFold(attr(n, "rel"), "canonical") {
					h.canonical = strings.TrimSpace(attr(n, "href"))
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	for _, s := range htmlclean.Scripts(page) {
		if strings.Contains(s.Attrs, "ld+json") {
			h.addLD(s.Text)
		}
	}
	return h
}

// clip returns at most the first limit characters of a text.
func clip(s string, limit int) string {
	if r := []rune(s); len(r) > limit {
		return string(r[:limit])
	}
	return s
}

func (h *head) addMeta(n *html.Node) {
	value := clip(fold(attr(n, "content")), 2000)
	if value == "" {
		return
	}
	for _, key := range []string{"name", "property", "itemprop"} {
		if k := strings.ToLower(strings.TrimSpace(attr(n, key))); k != "" {
			h.meta[k] = append(h.meta[k], value)
		}
	}
}

// first returns the first content of the first key that has one.
func (h *head) first(keys ...string) (value, key string) {
	for _, k := range keys {
		if v := h.meta[k]; len(v) > 0 {
			return v[0], k
		}
	}
	return "", ""
}

func (h *head) addLD(text string) {
	var v any
	if json.Unmarshal([]byte(strings.TrimSpace(text)), &v) != nil {
		return
	}
	var walk func(any, int)
	walk = func(v any, depth int) {
		if depth > 6 {
			return
		}
		switch x := v.(type) {
		case []any:
			for _, e := range x {
				walk(e, depth+1)
			}
		case map[string]any:
			for _, k := range []string{"headline", "datePublished", "pubDate", "articleBody", "url", "description"} {
				if s, ok := x[k].(string); ok && h.ld[k] == "" && s != "" {
					h.ld[k] = fold(s)
				}
			}
			for _, k := range []string{"author", "publisher"} {
				if m, ok := x[k].(map[string]any); ok {
					if s, ok := m["name"].(string); ok && h.ld[k] == "" {
						h.ld[k] = fold(s)
					}
				}
			}
			walk(x["@graph"], depth+1)
		}
	}
	walk(v, 0)
}
