package extract

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/kernel/htmlclean"
)

// page is the state of extracting one page.
type page struct {
	source    string
	options   Options
	base      string // base of relative addresses; "" when there is none
	head      head
	lines     []line
	body      chosen
	bodyStart int               // first line of the text
	bodyEnd   int               // exclusive
	titleLine int               // -1 when the title is in no line
	table     map[string]string // rows of the head table
	tableEnd  int               // line after its last row
	linked    map[string]bool   // addresses of attachments and following pages already read
	evidence  map[string]string
	warnings  []string
	revealed  bool   // the body was hidden; a script would have shown it
	unread    string // the time as written, when it cannot be read
}

// Extract reads a decoded page. It returns an error only when the page exceeds the limits of htmlclean. A page without
// content has the Kind Empty.
func Extract(source string, o Options) (Result, error) {
	o.URL = pageURL(o.URL)
	if strings.Contains(source, "<%") {
		source = serverCode.ReplaceAllString(source, "")
	}
	root, err := htmlclean.Parse(writeOut(source))
	if err != nil {
		return Result{}, err
	}
	p := &page{
		source:    source,
		options:   o,
		titleLine: -1,
		evidence:  map[string]string{},
		linked:    map[string]bool{},
	}
	p.base = p.baseOf(root)
	p.head = readHead(source, root)
	p.revealed = reveal(root)
	dropNoise(root)
	p.lines = readLines(root)
	p.body = findBody(root, p.lines)
	if p.body.score < 40 {
		if embedded, ok := fromScript(source); ok {
			return p.embedded(embedded)
		}
	}
	return p.read(root)
}

// serverCode matches code that a JSP or ASP server should have run. Pages saved from the source of a site contain it.
var serverCode = regexp.MustCompile(`(?s)<%.*?%>`)

func (p *page) read(root *html.Node) (Result, error) {
	p.trimTop()
	p.table, p.tableEnd = p.headTable()
	if p.tableEnd > p.bodyStart && p.tableEnd < p.bodyEnd {
		p.bodyStart = p.tableEnd
	}
	r := Result{Version: Version, Base: p.base}
	r.Title, p.evidence["title"] = p.titleOf()
	p.skipTitle(r.Title)
	p.trimTail()
	r.Time, r.Precise, p.evidence["time"] = p.timeOf(p.options.Now)
	p.fields(&r)
	p.fromVariables(&r)
	p.fileLinks(root, &r)
	f := p.facts(r.Title)
	if p.body.node != nil {
		p.cutBody()
		body, err := htmlclean.FromNode(p.body.node, htmlclean.Options{Base: p.base, Pages: p.addresses()})
		if err != nil {
			return Result{}, err
		}
		r.Body = body
		p.evidence["body"] = p.body.rule
	}
	r.Files = merge(r.Body.Files, r.Files)
	r.Subtitle = p.subtitle(r.Title)
	r.Closing = p.closingDate()
	r.Kind, p.evidence["kind"] = p.kindOf(&r, f)
	p.finish(&r)
	return r, nil
}

// addresses returns the addresses of the page itself that its links may use.
func (p *page) addresses() (out []string) {
	for _, a := range []string{p.options.Name, url.PathEscape(p.options.Name), p.head.saved, p.head.canonical} {
		if a != "" {
			out = append(out, a)
		}
	}
	return out
}

// baseOf returns the base of relative addresses: the base element resolved against the address of the page.
func (p *page) baseOf(root *html.Node) string {
	var find func(*html.Node) string
	find = func(n *html.Node) string {
		if n.Type == html.ElementNode && n.Data == "base" && attr(n, "href") != "" {
			return strings.TrimSpace(attr(n, "href"))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if href := find(c); href != "" {
				return href
			}
		}
		return ""
	}
	href := find(root)
	if href == "" {
		return p.options.URL
	}
	u, err := url.Parse(href)
	if err != nil {
		return p.options.URL
	}
	if page, err := url.Parse(p.options.URL); err == nil && p.options.URL != "" {
		u = page.ResolveReference(u)
	}
	if base := pageURL(u.String()); base != "" {
		return base
	}
	if p.options.URL == "" && href != "./" && href != "." && href != "/" {
		p.warn("页面用 base 把地址改到 %s，没有网页的原地址，链接可能不对，请核对", clip(href, 100))
	}
	return p.options.URL
}

// pageURL returns the address, "" when it cannot be a base.
func pageURL(s string) string {
	s = strings.TrimSpace(s)
	if u, err := url.Parse(s); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return s
}

// finish sets confidence, evidence and warnings of the result.
func (p *page) finish(r *Result) {
	c := 0.3
	if strings.HasPrefix(p.evidence["title"], "meta articletitle") {
		c += 0.2
	} else if p.evidence["title"] == "visible heading" {
		c += 0.15
	}
	if !r.Time.IsZero() {
		c += 0.15
	}
	if strings.HasPrefix(p.evidence["body"], "container") {
		c += 0.2
	} else if p.evidence["body"] != "" {
		c += 0.1
	}
	if r.Source != "" {
		c += 0.1
	}
	if len(p.warnings) > 0 {
		c -= 0.1
	}
	if r.Time.IsZero() {
		r.TimeText = p.unread
	}
	for k, v := range p.evidence {
		if v == "" {
			delete(p.evidence, k)
		}
	}
	r.Confidence, r.Evidence, r.Warnings = c, p.evidence, p.warnings
}

func (p *page) warn(format string, a ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf(format, a...))
}

// fields reads all fields except title, time and body.
func (p *page) fields(r *Result) {
	take := func(to *string, field string, label *regexp.Regexp, keys ...string) {
		if v, key := p.head.first(keys...); v != "" {
			*to, p.evidence[field] = strings.TrimSpace(sourcePrefix.ReplaceAllString(v, "")), "meta "+key
		}
		if *to == "" && label != nil {
			if v := p.labelled(label); v != "" {
				*to, p.evidence[field] = v, "visible label"
			}
		}
	}
	take(&r.Source, "source", sourceLabel, "contentsource", "source")
	take(&r.Author, "author", authorLabel, "author")
	take(&r.Editor, "editor", editorLabel)
	take(&r.SiteName, "sitename", nil, "sitename", "og:site_name")
	take(&r.SiteDomain, "sitedomain", nil, "sitedomain")
	take(&r.SiteIDCode, "siteidcode", nil, "siteidcode")
	take(&r.ColumnName, "columnname", nil, "columnname", "lanmu")
	take(&r.Image, "image", nil, "image", "og:image")
	take(&r.Summary, "summary", nil, "description", "og:description")
	if v, _ := p.head.first("keywords"); v != "" {
		r.Keywords = splitWords(v)
	}
	if r.Source == "" {
		r.Source, p.evidence["source"] = p.besideDate()
	}
	r.Author, r.Editor = person(r.Author), person(r.Editor)
	for _, v := range []string{p.options.URL, p.head.canonical} {
		if r.URL == "" && strings.HasPrefix(v, "http") {
			r.URL = v
		}
	}
	if v, _ := p.head.first("url", "og:url"); r.URL == "" && strings.HasPrefix(v, "http") {
		r.URL = v
	}
	if r.URL == "" {
		r.URL = p.head.saved
	}
	var summary string
	r.Document, summary = p.documentOf(r.Title)
	if summary != "" {
		r.Summary = summary
	}
	if r.Time.IsZero() && !r.Document.Published.IsZero() {
		r.Time, r.Precise, p.evidence["time"] = r.Document.Published, Day, "head table"
	}
}

// person returns s when it can be the names of people or of an office. It drops numbers and sentences.
func person(s string) string {
	sentence := strings.ContainsAny(s, "。！？")
	s = strings.Trim(s, " ，,、；;（()）[]【】/")
	if strings.Trim(s, "0123456789") == "" || length(s) > 30 || sentence {
		return ""
	}
	return s
}

// besideDate returns the source: a name without a label beside the date below the title.
func (p *page) besideDate() (name, rule string) {
	if p.titleLine < 0 {
		return "", ""
	}
	for i := p.titleLine + 1; i < min(p.titleLine+4, p.bodyStart, len(p.lines)); i++ {
		text := notation.Narrow(p.lines[i].text)
		ms := notation.Moments(text)
		if len(ms) == 0 || anyLabel.MatchString(text) {
			continue
		}
		for _, name := range []string{text[:ms[0].Start], text[min(ms[len(ms)-1].End, len(text)):]} {
			name = strings.Trim(name, " |｜·-")
			if n := length(name); n >= 3 && n <= 16 && utf8.ValidString(name) && hanOnly.MatchString(name) &&
				!furniture(name) && !buttons.MatchString(name) {
				return name, "name beside the date"
			}
		}
	}
	return "", ""
}

var hanOnly = regexp.MustCompile(`^[\p{Han}·（）]+$`)

var sourcePrefix = regexp.MustCompile(`^(?:信息来源|文章来源|稿源|来源|作者)\s*[:：]\s*`)

func splitWords(s string) []string {
	var out []string
	seen := map[string]bool{}
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",，;；、|　 ", r) }) {
		if w = strings.TrimSpace(w); w != "" && !seen[w] && length(w) <= 30 {
			seen[w] = true
			out = append(out, w)
		}
	}
	return out
}

// subtitle returns a heading next to the title that has a subtitle class or another heading level.
func (p *page) subtitle(text string) string {
	if p.titleLine < 0 {
		return ""
	}
	for _, i := range []int{p.titleLine + 1, p.titleLine - 1} {
		if i < 0 || i >= len(p.lines) || i >= p.bodyStart && p.bodyStart < p.bodyEnd && i > p.titleLine {
			continue
		}
		l := p.lines[i]
		if l.frame || l.crumb || l.links > 0 || l.dated || l.tool || length(l.text) < 4 || length(l.text) > 80 ||
			squash(l.text) == squash(text) {
			continue
		}
		title := p.lines[p.titleLine]
		same := l.node != nil && title.node != nil && l.node.Parent == title.node.Parent
		if subtitleNames.MatchString(ownNames(l)) || l.level > 0 && title.level > 0 && same && l.level != title.level {
			return l.text
		}
	}
	return ""
}

// fileLinks collects the attachments outside the body and the links to following pages.
func (p *page) fileLinks(root *html.Node, r *Result) {
	var walk func(n *html.Node, frame bool)
	walk = func(n *html.Node, frame bool) {
		if n.Type == html.ElementNode {
			frame = frame || n.Data == "nav" || n.Data == "footer" || n.Data == "header" ||
				frameNames.MatchString(classAndID(n)) && n.Data != "body"
			if n.Data == "a" && !frame {
				p.fileLink(n, r)
			}
			if hidden(n) {
				return
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, frame)
		}
	}
	walk(root, false)
}

// maxRefs is the maximum number of attachments, and of following pages, of one page.
const maxRefs = 300

func (p *page) fileLink(n *html.Node, r *Result) {
	href := strings.TrimSpace(attr(n, "href"))
	if p.linked[href] {
		return
	}
	name := fold(textOf(n))
	if len(r.Files) >= maxRefs || len(r.Next) >= maxRefs || href == "" || strings.HasPrefix(href, "#") ||
		strings.HasPrefix(strings.ToLower(href), "javascript:") {
		return
	}
	next := name == "下一页" || name == "下页" || strings.EqualFold(attr(n, "rel"), "next") ||
		pageNumber.MatchString(name) && n.Parent != nil && pager.MatchString(fold(textOf(n.Parent)))
	if !next && !htmlclean.IsFile(href, name) && !htmlclean.IsFile(href, attr(n, "title")) {
		return
	}
	p.linked[href] = true
	// the cleaner resolves and checks the address, as for links in the body
	res, err := htmlclean.Clean(`<a href="`+html.EscapeString(href)+`" title="`+html.EscapeString(attr(n, "title"))+
		`" download="`+
		html.EscapeString(attr(n, "download"))+`">`+html.EscapeString(name)+`</a>`, htmlclean.Options{Base: p.base})
	if err != nil {
		return
	}
	if next {
		for _, l := range res.Links {
			r.Next = append(r.Next, l.URL)
		}
		return
	}
	r.Files = merge(r.Files, res.Files)
}

var (
	pageNumber = regexp.MustCompile(`^[【\[]?\s*[2-9]\d?\s*[】\]]?$`)
	pager      = regexp.MustCompile(`^(?:[【\[]?\s*(?:\d{1,2}|上一页|下一页|首页|尾页|末页|共\d+页)\s*[】\]]?\s*){2,}$`)
)

func merge(a, b []htmlclean.Ref) []htmlclean.Ref {
	out := append([]htmlclean.Ref(nil), a...)
	for _, f := range b {
		known := false
		for _, g := range out {
			known = known || g.URL == f.URL
		}
		if !known {
			out = append(out, f)
		}
	}
	return out
}
