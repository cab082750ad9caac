package extract

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// titleOf returns the title. It uses the meta tag unless that repeats the name of the site or column. A visible heading
// that <title> contains comes next; it comes first when the meta title is not visible.
func (p *page) titleOf() (title, rule string) {
	best := p.visibleTitle()
	if v, key := p.head.first("articletitle"); v != "" {
		v = withoutMarkup(v)
		switch {
		case p.isName(v) || length(v) < 2:
		case best.named != "" && !p.shown(v):
			p.warn("标签中的标题“%s”没有出现在页面上，已采用页面标题", clip(v, 60))
		default:
			return p.restore(v), "meta " + key
		}
	}
	for label, v := range p.table {
		if rowFields[label] == "title" && length(v) > 3 {
			return p.restore(v), "head table " + label
		}
	}
	stated := stripSite(p.head.title, p.siteNames())
	switch {
	case best.named != "":
		p.titleLine = best.line
		return best.named, "visible heading in title element"
	case length(stated) >= 9 && !p.isName(stated) && !siteWord.MatchString(stated) && best.score < 42 &&
		!strings.Contains(squash(best.text), squash(stated)):
		return stated, "title element"
	case best.score > 0:
		p.titleLine = best.line
		return best.text, "visible heading"
	}
	for _, key := range []string{"og:title", "twitter:title"} {
		if v, _ := p.head.first(key); v != "" && !p.isName(v) {
			return stripSite(v, p.siteNames()), "meta " + key
		}
	}
	if v := p.head.ld["headline"]; v != "" {
		return v, "json-ld"
	}
	if stated != "" && !p.isName(stated) {
		return stated, "title element"
	}
	return "", ""
}

var markup = regexp.MustCompile(`<[^<>]{0,200}>`)

// withoutMarkup removes entities and tags that editors paste into meta titles.
func withoutMarkup(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	return fold(markup.ReplaceAllString(html.UnescapeString(s), " "))
}

// shown reports whether a text is visible in the lines or in <title>.
func (p *page) shown(v string) bool {
	want := squash(v)
	if strings.Contains(squash(p.head.title), want) {
		return true
	}
	joined := ""
	for i, l := range p.lines {
		t := squash(l.text)
		if strings.Contains(t, want) {
			return true
		}
		if i > p.body.from+8 {
			continue
		}
		if joined += t; len(joined) > 4000 {
			joined = joined[len(joined)-2000:]
		}
		if strings.Contains(joined, want) {
			return true
		}
	}
	return false
}

// restore returns the visible heading that equals the meta title except for white space, or else the meta title.
func (p *page) restore(v string) string {
	want := squash(v)
	for i, l := range p.lines {
		if i > p.body.from+8 && p.body.from > 0 {
			break
		}
		if l.frame || l.crumb {
			continue
		}
		if t := p.titleText(i); squash(t) == want {
			p.titleLine = i
			return t
		}
	}
	return v
}

// isName reports whether a text is the name of the site or column.
func (p *page) isName(v string) bool {
	for _, n := range p.siteNames() {
		if squash(v) == squash(n) {
			return true
		}
	}
	return false
}

func (p *page) siteNames() []string {
	var out []string
	for _, k := range []string{"sitename", "columnname", "lanmu", "catalog"} {
		out = append(out, p.head.meta[k]...)
	}
	return out
}

// bylineStart matches the text of a byline in the same line as the heading.
var bylineStart = regexp.MustCompile(
	`\s*(?:(?:发布|发表|更新|发稿|录入)?(?:时间|日期)|信息来源|文章来源|来源|作者|浏览|点击|字号|字体)\s*[:：].*$|\s*[【\[]?\s*(?:字号|字体).*$`)

// titleText returns the whole heading that starts in line i. A heading can have several lines in one element.
func (p *page) titleText(i int) string {
	t, _ := p.titleLines(i)
	return t
}

// titleLines returns the heading that starts in line i, and its number of lines.
func (p *page) titleLines(i int) (t string, count int) {
	l := p.lines[i]
	t = l.text
	if strings.ContainsAny(t, ":：") || strings.Contains(t, "字") {
		t = bylineStart.ReplaceAllString(t, "")
	}
	t = strings.TrimSpace(t)
	if l.level > 0 {
		t = strings.TrimSpace(dateEnd.ReplaceAllString(t, ""))
	}
	count = 1
	if l.level == 0 && !titleNames.MatchString(ownNames(l)) || t != l.text {
		return t, count
	}
	for j := i + 1; j < len(p.lines) && j < i+4 && p.lines[j].node == l.node; j++ {
		next := p.lines[j]
		if next.dated || next.tool || next.links > 0 {
			break
		}
		t += next.text
		count++
	}
	return t, count
}

// dateEnd matches a date at the end of a heading.
var dateEnd = regexp.MustCompile(`\s+20\d{2}[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?.*$`)

var titleNames = regexp.MustCompile(
	`title|(?:^|[\s_-])(?:tit|bt|biaoti|headline|subject|h1)(?:$|[\s_\d-])|con-title|_tit\d*(?:$|\s)`)
var subtitleNames = regexp.MustCompile(`sub-?_?title|fubt|fbt|subhead|yinti|ftitle`)

// candidate is a heading that can be the title.
type candidate struct {
	line  int
	score int
	text  string
	named string // the text as written in <title>, when it is a whole part of it
}

// visibleTitle returns the best heading among the lines before the body and its first lines. It also tries joined
// lines.
func (p *page) visibleTitle() candidate {
	best := candidate{line: -1}
	parts := partsOf(p.head.title)
	last := min(p.body.from+6, len(p.lines)-1)
	if p.body.node == nil {
		last = len(p.lines) - 1
	}
	for i := 0; i <= last; i++ {
		if i > 0 && p.lines[i].level > 0 && p.lines[i].node == p.lines[i-1].node {
			continue // the second line of a heading
		}
		c := candidate{line: i, text: p.titleText(i)}
		joined := c.text
		for k := 0; ; k++ {
			if c.named = parts.find(joined); k == 0 || c.named != "" {
				if c.score = p.rateTitle(i, c, parts); c.score > best.score {
					best = c
				}
			}
			if k == 3 || i+k+1 > last || length(joined) > 100 {
				break
			}
			joined += p.lines[i+k+1].text
		}
	}
	return best
}

func (p *page) rateTitle(i int, c candidate, parts titleParts) int {
	l, t := p.lines[i], c.text
	n := length(t)
	if n < 4 || n > 120 || l.links*2 > l.chars+l.links || l.frame || l.crumb || l.tool || l.dated && byline(t) ||
		p.isName(t) || isNumber(t) {
		return 0
	}
	score := 0
	q := squash(t)
	switch {
	case c.named != "":
		score += 50 + min(length(c.named), 40)
	case length(q) >= 5 && strings.Contains(parts.squashed, q):
		score += 8
	case parts.cut != "" && strings.HasPrefix(q, parts.cut):
		score += 60
	case parts.squashed != "" && length(q) >= 8 && similar(q, parts.squashed):
		score += 30
	}
	if l.level > 0 {
		score += 34 - 4*l.level
	}
	names := ownNames(l)
	if titleNames.MatchString(l.names) {
		score += 10
	}
	switch {
	case subtitleNames.MatchString(names):
		score -= 20
	case titleNames.MatchString(names):
		score += 10
	}
	if p.nextToByline(i) {
		score += 18
	}
	score += p.nearBody(i)
	if l.item {
		score -= 12
	}
	if strings.HasSuffix(t, "。") || strings.HasSuffix(t, "：") {
		score -= 25
	}
	if siteName.MatchString(t) {
		score -= 70
	} else if siteWord.MatchString(t) && n < 16 && l.level == 0 {
		score -= 10
	}
	if score < 14 {
		return 0
	}
	return score
}

// nearBody returns a score for the position of a heading: high shortly before the body, low far above it or inside.
func (p *page) nearBody(i int) int {
	if p.body.node == nil {
		return 0
	}
	l := p.lines[i]
	switch d := p.body.from - i; {
	case d >= 0 && d <= 8:
		return 12 - d
	case d > 40:
		return -40
	case d > 25:
		return -12
	case d < 0 && i < p.bodyStart:
		return 4 // above a byline inside the container
	case d < 0 && (l.bold || strings.Contains(attr(l.node, "style")+attr(l.node, "align"), "center")):
		return 2
	case d < 0:
		return -8
	}
	return 0
}

// titleParts is a <title> prepared for comparisons.
type titleParts struct {
	raw      []rune
	squashed string
	starts   map[int]int // rune index in squashed where a part may begin → index in raw
	ends     map[int]int // rune index in squashed (exclusive) where a part may end → index in raw
	cut      string      // squashed start of a title that ends in dots
}

const partMarks = "_-|｜—–>»·－~"

func partsOf(title string) titleParts {
	t := titleParts{raw: []rune(title), starts: map[int]int{}, ends: map[int]int{}}
	var sq []rune
	edge := true
	for i, r := range t.raw {
		if r == ' ' || strings.ContainsRune(partMarks, r) {
			if _, ok := t.ends[len(sq)]; !ok {
				t.ends[len(sq)] = i
			}
		}
		if r == ' ' {
			edge = true
			continue
		}
		if edge {
			t.starts[len(sq)] = i
		}
		edge = strings.ContainsRune(partMarks, r)
		sq = append(sq, r)
	}
	if _, ok := t.ends[len(sq)]; !ok {
		t.ends[len(sq)] = len(t.raw)
	}
	t.squashed = string(sq)
	for _, dots := range []string{"...", "…", "．．．"} {
		if head, _, ok := strings.Cut(t.squashed, dots); ok && length(head) >= 8 {
			t.cut = head
		}
	}
	return t
}

// find returns the part of <title> that equals s except for white space, "" when there is none.
func (t titleParts) find(s string) string {
	q := squash(s)
	n := length(q)
	if n < 4 || t.squashed == "" {
		return ""
	}
	for off := 0; ; {
		i := strings.Index(t.squashed[off:], q)
		if i < 0 {
			return ""
		}
		at := length(t.squashed[:off+i])
		start, ok := t.starts[at]
		end, ok2 := t.ends[at+n]
		if ok && ok2 {
			return strings.TrimSpace(string(t.raw[start:end]))
		}
		off += i + len(q)
	}
}

func ownNames(l line) string {
	if l.node == nil {
		return ""
	}
	return classAndID(l.node)
}

// nextToByline reports whether a byline follows within three lines.
func (p *page) nextToByline(i int) bool {
	for j := i + 1; j < len(p.lines) && j <= i+3; j++ {
		if p.lines[j].dated {
			return true
		}
	}
	return false
}

// similar reports whether at least 80 % of the characters of a are in b in the same order.
func similar(a, b string) bool {
	ar, br := []rune(a), []rune(b)
	j, hit := 0, 0
	for _, r := range ar {
		for k := j; k < len(br) && k < j+6; k++ {
			if br[k] == r {
				j, hit = k+1, hit+1
				break
			}
		}
	}
	return hit*10 >= len(ar)*8
}

var siteWord = regexp.MustCompile(
	`网$|网站|门户|人民政府$|政府$|委员会$|(?:厅|局|委|办|办公室|管委会|中心|学院|大学|医院|公司|馆|研究[所院]|检察院|法院|协会|学会|报社|电视台|[）)]|部|署|院|社|台|频道|栏目|新闻中心|客户端)$|(?i:\.cn|\.com|www\.)|^首页|_?首页|The Paper`)

// siteName matches the end of names of sites. Titles of articles do not end so.
var siteName = regexp.MustCompile(`(?:网站|门户|门户网|政府网|信息网|官网)$`)

var separators = regexp.MustCompile(`\s*(?:__+|--+|_|\||｜|»|>>|>|–|-)\s*|\s+—\s+`)

// stripSite removes the names of site and columns from the end of a <title>. It removes parts after a separator that
// look like such names.
func stripSite(title string, siteNames []string) string {
	if title == "" {
		return ""
	}
	cuts := separators.FindAllStringIndex(title, -1)
	for i := len(cuts) - 1; i >= 0; i-- {
		tail := title[cuts[i][1]:]
		if cuts[i][0] == 0 || length(tail) > 30 {
			break
		}
		spaced := strings.TrimSpace(title[cuts[i][0]:cuts[i][1]]) != title[cuts[i][0]:cuts[i][1]] ||
			cuts[i][1]-cuts[i][0] > 1 || title[cuts[i][0]] == '_'
		if !siteWord.MatchString(strings.TrimSpace(tail)) && !among(tail, siteNames) && !(spaced && length(tail) <= 8) {
			break
		}
		title = strings.TrimSpace(title[:cuts[i][0]])
	}
	if f := strings.Fields(title); len(f) > 2 && (among(f[0], siteNames) || siteWord.MatchString(f[0])) &&
		length(f[1]) <= 6 {
		title = strings.Join(f[2:], " ") // the form "site column title"
	}
	return title
}

func among(s string, list []string) bool {
	for _, n := range list {
		if squash(n) == squash(s) {
			return true
		}
	}
	return false
}
