package htmlclean

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// standsIn reports whether a picture was in a noscript element next to its placeholder.
func standsIn(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == unscriptedMark {
			return true
		}
	}
	return false
}

// besidePicture reports whether the picture before a noscript picture has an address itself.
func besidePicture(n *html.Node, b *builder) bool {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		switch {
		case p.Type == html.TextNode && blank(p.Data):
			continue
		case p.Type == html.ElementNode && p.Data == "img":
			return b.source(p) != ""
		}
		return false
	}
	return false
}

var lazyNames = regexp.MustCompile(`(?i)lazy|placeholder`)

// lazyPicture reports whether n is the placeholder of a picture whose address only a script knows.
func lazyPicture(n *html.Node) bool {
	return !tiny(n, "width") && !tiny(n, "height") && (lazyNames.MatchString(attr(n, "class")) || attr(n,
		"loading") != "" &&
		strings.HasPrefix(strings.ToLower(attr(n, "src")), "data:"))
}

// foreign are address prefixes of the author's own disk, mail or browser: pictures pasted from there are visible to
// the author only.
var foreign = regexp.MustCompile(
	`(?i)^\s*(?:file:|blob:|cid:|mhtml:|webkit-fake-url:|ms-[a-z]+:|about:|[a-z]:[\\/]|\\\\)|msohtmlclip`)

// foreignPicture reports whether a picture was pasted without its file.
func foreignPicture(n *html.Node) bool {
	src := attr(n, "src")
	return foreign.MatchString(src) ||
		len(src) > 400 && strings.HasPrefix(strings.ToLower(strings.TrimSpace(src)), "data:") &&
			!dataImage.MatchString(src)
}

var pictureAddress = regexp.MustCompile(
	`(?i)^(?:https?:)?[^\s"'<>{}]+(?:\.(?:jpe?g|png|gif|webp|bmp)(?:[?#!@][^\s]*)?|[?&]wx_fmt=[a-z]+[^\s]*)$`)

// otherSource looks for the address of a picture in srcset and in the attributes from which scripts read it.
func (b *builder) otherSource(n *html.Node) string {
	take := func(raw string) string {
		src := resolve(b.base, raw, "http", "https")
		if src == "" || decoration.MatchString(src) {
			return ""
		}
		return src
	}
	sets := []*html.Node{n}
	if n.Parent != nil && n.Parent.Data == "picture" {
		for c := n.Parent.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.ElementNode && c.Data == "source" {
				sets = append(sets, c)
			}
		}
	}
	for _, s := range sets {
		for _, key := range []string{"srcset", "data-srcset", "data-lazy-srcset"} {
			first, _, _ := strings.Cut(strings.TrimSpace(attr(s, key)), ",")
			if f := strings.Fields(first); len(f) > 0 && !strings.HasPrefix(f[0], "data:") {
				if src := take(f[0]); src != "" {
					return src
				}
			}
		}
	}
	for _, a := range n.Attr {
		if a.Key != "alt" && a.Key != "title" && a.Key != "class" && a.Key != "style" &&
			pictureAddress.MatchString(strings.TrimSpace(a.Val)) {
			if src := take(a.Val); src != "" {
				return src
			}
		}
	}
	return ""
}
