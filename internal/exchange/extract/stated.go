package extract

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"

	"guiyi/internal/exchange/extract/notation"
)

// pageClock matches the text before today's date at the top of a page. A saved page shows the day on which it was
// saved.
var pageClock = regexp.MustCompile(
	`(?:今天是?|今日是?|现在(?:时间|是)?|当前(?:时间|日期)|系统时间|服务器时间|北京时间)\s*[:：]?\s*(?:公元)?\s*$`)

var timeStated = afterLabel(timeLabels + `|` + updateLabels + `|` + bareTime)

// statedTime reads the value after a time label in a form that Moments does not find, such as March 5, 2024. It stores
// a value that cannot be read in p.unread. So no finding says that the page has no time.
func (p *page) statedTime() (time.Time, Precision, string) {
	for i, l := range p.lines {
		if i >= p.bodyStart && i < p.bodyEnd || l.frame && !l.dated || length(l.text) > 200 {
			continue
		}
		m := timeStated.FindStringSubmatch(l.text)
		if m == nil {
			continue
		}
		v := cutValue(m[1])
		if at, precise, ok := ParseTime(v); ok {
			return at, precise, "visible labelled date"
		}
		if p.unread == "" && strings.ContainsAny(notation.Narrow(v), "0123456789年月日天") {
			p.unread = v
		}
	}
	for _, key := range timeTags {
		if v, _ := p.head.first(key); v != "" && p.unread == "" {
			p.unread = clip(v, 60)
		}
	}
	return time.Time{}, "", ""
}

// closingDate returns the date in a line of its own at the end of a text, below the name of the signer.
func (p *page) closingDate() time.Time {
	for i := p.bodyEnd - 1; i > p.bodyStart && i >= p.bodyEnd-6; i-- {
		text := notation.Narrow(p.lines[i].text)
		ms := notation.Moments(text)
		signer := p.lines[i-1]
		if len(ms) == 1 && len(text)-(ms[0].End-ms[0].Start) <= 2 && !p.lines[i].cell &&
			length(signer.text) <= 40 && signer.punct == 0 {
			return ms[0].At
		}
	}
	return time.Time{}
}

var (
	writtenByScript = regexp.MustCompile(`(?is)<script\b[^>]*>([^<]{0,400})</script>`)
	literals        = regexp.MustCompile(`"([^"\n]{6,60})"|'([^'\n]{6,60})'`)
)

// writeOut replaces a script that writes one date into the page by that date.
func writeOut(source string) string {
	if !strings.Contains(source, "document.write") {
		return source
	}
	return writtenByScript.ReplaceAllStringFunc(source, func(script string) string {
		text := writtenByScript.FindStringSubmatch(script)[1]
		if !strings.Contains(text, "document.write") {
			return script
		}
		found := ""
		for _, m := range literals.FindAllStringSubmatch(text, -1) {
			v := strings.TrimSpace(m[1] + m[2])
			if _, _, ok := ParseTime(v); !ok {
				continue
			}
			if found != "" {
				return script
			}
			found = v
		}
		if found == "" {
			return script
		}
		return html.EscapeString(found)
	})
}
