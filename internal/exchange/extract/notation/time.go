package notation

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Zone is China's standard time; it has had no other offset since 1991.
func Zone() *time.Location { return time.FixedZone("Asia/Shanghai", 8*3600) }

// Precision of a time.
type Precision string

// The precisions.
const (
	Minute Precision = "minute"
	Day    Precision = "day"
)

// Moment is a date found in text.
type Moment struct {
	At         time.Time
	Precise    Precision
	Start, End int // byte offsets in the narrowed text
}

var datePattern = regexp.MustCompile(
	`((?:19|20)\d{2})\s*(?:[-/.年·－]|—{1,2}|-{2})\s*(\d{1,2})\s*(?:[-/.月·－]|—{1,2}|-{2})\s*(\d{1,2})\s*日?` +
		`(?:[\s,，(（]*(?:星期|周)[一二三四五六日天][)）]?)?` +
		`(?:[\sT,，-]*(上午|下午|晚上|凌晨|中午|AM|PM|am|pm)?\s*(\d{1,2})\s*(?:[:∶]|时|点|——)\s*(\d{1,2})\s*分?(?:\s*[:∶]\s*(\d{1,2})(?:\.\d+)?|\s*(\d{1,2})\s*秒)?)?`)

var compactPattern = regexp.MustCompile(
	`\b((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:\s?([01]\d|2[0-3])([0-5]\d)(?:[0-5]\d)?)?\b`)

var chinesePattern = regexp.MustCompile(`([一二][〇○零ＯOo0一二三四五六七八九Ｏ]{3})年([元正一二三四五六七八九十]{1,3})月([一二三四五六七八九十廿卅]{1,4})日`)

// Narrow maps full-width digits and signs to ASCII ones; byte offsets change, so it is applied before any search.
func Narrow(s string) string { return narrow.Replace(s) }

var narrow = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８",
	"8", "９", "9",
	"：", ":", "－", "-", "／", "/", "．", ".", "\u00a0", " ", "\u3000", " ", "﹕", ":", "︰", ":", "–", "-", "‐", "-", "−",
	"-")

// Moments finds all dates in narrowed text (see [Narrow]).
func Moments(s string) []Moment {
	if !strings.ContainsAny(s, "12一二") {
		return nil
	}
	var out []Moment
	for _, m := range datePattern.FindAllStringSubmatchIndex(s, -1) {
		if m[0] > 0 && isDigit(s[m[0]-1]) {
			continue
		}
		if mo, ok := build(s, m); ok {
			mo.Start, mo.End = m[0], m[1]
			out = append(out, mo)
		}
	}
	for _, m := range chinesePattern.FindAllStringSubmatchIndex(s, -1) {
		if at, ok := chineseDate(s[m[2]:m[3]], s[m[4]:m[5]], s[m[6]:m[7]]); ok {
			out = append(out, Moment{At: at, Precise: Day, Start: m[0], End: m[1]})
		}
	}
	return out
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func build(s string, m []int) (Moment, bool) {
	part := func(i int) int {
		if m[2*i] < 0 {
			return -1
		}
		v, err := strconv.Atoi(s[m[2*i]:m[2*i+1]])
		if err != nil {
			return -1
		}
		return v
	}
	y, mon, d := part(1), part(2), part(3)
	if !validDay(y, mon, d) || m[10] < 0 && m[7] < len(s) && isDigit(s[m[7]]) { // digits go on: no date but some number
		return Moment{}, false
	}
	h, min := part(5), part(6)
	if h < 0 || h > 23 || min < 0 || min > 59 {
		return Moment{At: time.Date(y, time.Month(mon), d, 0, 0, 0, 0, Zone()), Precise: Day}, true
	}
	if m[8] >= 0 {
		switch half := strings.ToLower(s[m[8]:m[9]]); {
		case (half == "下午" || half == "晚上" || half == "pm" || half == "中午") && h < 12 && !(half == "中午" && h >= 10):
			h += 12
		case (half == "am" || half == "凌晨" || half == "上午") && h == 12:
			h = 0
		}
	}
	return Moment{At: time.Date(y, time.Month(mon), d, h, min, 0, 0, Zone()), Precise: Minute}, true
}

func validDay(y, m, d int) bool {
	if y < 1949 || y > 2100 || m < 1 || m > 12 || d < 1 {
		return false
	}
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() == d
}

// Time reads one date or time in any usual Chinese shape: 2024-09-10 09:24, 2024年9月10日 9时24分, 2017——04——12 21:37,
// 20240910, 二〇二四年九月十日, ISO 8601 with zone, the form of feeds and HTTP headers, unix seconds or milliseconds. ok is
// false when there is none.
func Time(s string) (at time.Time, p Precision, ok bool) {
	s = strings.TrimSpace(narrow.Replace(s))
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.In(Zone()).Truncate(time.Minute), Minute, true
	}
	// feeds and HTTP headers
	for _, layout := range []string{time.RFC1123, time.RFC1123Z, "Mon, 2 Jan 2006 15:04:05 -0700",
		"Mon, 2 Jan 2006 15:04:05 MST"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.In(Zone()).Truncate(time.Minute), Minute, true
		}
	}
	if ms := Moments(s); len(ms) > 0 {
		return ms[0].At, ms[0].Precise, true
	}
	if m := compactPattern.FindStringSubmatch(s); m != nil {
		y, _ := strconv.Atoi(m[1])
		mon, _ := strconv.Atoi(m[2])
		d, _ := strconv.Atoi(m[3])
		if validDay(y, mon, d) {
			if m[4] == "" {
				return time.Date(y, time.Month(mon), d, 0, 0, 0, 0, Zone()), Day, true
			}
			h, _ := strconv.Atoi(m[4])
			min, _ := strconv.Atoi(m[5])
			return time.Date(y, time.Month(mon), d, h, min, 0, 0, Zone()), Minute, true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		switch {
		case n > 1e12 && n < 4e12:
			return time.UnixMilli(n).In(Zone()).Truncate(time.Minute), Minute, true
		case n > 6e8 && n < 4e9:
			return time.Unix(n, 0).In(Zone()).Truncate(time.Minute), Minute, true
		}
	}
	return time.Time{}, "", false
}

var digits = map[rune]int{'〇': 0, '○': 0, '零': 0, 'Ｏ': 0, 'O': 0, 'o': 0, '0': 0, '一': 1, '二': 2, '三': 3, '四': 4,
	'五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '元': 1, '正': 1}

// chineseDate reads 二〇二四年十二月二十日.
func chineseDate(year, month, day string) (time.Time, bool) {
	y := 0
	for _, r := range year {
		y = y*10 + digits[r]
	}
	m, d := chineseNumber(month), chineseNumber(day)
	if !validDay(y, m, d) {
		return time.Time{}, false
	}
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, Zone()), true
}

// chineseNumber reads numbers up to 39.
func chineseNumber(s string) int {
	s = strings.NewReplacer("廿", "二十", "卅", "三十").Replace(s)
	before, after, ten := strings.Cut(s, "十")
	value := func(s string, none int) int {
		if s == "" {
			return none
		}
		n := 0
		for _, r := range s {
			n = n*10 + digits[r]
		}
		return n
	}
	if !ten {
		return value(s, 0)
	}
	return value(before, 1)*10 + value(after, 0)
}
