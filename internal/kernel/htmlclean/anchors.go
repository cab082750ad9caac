package htmlclean

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// anchorPrefix keeps the names of places in a text apart from those of the page around it.
const anchorPrefix = "zw-"

// Limits of the places in a text that links lead to.
const (
	maxAnchors    = 2000
	maxAnchorName = 80 // bytes
)

// anchors are the places of a text that its own links lead to: name in the source → name in the output.
type anchors struct {
	known map[string]string
	used  map[string]bool // places already written
}

// findAnchors pairs the links within a text with the places they lead to; what has no partner is left out.
func findAnchors(root *html.Node, base *url.URL) anchors {
	places, wanted := map[string]bool{}, map[string]bool{}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode {
			if hidden(n) || skipped[n.Data] {
				return
			}
			for _, key := range []string{"id", "name"} {
				if v := attr(n, key); v != "" && (key == "id" || n.Data == "a") && len(places) < maxAnchors {
					places[v] = true
				}
			}
			if n.Data == "a" && len(wanted) < maxAnchors {
				if name, ok := within(attr(n, "href"), base); ok && !bare(n) {
					wanted[name] = true
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	a := anchors{known: map[string]string{}, used: map[string]bool{}}
	for name := range wanted {
		if out := anchorName(name); places[name] && out != "" {
			a.known[name] = out
		}
	}
	return a
}

// bare tells an element without any text.
func bare(n *html.Node) bool {
	if n.Type == html.TextNode {
		return blank(n.Data)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if !bare(c) {
			return false
		}
	}
	return true
}

// within returns the name of the place that a link within its own page leads to.
func within(href string, base *url.URL) (string, bool) {
	href = strings.TrimSpace(href)
	page, name, ok := strings.Cut(href, "#")
	if !ok || name == "" {
		return "", false
	}
	if page != "" {
		u, err := url.Parse(page)
		if err != nil || base == nil || base.ResolveReference(u).String() != (&url.URL{Scheme: base.Scheme,
			Host: base.Host, Path: base.Path,
			RawQuery: base.RawQuery}).String() {
			return "", false
		}
	}
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	return name, true
}

// anchorName is the name of a place in the output: characters of words, digits and hyphens; "" when nothing is left
// of it.
func anchorName(name string) string {
	name = strings.TrimPrefix(name, anchorPrefix)
	var b strings.Builder
	for _, r := range name {
		switch {
		case unicode.In(r, unicode.L, unicode.Nd), r == '-':
			b.WriteRune(r)
		default:
			b.WriteByte('_')
		}
		if b.Len() > maxAnchorName {
			break
		}
	}
	if strings.Trim(b.String(), "_-") == "" {
		return ""
	}
	return anchorPrefix + b.String()
}

// names are those of a place that an element marks, each once in a text.
func (a anchors) names(n *html.Node) []string {
	var out []string
	for _, v := range []string{attr(n, "id"), attr(n, "name")} {
		if name := a.known[v]; name != "" && !a.used[name] && (v == attr(n, "id") || n.Data == "a") {
			a.used[name] = true
			out = append(out, name)
		}
	}
	return out
}

// link is the address of a link within its page; "" for any other.
func (a anchors) link(href string, base *url.URL) string {
	name, ok := within(href, base)
	if !ok || a.known[name] == "" {
		return ""
	}
	return "#" + a.known[name]
}
