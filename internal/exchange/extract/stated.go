package extract

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"

	"guiyi/internal/exchange/extract/notation"
)

// pageClock stands before the date of today that pages show at their top. A saved page keeps the day it was saved.
var pageClock = regexp.MustCompile(
	`(?:今天是?|今日是?|现在(?:时间|是)?|当前(?:时间|日期)|系统时间|服务器时间|北京时间)\s*[:：]?\s*(?:公元)?\s*$`)

var timeStated = afterLabel(timeLabels + `|` + updateLabels + `|` + bareTime)

// statedTime reads what stands behind a label of time in a form that is no date within a text: March 5, 2024. What
// cannot be read is kept as written, so that no finding says that the page states no time.
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

// closingDate is the date alone on its line at the end of a text, below who signs.
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

// writeOut puts the one date that a small script writes into the page in its place.
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
