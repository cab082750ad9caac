package htmlclean

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// Unseen is the name in [Result.Dropped] of texts that the source hides, or shows only after a click.
const Unseen = "hidden text"

// said reports whether a hidden element contains a sentence.
func said(n *html.Node) bool {
	var text strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			text.WriteString(n.Data)
		case skipped[n.Data]:
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	s := strings.TrimFunc(text.String(), space)
	return len([]rune(s)) >= 20 && strings.ContainsAny(s, "，。；！？")
}

// drawnMark marks the place of a formula or drawing that is removed before the tree is built. Its letters stay in the
// text, but their layout is lost.
const drawnMark = "data-drawn"

var drawnWidth = regexp.MustCompile(`(?i)\bwidth\s*[=:]\s*["']?\s*(\d{1,5})`)

// wide reports whether a drawing is so wide that it belongs to the text and is not an icon.
func wide(tag string) bool {
	m := drawnWidth.FindStringSubmatch(tag)
	if m == nil {
		return false
	}
	v, err := strconv.Atoi(m[1])
	return err == nil && v >= 100
}

var (
	styleRaised = regexp.MustCompile(`vertical-align\s*:\s*(super|sub)\b`)
	styleStruck = regexp.MustCompile(`text-decoration(?:-line)?\s*:[^;]*\bline-through\b`)
)

// raised adds the marks that the style of an element sets: 10<span style="vertical-align:super">3</span> must not
// become 103.
func raised(style string, marks mark) mark {
	if styleStruck.MatchString(style) {
		marks |= struck
	}
	switch m := styleRaised.FindStringSubmatch(style); {
	case m == nil:
	case m[1] == "super":
		marks = marks&^sub | sup
	default:
		marks = marks&^sup | sub
	}
	return marks
}

// scripted matches the quoted texts in a script.
var scripted = regexp.MustCompile(`'([^'"<>\s\\]{3,300})'|"([^'"<>\s\\]{3,300})"`)

// scriptedFile is the document that a link opens by script: onclick="window.open('a.pdf')".
func scriptedFile(n *html.Node) string {
	href := strings.TrimSpace(attr(n, "href"))
	low := strings.ToLower(href)
	if low != "" && !strings.HasPrefix(low, "#") && !strings.HasPrefix(low, "javascript:") {
		return href
	}
	for _, script := range []string{attr(n, "onclick"), href} {
		for _, m := range scripted.FindAllStringSubmatch(script, 20) {
			if address := m[1] + m[2]; fileTypes[ending(pathOf(address))] {
				return address
			}
		}
	}
	return href
}
