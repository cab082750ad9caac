package extract

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// noise matches elements inside a body that belong to the page, such as share bars.
var noise = regexp.MustCompile(
	`(?:^|[\s_-])(?:bdshare\w*|bshare[\w-]*|share\w*|fenxiang|qr_?code\w*|ewm|erweima|pages_print|print\w*btn|related\w*|xgwz|xgyd|xgnews|prev_?next|pagination|` +
		`pager|font_?size|fontsize|zihao|dianzan|comment\w*|tongji|jiucuo|video_origin_span|upload_state|vjs-[\w-]+|mejs-[\w-]+)(?:$|[\s_-])`)

// dropNoise removes these elements, except those with a large part of the text.
func dropNoise(n *html.Node) {
	total := len(textOf(n))
	var walk func(*html.Node)
	walk = func(m *html.Node) {
		for c := m.FirstChild; c != nil; {
			next := c.NextSibling
			if c.Type == html.ElementNode && noise.MatchString(classAndID(c)) && len(textOf(c))*4 < total+400 {
				m.RemoveChild(c)
			} else {
				walk(c)
			}
			c = next
		}
	}
	walk(n)
}

func textOf(n *html.Node) string {
	if n.Type == html.TextNode {
		return n.Data
	}
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return b.String()
}

// trimTop moves the start of the body after the title, byline and buttons inside its container.
func (p *page) trimTop() {
	p.bodyStart, p.bodyEnd = p.body.from, p.body.to
	if p.body.node == nil {
		return
	}
	total := 0
	for i := p.body.from; i < p.body.to; i++ {
		total += running(p.lines[i])
	}
	seen := 0
	for i := p.body.from; i < min(p.body.to, p.body.from+30); i++ {
		l := p.lines[i]
		if l.dated && (i < p.body.from+14 || !l.cell) && seen*3 <= total {
			labelled := bylineLabel.MatchString(l.text)
			if labelled && seen < 120 || seen == 0 && i < p.body.from+6 && total > 0 {
				p.bodyStart = i + 1
			}
			continue
		}
		seen += running(l)
	}
	for p.bodyStart < p.bodyEnd && p.bodyStart > p.body.from && leftover(p.lines[p.bodyStart]) {
		p.bodyStart++
	}
}

// running returns the number of characters of a line of running text, 0 for other lines.
func running(l line) int {
	if l.punct == 0 || l.chars < 15 || l.links > l.chars || l.tool || l.dated {
		return 0
	}
	return l.chars
}

var buttons = regexp.MustCompile(`^[\s【】\[\]（）()〖〗|｜:：大中小默认超特AＡ+\-打印关闭本页字体号]{1,24}$`)

// leftover reports whether a line is part of the tool bar below a title.
func leftover(l line) bool {
	return l.tool || buttons.MatchString(l.text) || l.links > l.chars && l.chars+l.links < 16 ||
		anyLabel.MatchString(l.text) && l.chars < 40
}

// skipTitle moves the start of the body after a heading that repeats the title, and after tool bars. It moves the end
// before such lines in the same way.
func (p *page) skipTitle(title string) {
	want := squash(title)
	for i := p.bodyStart; i < min(p.bodyEnd, p.bodyStart+4); i++ {
		if t, n := p.titleLines(i); squash(t) == want {
			p.bodyStart = min(i+n, p.bodyEnd)
		}
	}
	joined := ""
	for i := p.bodyStart; i < min(p.bodyEnd, p.bodyStart+5) && len(joined) < len(want); i++ {
		if joined += squash(p.lines[i].text); joined == want { // the title is split into several paragraphs
			p.bodyStart = i + 1
			break
		}
	}
	for tries := 0; tries < edge && p.bodyStart < p.bodyEnd && p.isIdle(p.bodyStart); tries++ {
		p.bodyStart++
	}
	for tries := 0; tries < edge && p.bodyEnd > p.bodyStart &&
		(squash(p.lines[p.bodyEnd-1].text) == want || p.isIdle(p.bodyEnd-1)); tries++ {
		p.bodyEnd--
	}
}

// edge is the maximum number of lines that are removed at each end of the body.
const edge = 40

// isIdle reports whether a line at an end of the body has no content: a button, a counter, or a label without a value.
func (p *page) isIdle(i int) bool {
	l := p.lines[i]
	if l.tool || length(l.text) < 40 && (buttons.MatchString(l.text) || counter.MatchString(l.text) ||
		pager.MatchString(l.text)) {
		return true
	}
	if announce.MatchString(l.text) {
		return i+1 >= p.bodyEnd
	}
	return p.body.rule == "text weight" && l.level == 0 && !l.bold && !l.cell && l.chars < 20 && l.punct == 0 &&
		p.isElsewhere(i)
}

var (
	counter = regexp.MustCompile(
		`^[\s+\-(（\[]*\d{0,6}[\s)）\]]*$|^(?:关注|点赞|收藏|评论|图集|赞|踩|举报|\d+人?(?:赞|评论|参与))(?:[（(]\d+[)）])?$`)
	announce = regexp.MustCompile(`^(?:相关)?(?:附件|文件)(?:下载)?\s*[:：]?$`)
)

// isElsewhere reports whether a line is in another part of the tree than the long paragraphs of the body.
func (p *page) isElsewhere(i int) bool {
	mine := p.lines[i].node
	for j := p.bodyStart; j < p.bodyEnd; j++ {
		l := p.lines[j]
		if j != i && l.chars >= 40 && l.punct > 1 && mine != nil && l.node != nil &&
			(l.node == mine || l.node.Parent == mine.Parent) {
			return false
		}
	}
	return true
}

var (
	tailMark = regexp.MustCompile(
		`^[\s【\[（(〖|>]*(?:责任?编辑?\s*[:：]|编\s*辑\s*[:：]|编审\s*[:：]|上一[篇条页]|下一[篇条页]|扫一扫[^，。；]{0,16}$|` + pageButton +
			`|相关(?:阅读|链接|新闻|报道|文章|信息|推荐|稿件)|推荐阅读|延伸阅读|热点新闻|版权所有|主办单位|我要纠错|网站声明|友情链接|特别声明|网友评论|发表评论|评论\s*[（(]\d|我要跟帖|我要评论|更多精彩|点击右上角|选择在浏览器|发送邮件至|看都看完了|查看更多|返回.{0,6}[，,]?查看更多|浏览次数|浏览量|点击数|阅读次数|免责声明|版权声明)`)
	tailByline = regexp.MustCompile(`^(?:信息来源|文章来源|来源|发布日期|发布时间|发布机构|时间|日期)\s*[:：]`)
	related    = regexp.MustCompile(`^[\s【\[>]*(?:相关|推荐|延伸|热点)`)
)

// trimTail moves the end of the body before the text that sites add below an article.
func (p *page) trimTail() {
	total := 0
	for i := p.bodyStart; i < p.bodyEnd; i++ {
		total += p.lines[i].chars
	}
	seen := 0
	for i := p.bodyStart; i < p.bodyEnd; i++ {
		l := p.lines[i]
		if seen*3 >= total*2 && i >= p.bodyEnd-6 && l.dated && tailByline.MatchString(l.text) && !l.cell ||
			legal.MatchString(l.text) && seen*3 >= total {
			p.bodyEnd = i
			return
		}
		if seen*2 >= total && length(l.text) < 80 && tailMark.MatchString(l.text) && p.tailIsLight(i, total) {
			p.bodyEnd = i
			return
		}
		seen += l.chars
	}
	for tries := 0; tries < edge && p.bodyEnd > p.bodyStart && p.isFoot(p.bodyEnd-1); tries++ {
		p.bodyEnd--
	}
	for p.bodyEnd > p.bodyStart && p.lines[p.bodyEnd-1].frame &&
		p.lines[p.bodyEnd-1].links >= p.lines[p.bodyEnd-1].chars {
		p.bodyEnd--
	}
}

var (
	// footButtons matches a line that has only buttons.
	footButtons = regexp.MustCompile(`^[\s【】\[\]（）()〖〗|｜·>]*(?:(?:` + pageButton +
		`|扫一扫[^，。；]{0,16}|返回顶部|上一[篇条页]|下一[篇条页]|大|中|小)[\s【】\[\]（）()〖〗|｜·>]*)+$`)
	// promotion matches the promotion of a portal or account at the end of a text.
	promotion = regexp.MustCompile(
		`^[\s（(【▲▼↓↑>]*(?:更多精彩|更多(?:政务)?资讯[，,]?请?(?:关注|扫|下载)|(?:长按|扫码|扫描|识别)[^。；]{0,16}(?:二维码|图中|上方|下方)?[^。；]{0,8}关注|` +
			`欢迎(?:关注|订阅|转发)|点击[“"「]?阅读原文|点击(?:上方|下方|右上角)|觉得(?:不错|有用)|点个?[“"]?(?:在看|赞)|(?:分享|点赞|在看)[、，](?:分享|点赞|在看))[^。；]{0,50}[。！!～~）)】]*$`)
)

// isFoot reports whether a line at the end of a body belongs to the page or its operator.
func (p *page) isFoot(i int) bool {
	l := p.lines[i]
	return length(l.text) < 80 && !l.cell && (footButtons.MatchString(l.text) || promotion.MatchString(l.text))
}

// tailIsLight reports whether the lines from i to the end are mainly links and short lines.
func (p *page) tailIsLight(i, total int) bool {
	text := 0
	for j := i; j < p.bodyEnd; j++ {
		if p.lines[j].punct > 1 {
			text += p.lines[j].chars
		}
	}
	if related.MatchString(p.lines[i].text) {
		for j := i + 1; j < p.bodyEnd; j++ {
			if p.isClosing(j) {
				return false
			}
		}
		return i+1 >= p.bodyEnd || p.lines[i+1].links > p.lines[i+1].chars || text*4 < total
	}
	return text*4 < total || text < 120
}

// isClosing reports whether a line below links still belongs to the text, such as the sentence on when a rule takes
// effect.
func (p *page) isClosing(i int) bool {
	l := p.lines[i]
	return l.links == 0 && !l.frame && !l.tool && closingSentence.MatchString(l.text)
}

var closingSentence = regexp.MustCompile(
	`^[\s　]*(?:本(?:通知|办法|规定|意见|方案|公告|通告|细则|决定|条例|规则)|此(?:件|复)|特此|以上)[^。]{0,80}。?$`)

// cutBody removes the lines outside [bodyStart, bodyEnd), and tool bars between them, from the subtree of the body.
func (p *page) cutBody() {
	of := map[*html.Node]int{}
	for i := p.body.from; i >= 0 && i < p.body.to; i++ {
		for _, t := range p.lines[i].texts {
			of[t] = i
		}
	}
	const before, within, after = 0, 1, 2
	state := within
	if p.bodyStart > p.body.from {
		state = before
	}
	var doomed []*html.Node
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			i, ok := of[n]
			if !ok {
				return
			}
			if i >= p.bodyEnd {
				state = after
			}
			if state == before && i >= p.bodyStart {
				state = within
			}
			if state != within || p.lines[i].tool && p.lines[i].chars < 30 && i > p.bodyStart && p.lines[i].punct < 2 &&
				!related.MatchString(p.lines[i].text) {
				doomed = append(doomed, n)
			}
			if i == p.bodyStart-1 && n == p.lines[i].texts[len(p.lines[i].texts)-1] {
				state = within
			}
			return
		case n.Type == html.ElementNode && state != within &&
			(n.Data == "img" || n.Data == "hr" || n.Data == "video" || n.Data == "iframe"):
			doomed = append(doomed, n)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(p.body.node)
	for _, n := range doomed {
		if n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
	}
}
