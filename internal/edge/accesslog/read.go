package accesslog

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// unescape decodes a value up to three times, until nothing changes, and replaces characters by their plain ASCII
// equivalent. Invalid escapes stay. The result is used only for matching.
func unescape(s string) string {
	for range 3 {
		plain := decode(s)
		if plain == s {
			break
		}
		s = plain
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= utf8.RuneSelf {
			return strings.Map(plainRune, s)
		}
	}
	return s
}

// decode decodes the escapes of a query once. Unlike url.QueryUnescape it continues after a malformed escape.
func decode(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		high, low := -1, -1
		if s[i] == '%' && i+2 < len(s) {
			high, low = unhex(s[i+1]), unhex(s[i+2])
		}
		switch {
		case high >= 0 && low >= 0:
			b = append(b, byte(high<<4|low))
			i += 2
		case scriptEscape.MatchString(s[i:min(i+6, len(s))]):
			r, _ := strconv.ParseUint(s[i+2:i+6], 16, 16) // four hexadecimal digits
			b = utf8.AppendRune(b, rune(r))
			i += 5
		case s[i] == '+':
			b = append(b, ' ')
		default:
			b = append(b, s[i])
		}
	}
	return string(b)
}

// scriptEscape matches an escape of JavaScript's escape(): %u4F9B.
var scriptEscape = regexp.MustCompile(`^%[uU][0-9A-Fa-f]{4}$`)

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// plainRune replaces full-width characters and every kind of space and dash by ASCII, and removes invisible characters.
func plainRune(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	case r < utf8.RuneSelf && r >= ' ':
		return r
	case unicode.IsSpace(r), unicode.IsControl(r), strings.ContainsRune("、·・•", r):
		return ' '
	case unicode.Is(unicode.Pd, r), r == '−':
		return '-'
	case r == '。':
		return '.'
	case unicode.Is(unicode.Cf, r): // zero width
		return -1
	}
	return r
}

// spoken replaces Chinese numerals by digits.
var spoken = strings.NewReplacer("零", "0", "〇", "0", "一", "1", "幺", "1", "二", "2", "三", "3", "四", "4", "五", "5",
	"六", "6", "七", "7", "八", "8", "九", "9")

// papers matches passports and permits (a letter and 8 digits) and number plates (GA 36).
var papers = regexp.MustCompile(`(?:^|[^0-9A-Za-z])[A-Za-z][0-9]{8}(?:[^0-9A-Za-z]|$)` +
	`|[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][ -]?[0-9A-Za-z]{5,6}(?:[^0-9A-Za-z]|$)`)

// hasPapers looks for document numbers that contain letters.
func hasPapers(s string) bool { return strings.ContainsAny(s, "0123456789") && papers.MatchString(s) }

// surnames are common surnames. Those that also begin many other words, such as 高, 方, 许 and 黄, are left out, because
// names cannot be recognised with certainty.
const surnames = "王李张刘陈杨赵吴徐孙胡朱郭罗谢韩冯董曹袁邓傅沈彭吕卢蒋蔡魏薛汪姜姚谭廖邹熊郝崔邱秦侯邵尹乔赖龚"

// hasName reports whether a separate word looks like a personal name: two or three Chinese characters beginning with a
// common surname.
func hasName(s string) bool {
	apart := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for word := range strings.FieldsFuncSeq(s, apart) {
		first, _ := utf8.DecodeRuneInString(word)
		n := utf8.RuneCountInString(word)
		if n >= 2 && n <= 3 && len(word) == 3*n && strings.ContainsRune(surnames, first) {
			return true
		}
	}
	return false
}
