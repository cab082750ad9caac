package office

import (
	"regexp"
	"strings"
)

// titleGuess collects the lines at the head of a document that are its title.
type titleGuess struct {
	lines []string
	head  []string // lines that turned out to be the head of the issuing organ; written before what follows
	done  bool
}

// Of a title.
const (
	titleSize  = 32 // half points at least; the standard has 44
	titleLines = 4
	titleChars = 60 // of a line
)

// documentNumber is the line below the head of an official document.
var documentNumber = regexp.MustCompile(`〔[0-9]{4}〕[0-9]+号`)

// takes tells whether a paragraph is a line of the title.
func (t *titleGuess) takes(p *para, text string) bool {
	if t.done || text == "" {
		return false
	}
	if n := len(t.lines); n > 0 && strings.HasSuffix(t.lines[n-1], "文件") && documentNumber.MatchString(text) {
		t.head, t.lines = t.lines, nil // the title comes below the number
		return false
	}
	large := p.layout.align == "center" && (max(p.size, p.style.look.size) >= titleSize || p.layout.outline == 1)
	isTitle := p.style.name == "title" || p.style.name == "标题" || large
	if !isTitle || len(t.lines) == titleLines || len([]rune(text)) > titleChars || documentNumber.MatchString(text) ||
		firstLevel.MatchString(text) || strings.Contains(strings.Join(inlineTags(p), ""), "<img") {
		t.done = true
		return false
	}
	t.lines = append(t.lines, text)
	return true
}

func inlineTags(p *para) []string {
	out := make([]string, len(p.pieces))
	for i, n := range p.pieces {
		out[i] = n.html
	}
	return out
}

// text returns the title on one line.
func (t *titleGuess) text() string {
	return strings.Join(strings.Fields(strings.Join(t.lines, "")), " ")
}
