package extract

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/kernel/htmlclean"
)

// Some pages, such as those of official accounts, hide their body until a script has run. In a saved page the script
// never runs, so the body stays hidden although readers of the original saw it.

// closedNames match elements that are hidden until the reader opens them, and templates.
var closedNames = regexp.MustCompile(
	`(?i)modal|dialog|popup|pop[-_]|layer|tip|mask|toast|login|share|tpl|template|cookie|menu|nav|tab[-_]|swiper`)

// reveal makes a hidden element visible when it has at least twice as much running text as the visible page. It chooses
// the element with the most text. It reports whether it did so.
func reveal(root *html.Node) bool {
	var best *html.Node
	visible, most := 0, 0
	var walk func(n *html.Node, link bool)
	walk = func(n *html.Node, link bool) {
		switch {
		case n.Type == html.TextNode:
			visible += prose(n.Data, link)
			return
		case n.Type != html.ElementNode && n.Type != html.DocumentNode, mutedTags[n.Data]:
			return
		case hidden(n):
			if size := proseIn(n); size > most && !closedNames.MatchString(classAndID(n)) {
				best, most = n, size
			}
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, link || n.Data == "a")
		}
	}
	walk(root, false)
	if best == nil || most < 40 || most < 2*visible {
		return false
	}
	open(best)
	return true
}

// prose returns the number of characters of running text. A text without punctuation or in a link has none.
func prose(text string, link bool) int {
	if link || !strings.ContainsAny(text, "。！？；，") {
		return 0
	}
	return length(strings.TrimSpace(text))
}

func proseIn(n *html.Node) (size int) {
	var walk func(n *html.Node, link bool)
	walk = func(n *html.Node, link bool) {
		if n.Type == html.TextNode {
			size += prose(n.Data, link)
		}
		if mutedTags[n.Data] {
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, link || n.Data == "a")
		}
	}
	walk(n, false)
	return size
}

// open makes an element visible, and then its hidden child with most of the text.
func open(n *html.Node) {
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "hidden" || a.Key == "aria-hidden" || a.Key == "style" && hiddenStyle.MatchString(a.Val) ||
			a.Key == "class" && hiddenClass.MatchString(a.Val)
	})
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && hidden(c) && proseIn(c)*2 > proseIn(n) {
			open(c)
		}
	}
}

// Patterns of script variables in pages of official accounts: the time, in seconds or as text, and the name of the
// account.
var (
	scriptTime = regexp.MustCompile(
		`(?:\b(?:ct|oriCreateTime|createTime|create_time|publish_time|publishTime)\b["']?\s*[:=]\s*["']?)(\d{10}|\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{2})?)\b`)
	scriptAccount = regexp.MustCompile(`\bnickname\s*=\s*(?:htmlDecode\()?["']([^"'<>\\]{2,40})["']`)
)

// fromVariables sets the time and source that only a script would show.
func (p *page) fromVariables(r *Result) {
	if !strings.Contains(p.source, "js_content") && !p.revealed {
		return
	}
	for _, s := range htmlclean.Scripts(p.source) {
		if m := scriptTime.FindStringSubmatch(s.Text); m != nil && r.Time.IsZero() {
			if at, precise, ok := ParseTime(m[1]); ok {
				r.Time, r.Precise, p.evidence["time"] = at, precise, "variable of a script"
			}
		}
		if m := scriptAccount.FindStringSubmatch(s.Text); m != nil && r.Source == "" {
			r.Source, p.evidence["source"] = m[1], "variable of a script"
		}
	}
}
