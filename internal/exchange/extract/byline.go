package extract

import (
	"regexp"
	"strings"
	"time"

	"guiyi/internal/exchange/extract/notation"
)

// Labels of the values in the line below the title.
const (
	timeLabels   = `发布时间|发布日期|发表时间|发表日期|发稿时间|发稿日期|时间发布|发文时间|上传时间|上传日期|录入时间|录入日期|公开日期|公开时间|公布日期|公布时间|提交时间|添加时间|创建时间|发布于|发表于|發[布佈]時間|發[布佈]日期|發表日期|上版日期|張貼日期`
	bareTime     = `日期|时间`
	updateLabels = `更新時間|更新时间|更新日期|修改时间|最后更新`
	sourceLabels = `信息来源|文章来源|稿件来源|新闻来源|内容来源|资料来源|来源单位|稿源|来源|供稿单位|供稿|发布机构|发布单位|发布者|信息提供|資料來源|資訊來源|來源`
	authorLabels = `作者|撰稿人?|记者|通讯员|文字|编写`
	editorLabels = `责任编辑|责编|网络编辑|编\s*辑|编审|审核`
	otherLabels  = `浏览次数|浏览量|浏览|点击次数|点击量|点击率|点击数|点击|阅读次数|阅读量|阅读|访问量|访问次数|调整字体|字体大小|字体|文章类型|字号|大小|打印|下载|分享到?|分享|保护视力色|视力保护色|背景色|信息索引号|索引号|文号|点赞|收藏|关键字|关键词|编号|人气|评论|跟帖|页面|摄影|摄像|初审|复审|终审|一审|二审|三审|校对|我要纠错|语音播报`
)

var (
	anyLabel = regexp.MustCompile(`(?:调整字体|` + timeLabels + `|` + updateLabels + `|` + sourceLabels + `|` +
		authorLabels + `|` + editorLabels + `|` + otherLabels + `)\s*[:：]`)
	bylineLabel = regexp.MustCompile(`(?:` + timeLabels + `|` + bareTime + `|` + updateLabels + `|` + sourceLabels +
		`)\s*[:：]`)
	timeLabel   = regexp.MustCompile(`(?:` + timeLabels + `|(?:^|[^\p{Han}])(?:` + bareTime + `))\s*[:：]?\s*[\[【]?\s*$`)
	updateLabel = regexp.MustCompile(`(?:` + updateLabels + `)\s*[:：]?\s*$`)
	otherDate   = regexp.MustCompile(
		`(?:(?:施行|生效|实施|失效|成文|发文|制发|签发|印发|生成|开始|结束|开展|举办|展会|报名|开庭|活动|会议|印刷|制定|申请|立案|统计|页面|转办|办理|办结|受理|回复)(?:日期|时间)|有效期|截止|截至)(?:日期|时间)?\s*[:：]?\s*$`)
	visitCount = regexp.MustCompile(`浏览|点击|阅读|访问`)
	infoNames  = regexp.MustCompile(
		`time|date|pub|info|source|attr|property|xx|laiyuan|meta|explain|small|sub|tit2|riqi|detail`)
)

// byline reports whether a line is the line of date and source below a title: a short line with a label, or with a date
// and little else.
func byline(s string) bool {
	if length(s) > 160 || strings.HasPrefix(s, "（") || strings.HasPrefix(s, "(") {
		return false // a line such as "（2007年6月29日…通过）" is part of the text
	}
	if m := bylineMatch(s); m != nil && (m[0] < 40 || length(s) < 80) && !strings.Contains(s, "。") {
		return true
	}
	if !strings.ContainsAny(s, "0123456789０１２年") {
		return false
	}
	n := notation.Narrow(s)
	for _, mo := range notation.Moments(n) {
		if length(n)-(mo.End-mo.Start) <= 24 && !strings.ContainsAny(n, "。，") {
			return true
		}
	}
	return false
}

// bylineMatch returns the position of the first label of date or source.
func bylineMatch(s string) []int {
	if !strings.ContainsAny(s, ":：") {
		return nil
	}
	return bylineLabel.FindStringIndex(s)
}

// timeTags are the names of the meta tags with the time of publication; the one of the national standard comes first.
var timeTags = []string{"pubdate", "publishdate", "firstpublishedtime", "article:published_time", "og:release_date",
	"datepublished", "apub:time", "weibo: article:create_at"}

// timeOf returns the time of publication.
func (p *page) timeOf(now time.Time) (at time.Time, precise Precision, rule string) {
	if at, precise, rule = p.metaTime(); rule != "" {
		if i := p.visibleTime(now); i.rule != "" {
			switch {
			case sameDay(at, i.At) && i.Precise == Minute && (precise == Day || at.Hour() == 0 && at.Minute() == 0):
				at, precise = i.At, Minute
			case !sameDay(at, i.At) && i.score >= 60:
				if isFuture(at, now) && !isFuture(i.At, now) {
					p.warn("标签中的发布日期 %s 还没有到，采用页面显示的 %s", at.Format("2006-01-02"), i.At.Format("2006-01-02"))
					return i.At, i.Precise, i.rule
				}
				p.warn("页面显示的发布日期 %s 与标签中的 %s 不一致", i.At.Format("2006-01-02"), at.Format("2006-01-02"))
			}
		}
		return at, precise, rule
	}
	if v := p.visibleTime(now); v.rule != "" {
		return v.At, v.Precise, v.rule
	}
	for _, key := range timeTags[1:] {
		if v, _ := p.head.first(key); v != "" {
			if at, precise, ok := ParseTime(v); ok {
				return dropFillerTime(at, precise, "meta "+key)
			}
		}
	}
	for _, key := range []string{"datePublished", "pubDate"} {
		if at, precise, ok := ParseTime(p.head.ld[key]); ok {
			return dropFillerTime(at, precise, "json-ld")
		}
	}
	return p.statedTime()
}

// isFuture reports whether a time is more than a day after now. It returns false when now is zero.
func isFuture(at, now time.Time) bool { return !now.IsZero() && at.After(now.Add(24*time.Hour)) }

// dropFillerTime replaces the time 23:59, which systems write for a date without a time, by the day.
func dropFillerTime(at time.Time, precise Precision, rule string) (time.Time, Precision, string) {
	if at.Hour() == 23 && at.Minute() == 59 {
		return time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, notation.Zone()), Day, rule
	}
	return at, precise, rule
}

func (p *page) metaTime() (time.Time, Precision, string) {
	for _, v := range p.head.meta["pubdate"] {
		if at, precise, ok := ParseTime(v); ok {
			return at, precise, "meta pubdate"
		}
	}
	return time.Time{}, "", ""
}

func sameDay(a, b time.Time) bool {
	return a.In(notation.Zone()).Format("20060102") == b.In(notation.Zone()).Format("20060102")
}

type timeFound struct {
	notation.Moment
	score int
	rule  string
}

// visibleTime returns the best date that is visible outside the body.
func (p *page) visibleTime(now time.Time) timeFound {
	var best timeFound
	for i, l := range p.lines {
		if p.body.node != nil && i >= p.bodyStart && i < p.bodyEnd || length(l.text) > 200 {
			continue
		}
		text := notation.Narrow(l.text)
		for _, mo := range notation.Moments(text) {
			f := timeFound{Moment: mo, score: p.rateTime(i, text, mo, now)}
			if f.score > best.score {
				f.rule = "visible date"
				if f.score >= 60 {
					f.rule = "visible labelled date"
				}
				best = f
			}
		}
	}
	if best.score < 20 {
		return p.splitDate()
	}
	return best
}

func (p *page) rateTime(i int, text string, mo notation.Moment, now time.Time) int {
	l := p.lines[i]
	score := 0
	before := text[:mo.Start]
	if prev := max(i-1, 0); strings.TrimSpace(before) == "" && i > 0 && length(p.lines[prev].text) < 12 &&
		(anyLabel.MatchString(p.lines[prev].text+":") || strings.HasSuffix(notation.Narrow(p.lines[prev].text), ":") ||
			otherDate.MatchString(p.lines[prev].text)) {
		before = notation.Narrow(p.lines[i-1].text)
	}
	switch {
	case pageClock.MatchString(before):
		return -100
	case updateLabel.MatchString(before):
		score += 25
	case otherDate.MatchString(before):
		score -= 30
	case timeLabel.MatchString(before):
		score += 45
	}
	if bylineLabel.MatchString(text) {
		score += 12
	}
	if visitCount.MatchString(text) {
		score += 5
	}
	if infoNames.MatchString(l.names) {
		score += 8
	}
	if mo.Precise == Minute {
		score += 8
	}
	score += p.placeScore(i)
	if l.frame {
		score -= 45
	}
	if l.item && l.links > 0 || l.links > l.chars {
		score -= 50
	}
	if length(text)-(mo.End-mo.Start) > 60 {
		score -= 20
	}
	if isFuture(mo.At, now) {
		score -= 40
	}
	return score
}

// placeScore returns a score for the position of a date; it is highest between title and body.
func (p *page) placeScore(i int) int {
	start := p.bodyStart
	if p.body.node == nil {
		return 0
	}
	switch {
	case p.titleLine >= 0 && i > p.titleLine && i <= start && i-p.titleLine < 12:
		return 30
	case p.titleLine >= 0 && i == p.titleLine:
		return 25
	case p.titleLine >= 0 && i < p.titleLine && p.titleLine-i <= 4:
		return 12
	case i < start && start-i < 10:
		return 15
	case i < start && start-i > 60:
		return -30
	case i >= p.bodyEnd && i-p.bodyEnd < 6:
		return 5
	case i >= p.bodyEnd:
		return -25
	}
	return -5
}

var (
	yearMonth = regexp.MustCompile(`^((?:19|20)\d{2})\s*[-/.年]\s*(\d{1,2})\s*月?$`)
	bareDay   = regexp.MustCompile(`^\d{1,2}日?$`)
)

// splitDate reads dates of pages that show the day apart from year and month ("2024年02月").
func (p *page) splitDate() timeFound {
	for i, l := range p.lines {
		if !yearMonth.MatchString(notation.Narrow(l.text)) || l.item || l.frame {
			continue
		}
		for _, j := range []int{i - 1, i + 1} {
			if j < 0 || j >= len(p.lines) || !bareDay.MatchString(notation.Narrow(p.lines[j].text)) {
				continue
			}
			m := yearMonth.FindStringSubmatch(notation.Narrow(l.text))
			at, precise, ok := ParseTime(m[1] + "-" + m[2] + "-" + strings.TrimSuffix(notation.Narrow(p.lines[j].text),
				"日"))
			if ok && p.placeScore(i) >= 0 {
				return timeFound{Moment: notation.Moment{At: at, Precise: precise}, score: 20,
					rule: "visible split date"}
			}
		}
	}
	return timeFound{}
}

var (
	sourceLabel = afterLabel(sourceLabels)
	authorLabel = afterLabel(authorLabels)
	editorLabel = afterLabel(`责任编辑|责编|网络编辑|编\s*辑`)
)

// afterLabel returns a pattern that matches a label at the start of a line or after a gap, and captures the text after
// it.
func afterLabel(labels string) *regexp.Regexp {
	return regexp.MustCompile(`(?:^|[\s　|｜/【\[（(》，；;])(?:` + labels + `)\s*[:：]\s*(.*)$`)
}

// labelled returns the value after a label in the lines around the body.
func (p *page) labelled(re *regexp.Regexp) string {
	for i, l := range p.lines {
		inside := i >= p.bodyStart && i < p.bodyEnd
		tail := i >= p.bodyEnd-3 && i < p.bodyEnd+8
		if inside && !tail || i >= p.bodyEnd+8 && p.bodyEnd > 0 || l.frame || l.crumb || length(l.text) > 300 {
			continue
		}
		if !strings.ContainsAny(l.text, ":：") {
			continue
		}
		m := re.FindStringSubmatch(l.text)
		if m == nil {
			continue
		}
		v := cutValue(m[1])
		if v == "" && i+1 < len(p.lines) && length(p.lines[i+1].text) < 40 && strings.TrimSpace(m[1]) == "" {
			v = cutValue(p.lines[i+1].text)
		}
		if v != "" {
			return v
		}
	}
	return ""
}

var buttonWord = regexp.MustCompile(`\s(?:下载|收藏|打印|调整字体|分享|字体|字号|大\s中\s小|默认)(?:\s|$)`)

var valueStop = regexp.MustCompile(`[|｜】\]〗）)]|\s{2,}|https?://`)

// cutValue ends a value before the next label, button, date or bracket. It returns "" when the value is too long.
func cutValue(s string) string {
	s = fold(s)
	if m := anyLabel.FindStringIndex(s); m != nil {
		s = s[:m[0]]
	}
	if m := buttonWord.FindStringIndex(s); m != nil {
		s = s[:m[0]]
	}
	n := notation.Narrow(s)
	if ms := notation.Moments(n); len(ms) > 0 {
		if i := strings.Index(s, n[ms[0].Start:min(ms[0].Start+4, len(n))]); i >= 0 {
			s = s[:i]
		}
	}
	if !strings.ContainsAny(s, "（(") {
		if m := valueStop.FindStringIndex(s); m != nil {
			s = s[:m[0]]
		}
	}
	s = strings.Trim(fold(s), " -—|·•:：，,;；[【〖")
	if length(s) > 60 {
		return ""
	}
	return s
}
