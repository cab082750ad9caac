package exchange

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"guiyi/internal/exchange/extract/notation"
	"guiyi/internal/kernel/rule"
)

// ahead is how far in the future the date of an original may be, because the clock of its server may be fast. A later
// date is a mistake and would put the item at the top of all lists.
const ahead = 24 * time.Hour

// date sets the time of publication of a draft that has none, or one that is in the future or cannot be read. It takes
// the day in the address, the date of signing or the date below the signature, in this order. Without these the time
// stays zero, and dateUndated sets it. A finding says what was found and what is used instead.
func (d *draft) date(now time.Time) {
	e := &d.edition
	found := "原文没有发布时间"
	code := "import.time"
	switch {
	case e.PublishedAt > now.Add(ahead).UnixMilli():
		found = "原文的发布时间 " + time.UnixMilli(e.PublishedAt).In(notation.Zone()).Format("2006-01-02 15:04") + " 还没有到"
		code, e.PublishedAt = "import.future", 0
	case e.PublishedAt != 0:
		return
	case d.timeText != "":
		found = fmt.Sprintf("原文的发布时间“%s”看不懂", shorten(d.timeText))
	}
	instead := "文件时间代替，列在最后"
	signed := ""
	if e.Document != nil {
		signed = e.Document.SignedOn
	}
	if at, ok := addressDate(d.url); ok && !at.After(now) {
		e.PublishedAt, instead = at.UnixMilli(), "网址里的日期 "+at.Format(time.DateOnly)+" 代替"
	} else if at, _, ok := notation.Time(signed); ok && !at.After(now) {
		e.PublishedAt, instead = at.UnixMilli(), "成文日期 "+at.Format(time.DateOnly)+" 代替"
	} else if !d.closing.IsZero() && !d.closing.After(now) {
		e.PublishedAt, instead = d.closing.UnixMilli(), "落款日期 "+d.closing.Format(time.DateOnly)+" 代替"
	}
	d.findings = append(d.findings, rule.Finding{
		Code:  code,
		Level: rule.Warn,
		Field: "发布时间",
		Text:  found + "，暂以" + instead + "，请核对",
	})
}

// addressDays match the ways in which site systems write the day of publication into an address.
var addressDays = []*regexp.Regexp{
	regexp.MustCompile(`/t((?:19|20)\d{2})(\d{2})(\d{2})_\d+\.s?html?$`), // /202403/t20240305_123.html
	regexp.MustCompile(`/((?:19|20)\d{2})[-/](\d{1,2})[-/](\d{1,2})/[^/]+$`),
	// The next pattern matches /art/2024/3/5/art_1_2.html.
	regexp.MustCompile(`/((?:19|20)\d{2})-?(\d{2})/(\d{2})/[^/]+$`),                           // /2024-03/05/c_123.htm
	regexp.MustCompile(`/((?:19|20)\d{2})(\d{2})(\d{2})(?:/[^/]+|[_-][^/]+)?(?:\.s?html?)?$`), // /20240305/1.html
}

// addressDate returns the day in an address.
func addressDate(address string) (time.Time, bool) {
	for _, re := range addressDays {
		m := re.FindStringSubmatch(address)
		if m == nil {
			continue
		}
		n := func(i int) int {
			v, _ := strconv.Atoi(m[i])
			return v
		}
		at := time.Date(n(1), time.Month(n(2)), n(3), 0, 0, 0, 0, notation.Zone())
		if n(1) >= 1994 && at.Month() == time.Month(n(2)) && at.Day() == n(3) {
			return at, true
		}
	}
	return time.Time{}, false
}
