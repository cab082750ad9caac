package extract

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// line is one line of visible text.
type line struct {
	node  *html.Node   // nearest block element
	texts []*html.Node // its text nodes
	text  string       // with single spaces; full-width digits are kept
	chars int          // characters outside links
	links int          // characters inside links
	punct int          // sentence punctuation outside links
	level int          // 1 to 6 inside a heading
	names string       // class and id of the four nearest elements, lower case
	frame bool         // in header, navigation, breadcrumb, footer
	crumb bool         // in a breadcrumb
	item  bool         // in a list item
	cell  bool         // in a table cell
	bold  bool         // all text is bold
	dated bool         // it is the line of date and source below a title
	tool  bool         // text of the page around the article, not of the article
}

var blockTags = names(
	"address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr " +
		"html li main nav ol p pre section table tbody td tfoot th thead tr ul br img video audio iframe caption")

var mutedTags = names("script style head noscript template button select textarea")

func names(s string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(s) {
		m[n] = true
	}
	return m
}

var (
	frameNames = regexp.MustCompile(
		`(?:^|\s)(?:(?:main|top|site|sub|left|right|side|foot|global|header|head|index|bottom|page|web|pc|m|w|wap|phone|ph)[-_]?)?` +
			`(?:nav|navs|navbar|navigation|navi|menu|menus|footer|foot|copyright|copyrights|bottom|btm|search|searchbar|searchbox|toolbar|topbar|toplink|login|loginbox|friendlinks?|yqlj|` +
			`sitelinks?|link-?tab|link-?list|siteurl|breadcrumb|breadcrumbs|popup|modal|dialog|share|bdshare|banquan|banquanmianze|mianze)` +
			`(?:[-_]?(?:box|wrap|wrapper|wap|con|cont|content|bar|list|inner|main|links?|area|info|text|body|title|dialog|nav|ul|[a-z]?\d{1,2}))*(?:$|\s)|breadcrumb|footlink|(?:^|\s)foot(?:er)?[-_]`)
	legalNames = regexp.MustCompile(`footer|copyright|banquan|mianze|shengming|yqlj|friendlink`)
	crumbNames = regexp.MustCompile(
		`breadcrumb|crumb|curmb|location|position|(?:^|[\s_-])path|dqwz|weizhi|lmwz|dangqian`)
)

// reader turns a tree into lines.
type reader struct {
	lines []line
	cur   line
	buf   strings.Builder
	plain bool                // a part of the line is not bold
	heavy map[*html.Node]bool // see weigh
}

type surroundings struct {
	block        *html.Node
	chain        [4]string
	level        int
	frame, crumb bool
	item, cell   bool
	link, bold   bool
}

func readLines(root *html.Node) []line {
	r := &reader{heavy: map[*html.Node]bool{}}
	r.weigh(root)
	r.walk(root, surroundings{block: root})
	r.flush()
	return r.lines
}

// weigh finds the elements with a third of the running text of the page. They do not count as page frame, even when
// their class says so.
func (r *reader) weigh(root *html.Node) {
	sizes := map[*html.Node]int{}
	var measure func(n *html.Node, link bool) int
	measure = func(n *html.Node, link bool) int {
		if n.Type == html.TextNode {
			if link || !strings.ContainsAny(n.Data, "，。；、") {
				return 0
			}
			return len(n.Data)
		}
		if mutedTags[n.Data] {
			return 0
		}
		total := 0
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			total += measure(c, link || n.Data == "a")
		}
		sizes[n] = total
		return total
	}
	all := measure(root, false)
	for n, size := range sizes {
		r.heavy[n] = size > 300 && size*3 > all
	}
}

func (r *reader) walk(n *html.Node, s surroundings) {
	switch n.Type {
	case html.TextNode:
		r.text(n, s)
		return
	case html.ElementNode:
		if mutedTags[n.Data] || hidden(n) {
			return
		}
		s = r.enter(n, s)
		if blockTags[n.Data] {
			r.flush()
			defer r.flush()
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.walk(c, s)
	}
}

func (r *reader) enter(n *html.Node, s surroundings) surroundings {
	own := strings.ToLower(strings.TrimSpace(attr(n, "class") + " " + attr(n, "id")))
	if own != "" {
		s.chain[3], s.chain[2], s.chain[1], s.chain[0] = s.chain[2], s.chain[1], s.chain[0], own
	}
	if own != "" && n.Data != "body" && n.Data != "html" {
		s.crumb = s.crumb || crumbNames.MatchString(own) && !r.heavy[n]
		s.frame = s.frame || frameNames.MatchString(own) && (!r.heavy[n] || legalNames.MatchString(own))
	}
	switch n.Data {
	case "footer", "nav":
		s.frame = true
	case "li":
		s.item = true
	case "td", "th":
		s.cell = true
	case "a":
		s.link = true
	case "strong", "em":
		s.bold = n.Data == "strong" || s.bold
	case "h1", "h2", "h3", "h4", "h5", "h6":
		s.level = int(n.Data[1] - '0')
	}
	if blockTags[n.Data] && n.Data != "br" && n.Data != "img" {
		s.block = n
	}
	return s
}

func hidden(n *html.Node) bool {
	for _, a := range n.Attr {
		if a.Key == "hidden" || a.Key == "style" && hiddenStyle.MatchString(a.Val) || a.Key == "class" &&
			hiddenClass.MatchString(a.Val) {
			return true
		}
	}
	return false
}

// hiddenClass matches the classes with which frameworks hide an element.
var hiddenClass = regexp.MustCompile(
	`(?:^|\s)(?:ng-hide|d-none|layui-hide|visually-hidden|sr-only|hide|hidden)(?:$|\s)`)

var hiddenStyle = regexp.MustCompile(`(?i)display\s*:\s*none|visibility\s*:\s*hidden`)

// labelFirst matches a text that begins with a label of the line below a title.
var labelFirst = regexp.MustCompile(`^` + anyLabel.String())

func (r *reader) text(n *html.Node, s surroundings) {
	t := fold(n.Data)
	if t == "" {
		if r.buf.Len() > 0 && n.Data != "" {
			r.buf.WriteByte(' ')
		}
		return
	}
	if r.buf.Len() == 0 {
		r.cur = line{
			node:  s.block,
			level: s.level,
			names: strings.Join(s.chain[:], " "),
			frame: s.frame,
			crumb: s.crumb,
			item:  s.item,
			cell:  s.cell,
		}
		r.plain = false
	}
	if r.buf.Len() > 0 && strings.ContainsAny(t, ":：") && labelFirst.MatchString(t) {
		r.buf.WriteByte(' ') // another element, separated only by its style
	}
	r.cur.texts = append(r.cur.texts, n)
	r.buf.WriteString(n.Data)
	for _, c := range t {
		if unicode.IsSpace(c) {
			continue
		}
		if s.link {
			r.cur.links++
			continue
		}
		r.cur.chars++
		if strings.ContainsRune("，。；！？、：", c) {
			r.cur.punct++
		}
	}
	r.plain = r.plain || !s.bold
}

func (r *reader) flush() {
	if r.buf.Len() > 0 {
		if r.cur.text = fold(r.buf.String()); r.cur.text != "" {
			r.cur.bold = !r.plain
			r.cur.dated, r.cur.tool = byline(r.cur.text), furniture(r.cur.text)
			r.lines = append(r.lines, r.cur)
		}
	}
	r.buf.Reset()
	r.cur = line{}
}

// fold returns s as one line: it replaces white space by single spaces and removes zero-width characters.
func fold(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || r == '\u3000' || r == '\u00a0':
			gap = b.Len() > 0
		case r < 0x20 || r >= 0x200B && r <= 0x200F || r == 0xFEFF || r == 0xAD || r == utf8.RuneError:
		default:
			if gap {
				b.WriteByte(' ')
				gap = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// squash removes all white space, for comparisons.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u3000' || r == '\u00a0' || r >= 0x200B && r <= 0x200F || r == 0xFEFF {
			return -1
		}
		return r
	}, s)
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// length returns the number of characters.
func length(s string) int { return utf8.RuneCountInString(s) }
