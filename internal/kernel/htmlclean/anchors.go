package htmlclean

import (
	"net/url"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
)

// anchorPrefix separates the anchors of a text from those of the page around it.
const anchorPrefix = "zw-"

// Limits of anchors in a text.
const (
	maxAnchors    = 2000
	maxAnchorName = 80 // bytes
)

// anchors are the anchors of a text that its own links point to: name in the source → name in the output.
type anchors struct {
	pages []string // addresses of the page itself
	known map[string]string
	used  map[string]bool // anchors already written
}

// findAnchors finds the anchors that links within the text point to; anchors without a link are left out.
func findAnchors(root *html.Node, base *url.URL, pages []string) anchors {
	a := anchors{pages: pages, known: map[string]string{}, used: map[string]bool{}}
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
				if name, ok := a.within(attr(n, "href"), base); ok && !bare(n) {
					wanted[name] = true
				}
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(root)
	for name := range wanted {
		if out := anchorName(name); places[name] && out != "" {
			a.known[name] = out
		}
	}
	return a
}

// bare reports whether an element has no text.
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

// within returns the anchor name of a link within the same page.
func (a anchors) within(href string, base *url.URL) (string, bool) {
	href = strings.TrimSpace(href)
	page, name, ok := strings.Cut(href, "#")
	if !ok || name == "" {
		return "", false
	}
	if page != "" && !slices.Contains(a.pages, page) {
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

// anchorName is the name of an anchor in the output: letters, digits and hyphens; "" when nothing is left.
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

// names returns the anchor names of an element, each once in a text.
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

// link returns the address of a link within its page; "" for any other link.
func (a anchors) link(href string, base *url.URL) string {
	name, ok := a.within(href, base)
	if !ok || a.known[name] == "" {
		return ""
	}
	return "#" + a.known[name]
}
