package htmlclean

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// standsIn tells a picture that stood beside its placeholder for readers without scripts.
func standsIn(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == unscriptedMark {
			return true
		}
	}
	return false
}

// besidePicture reports whether the picture before one for readers without scripts names an address itself.
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

// lazyPicture tells the placeholder of a picture whose address only a script knows.
func lazyPicture(n *html.Node) bool {
	return !tiny(n, "width") && !tiny(n, "height") && (lazyNames.MatchString(attr(n, "class")) || attr(n,
		"loading") != "" &&
		strings.HasPrefix(strings.ToLower(attr(n, "src")), "data:"))
}

// foreign are addresses on the author's own disk, in his mail or in his browser: pasted, and seen by nobody else.
var foreign = regexp.MustCompile(
	`(?i)^\s*(?:file:|blob:|cid:|mhtml:|webkit-fake-url:|ms-[a-z]+:|about:|[a-z]:[\\/]|\\\\)|msohtmlclip`)

// foreignPicture tells a picture that was pasted without its file.
func foreignPicture(n *html.Node) bool {
	src := attr(n, "src")
	return foreign.MatchString(src) ||
		len(src) > 400 && strings.HasPrefix(strings.ToLower(strings.TrimSpace(src)), "data:") &&
			!dataImage.MatchString(src)
}

var pictureAddress = regexp.MustCompile(
	`(?i)^(?:https?:)?[^\s"'<>{}]+(?:\.(?:jpe?g|png|gif|webp|bmp)(?:[?#!@][^\s]*)?|[?&]wx_fmt=[a-z]+[^\s]*)$`)

// otherSource looks for the address of a picture in the sets for several sizes and in whatever attribute a script reads
// it from.
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
