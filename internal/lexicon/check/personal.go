package check

import (
	"strings"
	"time"
	"unicode"
)

// digits is a run of digits of a text, with where they stand. Full-width digits count, and so do digits that are parted
// by a blank or a hyphen.
type digits struct {
	text  []byte // '0' to '9', and 'X' at the end
	at    []int  // runes of the original
	parts []int  // where each part begins, between separators
}

const (
	maxDigits  = 19 // of the longest number looked for
	maxBetween = 2  // separators between two digits
)

// personal finds numbers that belong to persons: 7.3 of the standards reference, GB 11643 (ID numbers), ISO/IEC 7812
// (cards), 电信网编号计划 (mobile phones).
func (c *collector) personal(part Part, index int, text []rune) {
	for i := 0; i < len(text); {
		if _, ok := digitOf(text[i]); !ok {
			i++
			continue
		}
		d, end := digitsAt(text, i)
		c.numbers(part, index, text, d)
		i = end
	}
	c.passports(part, index, text)
}

func digitOf(r rune) (byte, bool) {
	switch {
	case r >= '0' && r <= '9':
		return byte(r), true
	case r >= '０' && r <= '９':
		return byte(r - '０' + '0'), true
	}
	return 0, false
}

// between reports whether a rune may stand between the digits of one number.
func between(r rune) bool {
	return r == '-' || r == '－' || r == '‐' || r == '–' || r == '—' || r == '_' || r != '\n' && unicode.IsSpace(r) ||
		unicode.Is(unicode.Cf, r)
}

// digitsAt reads a run of digits that begins at i, and returns where it ends.
func digitsAt(text []rune, i int) (d digits, end int) {
	newPart := true
	for i < len(text) {
		b, ok := digitOf(text[i])
		if !ok {
			gap := i
			for gap < len(text) && gap-i < maxBetween && between(text[gap]) {
				gap++
			}
			if gap == i || gap == len(text) {
				break
			}
			if _, ok := digitOf(text[gap]); !ok && !checkX(text[gap]) {
				break
			}
			i, newPart = gap, true
			continue
		}
		if newPart {
			d.parts, newPart = append(d.parts, len(d.text)), false
		}
		d.text, d.at = append(d.text, b), append(d.at, i)
		i++
	}
	if i < len(text) && checkX(text[i]) && (i+1 == len(text) || !isWord(narrow(text[i+1]))) {
		d.text, d.at = append(d.text, 'X'), append(d.at, i)
		i++
	}
	return d, i
}

func checkX(r rune) bool {
	return r == 'x' || r == 'X' || r == 'ｘ' || r == 'Ｘ' || r == '×' || r == 'Χ' || r == 'х'
}

// numbers looks at the parts of a run of digits, alone and joined with those that follow.
func (c *collector) numbers(part Part, index int, text []rune, d digits) {
	for p := 0; p < len(d.parts); p++ {
		from, next := d.parts[p], p+1
		for q := p + 1; q <= len(d.parts); q++ {
			to := len(d.text)
			if q < len(d.parts) {
				to = d.parts[q]
			}
			if to-from > maxDigits {
				break
			}
			code, reason := c.number(text, d, from, to, q-p)
			if code == "" {
				continue
			}
			a, b := d.at[from], d.at[to-1]+1
			c.add(Finding{
				Part:    part,
				Index:   index,
				From:    a,
				To:      b,
				Text:    string(text[a:b]),
				Code:    code,
				Reason:  reason,
				Suggest: []string{masked(code, string(d.text[from:to]))},
			}, "")
			next = q
			break
		}
		p = next - 1
	}
}

// number tells which kind of number d[from:to] is, "" for none.
func (c *collector) number(text []rune, d digits, from, to, parts int) (code, reason string) {
	n := string(d.text[from:to])
	before := lead(text, d.at[from])
	switch {
	case len(n) == 18 && validID(n) && !strings.Contains(before, "信用代码"):
		return "personal.id", "这是一个有效的身份证号码，公开会泄露个人信息。请删除，或只保留首尾几位。"
	case len(n) == 15 && validID15(n) && containsAny(before, "身份证", "证件", "证号", "公民身份"):
		return "personal.id15", "看起来是 15 位的身份证号码，公开会泄露个人信息。请删除或遮盖。"
	case mobile(d, from, to, parts) && !decimal(text, d, from, to):
		return "personal.phone", "看起来是手机号码。除非本人同意公开，请删除或遮盖中间四位。"
	case card(n) && parts <= 5 && !containsAny(before, "订单", "编号", "流水", "统一社会信用", "单号", "条形码", "项目代码"):
		return "personal.card", "看起来是银行卡号，公开可能泄露个人信息。请删除或只保留末四位。"
	}
	return "", ""
}

// lead returns the text before a place, as far as it tells what the number is.
func lead(text []rune, at int) string { return string(text[max(0, at-15):at]) }

func containsAny(s string, words ...string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// validID checks an ID number of 18 digits: division code, day of birth, check digit (GB 11643-1999).
func validID(n string) bool {
	if strings.Contains(n[:17], "X") || !division(n) || !birthday(n[6:14]) {
		return false
	}
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(n[i]-'0') * w
	}
	return n[17] == "10X98765432"[sum%11]
}

// validID15 checks an ID number of the form that was in use until 1999.
func validID15(n string) bool {
	return !strings.Contains(n, "X") && division(n) && birthday("19"+n[6:12])
}

// division reports whether the first two digits are a province of GB/T 2260.
func division(n string) bool {
	return strings.Contains(" 11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 "+
		"65 71 81 82 83 ", " "+n[:2]+" ")
}

func birthday(day string) bool {
	t, err := time.Parse("20060102", day)
	return err == nil && t.Year() >= 1900 && t.Year() < 2100
}

// mobile reports whether the digits are a mobile phone number, written together, as 3-4-4, or with 86 before it.
func mobile(d digits, from, to, parts int) bool {
	n := string(d.text[from:to])
	if len(n) == 13 && strings.HasPrefix(n, "86") {
		n = n[2:]
	}
	if len(n) != 11 || n[0] != '1' || n[1] < '3' || strings.Contains(n, "X") || strings.Count(n, n[:1]) == len(n) {
		return false
	}
	if from > 0 && d.at[from-1]+1 == d.at[from] || to < len(d.text) && d.at[to-1]+1 == d.at[to] {
		return false // part of a longer number
	}
	return parts <= 4
}

// decimal reports whether the digits are part of an amount or of a number with letters.
func decimal(text []rune, d digits, from, to int) bool {
	a, b := d.at[from], d.at[to-1]+1
	if a > 1 && (text[a-1] == '.' || text[a-1] == ',') {
		_, ok := digitOf(text[a-2])
		return ok
	}
	if b+1 < len(text) && (text[b] == '.' || text[b] == ',') {
		_, ok := digitOf(text[b+1])
		return ok
	}
	letter := func(i int) bool { return i >= 0 && i < len(text) && isWord(narrow(text[i])) }
	return letter(a-1) || letter(b)
}

// card reports whether the digits are a card number: known first digits with their length, and Luhn's check digit.
func card(n string) bool {
	known := false
	switch l := len(n); {
	case l < 15 || strings.Contains(n, "X"):
	case strings.HasPrefix(n, "62"):
		known = l >= 16 && l <= 19 // 银联
	case n[0] == '4' || n[0] == '5' && n[1:2] >= "1" && n[1:2] <= "5" || strings.HasPrefix(n, "35"):
		known = l == 16
	case strings.HasPrefix(n, "34") || strings.HasPrefix(n, "37"):
		known = l == 15
	}
	return known && luhn(n)
}

func luhn(n string) bool {
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// passports finds passport numbers and travel permits. They have no check digit, so a word before them must say it.
func (c *collector) passports(part Part, index int, text []rune) {
	for i := 0; i+8 < len(text); i++ {
		if r := narrow(text[i]); r < 'a' || r > 'z' || i > 0 && isWord(narrow(text[i-1])) {
			continue
		}
		end := i + 1
		for end < len(text) && isWord(narrow(text[end])) && end-i < 12 {
			end++
		}
		if !passport(text[i:end]) || !containsAny(lead(text, i), "护照", "通行证", "证件号", "证件号码") {
			continue
		}
		c.add(Finding{
			Part:    part,
			Index:   index,
			From:    i,
			To:      end,
			Text:    string(text[i:end]),
			Code:    "personal.passport",
			Reason:  "看起来是护照或通行证号码，公开会泄露个人信息。请删除或遮盖。",
			Suggest: []string{masked("personal.passport", string(text[i:end]))},
		}, "")
	}
}

// passport tells the forms E12345678, EA1234567, G12345678 …; permits
// to Hong Kong, Macao and Taiwan begin with C, W, L, T, H, M.
func passport(s []rune) bool {
	if len(s) < 9 || len(s) > 11 || !strings.ContainsRune("egdpshmcwlkt", narrow(s[0])) {
		return false
	}
	for i, r := range s[1:] {
		if !isDigit(narrow(r)) && i != 0 {
			return false
		}
	}
	return true
}

// masked hides the middle of a number.
func masked(code, n string) string {
	head, tail := 3, 4
	switch code {
	case "personal.id", "personal.id15":
		head = 3
	case "personal.card":
		head = 0
	case "personal.passport":
		head, tail = 1, 2
	}
	if len(n) == 13 { // 86 before a phone number
		head = 5
	}
	return n[:head] + strings.Repeat("*", len(n)-head-tail) + n[len(n)-tail:]
}
