package extract

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/kernel/htmlclean"
)

// Pages of official accounts, and others that a script opens, hide their body until that script has run. In a saved
// page it never runs, so the body stays hidden although every reader of the original saw it.

// closedNames are elements that stay hidden until somebody asks for them, and templates.
var closedNames = regexp.MustCompile(
	`(?i)modal|dialog|popup|pop[-_]|layer|tip|mask|toast|login|share|tpl|template|cookie|menu|nav|tab[-_]|swiper`)

// reveal opens the one hidden element that holds the page's running text, when what is visible holds less than half
// as much. It reports whether it did.
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
			if size := proseIn(n); size > most && !closedNames.MatchString(own(n)) {
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

// prose counts the characters of running text, which has the marks of sentences and is no link.
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

// open takes off what hides an element, and its only hidden child in turn.
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

// Variables in which the pages of official accounts keep what their scripts show: the time as seconds or as text, the
// name of the account.
var (
	scriptTime = regexp.MustCompile(
		`(?:\b(?:ct|oriCreateTime|createTime|create_time|publish_time|publishTime)\b["']?\s*[:=]\s*["']?)(\d{10}|\d{4}-\d{1,2}-\d{1,2}(?: \d{1,2}:\d{2})?)\b`)
	scriptAccount = regexp.MustCompile(`\bnickname\s*=\s*(?:htmlDecode\()?["']([^"'<>\\]{2,40})["']`)
)

// fromVariables completes what the page shows by script only.
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
