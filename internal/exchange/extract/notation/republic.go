package notation

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// zoneBehind is an offset that stands right behind a clock: the time is not Beijing's. A minus is none, it joins the
// ends of a span: 09:30-10:30.
var zoneBehind = regexp.MustCompile(`^(?:Z\b|\+\d{2}:?\d{2}\b)`)

// republicanPattern is a date by the years of the Republic, as pages in traditional characters write it.
var republicanPattern = regexp.MustCompile(`(?:中[华華])?民[国國]\s*(\d{1,3}|[` + numeralForms + `十拾百` + zeroForms +
	`]{1,6})\s*年\s*(\d{1,2}|[` + numeralForms + `十拾]{1,3})\s*月\s*(\d{1,2}|[` + numeralForms + `十拾廿卅]{1,4})\s*[日号號]`)

// republican finds the dates that count from 1912, the year 1 of the Republic.
func republican(s string) []Moment {
	if !strings.ContainsAny(s, "国國") {
		return nil
	}
	var out []Moment
	for _, m := range republicanPattern.FindAllStringSubmatchIndex(s, -1) {
		y, mon, d := 1911+hundreds(s[m[2]:m[3]]), chineseNumber(s[m[4]:m[5]]), chineseNumber(s[m[6]:m[7]])
		if validDay(y, mon, d) {
			at := time.Date(y, time.Month(mon), d, 0, 0, 0, 0, Zone())
			out = append(out, Moment{At: at, Precise: Day, Start: m[0], End: m[1]})
		}
	}
	return out
}

// hundreds reads 113, 一百一十三, 一百零三 and 一一三.
func hundreds(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	if before, after, ok := strings.Cut(s, "百"); ok {
		return 100*max(chineseNumber(before), 1) + chineseNumber(strings.TrimLeft(after, zeroForms))
	}
	return chineseNumber(s)
}
