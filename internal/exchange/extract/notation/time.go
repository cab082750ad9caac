package notation

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Zone returns China Standard Time, UTC+8 without daylight saving time.
func Zone() *time.Location { return time.FixedZone("Asia/Shanghai", 8*3600) }

// Precision is the precision of a time.
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

// Characters of Chinese numerals. Zero also has the circles and letters that input methods offer for it; the other
// digits also have their financial forms. Spaces between digits come from justified lines.
const (
	zeroForms    = `〇○◯⭕零ＯOo0ОоΟο`
	numeralForms = `一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參叄陸弌弍弎`
)

var chinesePattern = regexp.MustCompile(`(\d{4}|[一二壹贰貳弌弍](?:\s*[` + zeroForms + numeralForms + `]){3})\s*年\s*零?` +
	`(\d{1,2}|[元` + numeralForms + `十拾](?:\s*[` + numeralForms + `十拾]){0,2})\s*月\s*零?` +
	`(\d{1,2}|[` + numeralForms + `十拾廿卅](?:\s*[` + numeralForms + `十拾]){0,3})\s*[日号]`)

// lunar matches a text that ends with a word for the lunar calendar. A date after it is not in the common calendar.
var lunar = regexp.MustCompile(`(?:农历|阴历|夏历|旧历|農曆)[^，。；]{0,4}$`)

// Narrow replaces full-width digits and signs by ASCII. It changes byte offsets, so apply it before searching.
func Narrow(s string) string { return narrow.Replace(s) }

var narrow = strings.NewReplacer("０", "0", "１", "1", "２", "2", "３", "3", "４", "4", "５", "5", "６", "6", "７", "7", "８",
	"8", "９", "9",
	"：", ":", "－", "-", "／", "/", "．", ".", "\u00a0", " ", "\u3000", " ", "﹕", ":", "︰", ":", "–", "-", "‐", "-", "−",
	"-")

// Moments returns all dates in narrowed text (see [Narrow]).
func Moments(s string) []Moment {
	if !strings.ContainsAny(s, "12一二壹贰貳弌弍国國") {
		return nil
	}
	var out []Moment
	for _, m := range datePattern.FindAllStringSubmatchIndex(s, -1) {
		if m[0] > 0 && isDigit(s[m[0]-1]) {
			continue
		}
		if mo, ok := build(s, m); ok {
			mo.Start, mo.End = m[0], m[1]
			if z := zoneBehind.FindString(s[m[1]:]); z != "" && mo.Precise == Minute {
				if loc, ok := zone(z); ok {
					at := mo.At
					mo.At = time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), 0, 0, loc).In(Zone())
					mo.End += len(z)
				}
			}
			out = append(out, mo)
		}
	}
	out = append(out, republican(s)...)
	for _, m := range chinesePattern.FindAllStringSubmatchIndex(s, -1) {
		y, mon, d := s[m[2]:m[3]], s[m[4]:m[5]], s[m[6]:m[7]]
		if isDigit(y[0]) && isDigit(mon[0]) && isDigit(d[0]) || lunar.MatchString(s[:m[0]]) {
			continue
		}
		if at, ok := chineseDate(y, mon, d); ok {
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
	if !validDay(y, mon, d) || m[10] < 0 && m[7] < len(s) && isDigit(s[m[7]]) { // more digits follow: another number
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
	if y == 1970 && m == 1 && d == 1 { // zero of Unix time: an unset date
		return false
	}
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC).Day() == d
}

// Time reads one date or time in any usual form. ok is false when s has none. The forms are:
//
//   - 2024-09-10 09:24, 2024年9月10日 9时24分, 2017——04——12 21:37, 20240910
//   - 二〇二四年九月十日, 民国113年9月10日
//   - ISO 8601 with zone, the forms of feeds and HTTP headers
//   - Unix seconds or milliseconds
func Time(s string) (at time.Time, p Precision, ok bool) {
	s = strings.TrimSpace(narrow.Replace(s))
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.In(Zone()).Truncate(time.Minute), Minute, true
	}
	if at, p, ok := spelled(s); ok { // as in feeds, HTTP headers and programs
		return at, p, true
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

var digits = map[rune]int{
	'一': 1, '二': 2, '三': 3, '四': 4, '五': 5, '六': 6, '七': 7, '八': 8, '九': 9, '元': 1,
	'壹': 1, '贰': 2, '叁': 3, '肆': 4, '伍': 5, '陆': 6, '柒': 7, '捌': 8, '玖': 9,
	'貳': 2, '參': 3, '叄': 3, '陸': 6, '弌': 1, '弍': 2, '弎': 3,
}

// digit returns the value of a numeral. All forms of zero are missing in the table, which gives 0.
func digit(r rune) int {
	if r >= '0' && r <= '9' {
		return int(r - '0')
	}
	return digits[r]
}

// chineseDate reads a date such as 二〇二四年十二月二十日.
func chineseDate(year, month, day string) (time.Time, bool) {
	y := 0
	for _, r := range withoutBlanks(year) {
		y = y*10 + digit(r)
	}
	m, d := chineseNumber(month), chineseNumber(day)
	if !validDay(y, m, d) {
		return time.Time{}, false
	}
	return time.Date(y, time.Month(m), d, 0, 0, 0, 0, Zone()), true
}

func withoutBlanks(s string) string { return strings.Join(strings.Fields(s), "") }

// chineseNumber reads a number below 100 such as 三十一, or digit by digit such as 一一三.
func chineseNumber(s string) int {
	s = strings.NewReplacer("廿", "二十", "卅", "三十", "拾", "十").Replace(withoutBlanks(s))
	before, after, ten := strings.Cut(s, "十")
	value := func(s string, none int) int {
		if s == "" {
			return none
		}
		n := 0
		for _, r := range s {
			n = n*10 + digit(r)
		}
		return n
	}
	if !ten {
		return value(s, 0)
	}
	return value(before, 1)*10 + value(after, 0)
}
