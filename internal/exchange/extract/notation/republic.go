package notation

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// zoneBehind matches a zone offset directly after a time, which is then not Beijing time. A minus sign does not count
// as an offset: 09:30-10:30 is a period.
var zoneBehind = regexp.MustCompile(`^(?:Z\b|\+\d{2}:?\d{2}\b)`)

// republicanPattern matches a date in the Republic of China calendar, as pages in traditional characters write it.
var republicanPattern = regexp.MustCompile(`(?:中[华華])?民[国國]\s*(\d{1,3}|[` + numeralForms + `十拾百` + zeroForms +
	`]{1,6})\s*年\s*(\d{1,2}|[` + numeralForms + `十拾]{1,3})\s*月\s*(\d{1,2}|[` + numeralForms + `十拾廿卅]{1,4})\s*[日号號]`)

// republican returns the dates in the Republic of China calendar, whose year 1 is 1912.
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

// hundreds reads a number such as 113, 一百一十三, 一百零三 or 一一三.
func hundreds(s string) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	if before, after, ok := strings.Cut(s, "百"); ok {
		return 100*max(chineseNumber(before), 1) + chineseNumber(strings.TrimLeft(after, zeroForms))
	}
	return chineseNumber(s)
}
