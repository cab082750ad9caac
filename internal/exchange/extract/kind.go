package extract

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"guiyi/internal/exchange/extract/notation"
)

var (
	errorWords = regexp.MustCompile(
		`(?i)^(?:http\s*)?(?:error|错误)?\s*(?:404|403|500|502|503)(?:$|[\s\-_:：]|错误|页面|error)|^.{0,12}(?:not found|forbidden|bad gateway|页面不存在|页面(?:未|没有)找到|找不到(?:该|您|页面|网页)|无法(?:访问|显示|找到)|访问(?:出错|受限|被拒绝)|已被?删除|系统维护|网站维护|服务器错误|内部错误|信息不存在|文件不存在)`)
	placeholder = regexp.MustCompile(
		`^(?:栏目名[字称]|栏目标题|标题标题.*|文章标题|新闻标题|这里是(?:标题|正文|内容).*|请输入标题|某某某|Lorem ipsum.*|(?:测试){2,}.*|(?:内容){2,}.*|(?:标题)+|示例标题|xxx+|X{3,})$`)
	// scriptMarkers match placeholders in a template that was not filled.
	scriptMarkers = regexp.MustCompile(`\{\{[^}]{1,80}\}\}|\$\{[^}]{1,80}\}|#\{[^}]{1,60}\}`)
	moreLink      = regexp.MustCompile(`^(?:更多|more|MORE|查看更多|更多>>|更多\+|\+更多|>>更多)\W{0,4}$`)
)

// announcement matches the end of a title that announces something. Such a title is not that of an error page.
var announcement = regexp.MustCompile(
	`(?:公告|通告|通知|公示|提示|提醒|说明|声明|启事|报告|简报|办法|规定|意见|方案|批复|函|答复|解读)(?:[（(].{1,20}[)）])?$`)

// templateOnly reports whether a title is only an unfilled placeholder. A title that quotes one has other text.
func templateOnly(title string) bool {
	rest := scriptMarkers.ReplaceAllString(title, "")
	return rest != title && length(strings.Trim(rest, " -_|:：")) < 6
}

// unfilledTemplate reports whether a page is an unfilled template. One placeholder in a real text does not make it one,
// but placeholders in several places do.
func (f facts) unfilledTemplate(dated bool) bool {
	written := f.real >= 60 && f.realPunct >= 2 && f.real > 20*(f.dummies+f.markers)
	return f.dummies+f.markers > 0 && !(written && (f.dummies == 0 || f.dummies == 1 && dated))
}

// facts are the counts that separate the kinds of pages.
type facts struct {
	chars, punct, links int // in the body
	media               int
	dated               int  // those of items that have a date
	items               int  // links as long as a title, in lists or alone
	pictured            int  // short list items that are only links, such as captions
	more                int  // links "更多"
	allLinks            int  // lines with links on the page
	dummies, markers    int  // lines with sample text, and lines with placeholders
	real, realPunct     int  // characters and punctuation of the other lines of the body
	error               bool // title or first lines are those of an error page
}

func (p *page) facts(title string) facts {
	var f facts
	for i := max(p.bodyStart, 0); i < p.bodyEnd; i++ {
		l := p.lines[i]
		f.chars, f.punct, f.links = f.chars+l.chars, f.punct+l.punct, f.links+l.links
		if !scriptMarkers.MatchString(l.text) && !placeholder.MatchString(l.text) {
			f.real, f.realPunct = f.real+l.chars, f.realPunct+l.punct
		}
	}
	for i, l := range p.lines {
		f.allLinks += min(l.links, 1)
		if moreLink.MatchString(l.text) {
			f.more++
		}
		inside := i >= p.bodyStart && i < p.bodyEnd
		switch {
		case length(l.text) >= 80:
		case placeholder.MatchString(l.text):
			f.dummies++
		case inside && scriptMarkers.MatchString(l.text):
			f.markers++
		}
		if l.frame || inside && l.links < l.chars {
			continue
		}
		if l.item && l.links >= 2 && l.links < 16 && !l.frame && l.chars == 0 {
			f.pictured++
		}
		if l.links >= 8 && (l.item || l.cell || l.links > l.chars) {
			f.items++
			if len(l.text) < 600 && len(notation.Moments(notation.Narrow(l.text))) > 0 || i+1 < len(p.lines) &&
				shortDate(p.lines[i+1].text) {
				f.dated++
			}
		}
	}
	if p.body.node != nil {
		f.media = mediaIn(p.body.node)
	}
	f.error = errorWords.MatchString(title) || errorWords.MatchString(p.head.title)
	for i := 0; i < min(len(p.lines), 6) && !f.error; i++ {
		f.error = len(p.lines) < 12 && errorWords.MatchString(p.lines[i].text)
	}
	return f
}

// monthDay matches a date without a year, as lists show it.
var monthDay = regexp.MustCompile(`^\W{0,2}\d{1,2}[-/.月]\d{1,2}\W{0,2}$`)

func shortDate(s string) bool {
	return len(s) <= 40 && length(s) <= 14 && (monthDay.MatchString(s) || len(notation.Moments(notation.Narrow(s))) > 0)
}

func mediaIn(n *html.Node) int {
	count := 0
	if n.Type == html.ElementNode && (n.Data == "img" || n.Data == "video" || n.Data == "audio" || framesFile(n)) {
		count++
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		count += mediaIn(c)
	}
	return count
}

// kindOf returns the kind of the page and the reason.
func (p *page) kindOf(r *Result, f facts) (Kind, string) {
	declared := strings.HasPrefix(p.evidence["title"], "meta articletitle")
	text := f.chars >= 60 && f.punct >= 2 || f.chars >= 200
	dated := !r.Time.IsZero() || r.Source != ""
	named := declared || p.evidence["title"] == "visible heading in title element" ||
		strings.HasPrefix(p.evidence["title"], "head table")
	pieces := len(r.Files) > 0 || len(r.Body.Images) > 0 || len(r.Body.Media) > 0 ||
		strings.Contains(r.Body.HTML, "<table>")
	switch {
	case f.error && f.chars < 400 && !(text && (dated || announcement.MatchString(r.Title))) &&
		!(dated && len(r.Files) > 0 && !errorWords.MatchString(r.Title)):
		return Error, "words of an error page"
	case f.dated >= 4 && !declared && (f.chars < 400 && !(named && text && dated) || f.dated*30 > f.chars):
		if p.isFront(f) {
			return Home, "front page"
		}
		return List, "dated links"
	case placeholder.MatchString(r.Title), templateOnly(r.Title), !declared && f.unfilledTemplate(dated):
		if f.pictured >= 4 && f.chars < 60 {
			return List, "pictures with links"
		}
		return Empty, "placeholder words"
	case p.isFront(f) && !(text && (named && dated || p.evidence["time"] == "visible labelled date")) &&
		!(dated && strings.HasPrefix(p.body.rule, "container")):
		return Home, "front page"
	case text && r.Title != "" && f.links < f.chars*2 && (declared || dated || f.punct >= 4):
		return Article, "text with title"
	case r.Title != "" && (declared || dated) && pieces:
		return Article, "pictures, table or attachments with title"
	case named && dated && (f.chars >= 15 || r.Precise == Minute && f.chars >= 8):
		return Article, "short text with title and date"
	case named && !r.Time.IsZero() && r.Source != "" && f.chars >= 6 && f.punct >= 1:
		return Article, "one sentence with title, date and source"
	case f.items >= 4 || f.pictured >= 4:
		return List, "links"
	}
	return Empty, "no text"
}

// isFront reports whether a page is a home page or channel page: it has many "more" links or a tag that says so.
func (p *page) isFront(f facts) bool {
	if _, ok := p.head.meta["articletitle"]; ok {
		return false
	}
	for _, v := range p.head.meta["columntype"] {
		if v == "首页" {
			return true
		}
	}
	return f.more >= 3 && f.chars < 600 || f.items >= 20 && f.chars < 200 && f.more >= 1 || f.items >= 40 &&
		f.chars < 300
}
