package notation

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// zones are the zone names of times, in seconds east of Greenwich. CST means China Standard Time, because the texts
// come from China.
var zones = map[string]int{
	"": 8 * 3600, "CST": 8 * 3600, "BJT": 8 * 3600, "HKT": 8 * 3600, "北京时间": 8 * 3600, "东八区": 8 * 3600,
	"Z": 0, "UTC": 0, "GMT": 0, "UT": 0, "WET": 0, "BST": 3600, "CET": 3600, "CEST": 2 * 3600, "MSK": 3 * 3600,
	"JST": 9 * 3600, "KST": 9 * 3600, "EST": -5 * 3600, "EDT": -4 * 3600, "CDT": -5 * 3600, "MST": -7 * 3600,
	"MDT": -6 * 3600, "PST": -8 * 3600, "PDT": -7 * 3600,
}

var zonePattern = regexp.MustCompile(`^(?:([A-Za-z]{1,5}|北京时间|东八区)\s*)?(?:([+-])(\d{1,2}):?(\d{2})?)?$`)

// zone reads the zone after a time: CST, GMT, Z, +0800, +08:00, GMT+8, UTC+08:00. An empty text means Beijing time. It
// ignores the comment in brackets after an offset in a mail header.
func zone(s string) (*time.Location, bool) {
	s, _, _ = strings.Cut(s, "(")
	m := zonePattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return nil, false
	}
	seconds, known := zones[strings.ToUpper(m[1])]
	if !known {
		return nil, false
	}
	if m[2] != "" {
		h, _ := strconv.Atoi(m[3])
		min, _ := strconv.Atoi(m[4])
		if h > 14 || min > 59 {
			return nil, false
		}
		seconds = h*3600 + min*60
		if m[2] == "-" {
			seconds = -seconds
		}
	}
	return time.FixedZone(m[1], seconds), true
}

const (
	clockPart = `(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?`
	monthPart = `(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.?`
	zonePart  = `\s*(\S(?:.*\S)?)?\s*$`
)

var (
	// 2024-09-10T20:24:00+0800, 2024/9/10 20:24 GMT+8
	isoPattern = regexp.MustCompile(`^((?:19|20)\d{2})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T\s]\s*|日\s*)` + clockPart + zonePart)
	// Tue, 10 Sep 2024 20:24:00 +0800; Tuesday, 10-Sep-24 20:24:00 GMT; 10 September 2024
	dayFirst = regexp.MustCompile(`(?i)^(?:[a-z]{3,9}\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+` + monthPart +
		`,?[\s-]+(\d{4}|\d{2})(?:,?\s+` + clockPart + `\s*(am|pm)?)?` + zonePart)
	// Sep 10, 2024 8:24 PM; Tue Sep 10 2024 20:24:00 GMT+0800 (CST)
	monthFirst = regexp.MustCompile(`(?i)^(?:[a-z]{3,9}\.?,?\s+)?` + monthPart +
		`\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?:,?\s+` + clockPart + `\s*(am|pm)?)?` + zonePart)
	// Tue Sep 10 20:24:00 CST 2024: the year at the end, as Java and date(1) write it
	yearLast = regexp.MustCompile(`(?i)^(?:[a-z]{3,9}\.?,?\s+)?` + monthPart + `\s+(\d{1,2})\s+` + clockPart +
		`\s*([a-z+\-0-9:]*)\s+(\d{4})$`)
)

const months = "janfebmaraprmayjunjulaugsepoctnovdec"

// spelled reads the forms that have a zone or an English month.
func spelled(s string) (at time.Time, p Precision, ok bool) {
	if m := isoPattern.FindStringSubmatch(s); m != nil {
		return moment(m[1], m[2], m[3], m[4:7], "", m[7])
	}
	if m := dayFirst.FindStringSubmatch(s); m != nil {
		return moment(m[3], monthNumber(m[2]), m[1], m[4:7], m[7], m[8])
	}
	if m := monthFirst.FindStringSubmatch(s); m != nil {
		return moment(m[3], monthNumber(m[1]), m[2], m[4:7], m[7], m[8])
	}
	if m := yearLast.FindStringSubmatch(s); m != nil {
		return moment(m[7], monthNumber(m[1]), m[2], m[3:6], "", m[6])
	}
	return time.Time{}, "", false
}

func monthNumber(name string) string {
	return strconv.Itoa(strings.Index(months, strings.ToLower(name)[:3])/3 + 1)
}

// moment makes a time of its parts. Without an hour, the precision is a day.
func moment(year, month, day string, clock []string, half, offset string) (at time.Time, p Precision, ok bool) {
	n := func(s string) int {
		v, _ := strconv.Atoi(s)
		return v
	}
	y := n(year)
	if len(year) == 2 { // RFC 2822, 4.3
		y += 1900
		if y < 1950 {
			y += 100
		}
	}
	loc, ok := zone(offset)
	if !ok || !validDay(y, n(month), n(day)) {
		return time.Time{}, "", false
	}
	if clock[0] == "" {
		return time.Date(y, time.Month(n(month)), n(day), 0, 0, 0, 0, Zone()), Day, true
	}
	h := n(clock[0])
	switch {
	case strings.EqualFold(half, "pm") && h < 12:
		h += 12
	case strings.EqualFold(half, "am") && h == 12:
		h = 0
	}
	if h > 23 || n(clock[1]) > 59 {
		return time.Time{}, "", false
	}
	return time.Date(y, time.Month(n(month)), n(day), h, n(clock[1]), 0, 0, loc).In(Zone()), Minute, true
}
