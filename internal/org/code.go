package org

import "strings"

const (
	usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	usccLength   = 18
	orgLength    = 9
)

// ValidUSCC reports whether s is a unified social credit code: 18 characters whose
// last is the check character of GB 32100-2015, with a valid organisation code
// (GB 11714) in positions 9 to 17.
func ValidUSCC(s string) bool {
	if len(s) != usccLength || !ValidOrgCode(s[8:17]) {
		return false
	}
	sum, weight := 0, 1
	for i := 0; i < usccLength-1; i++ {
		v := strings.IndexByte(usccAlphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return usccAlphabet[(31-sum%31)%31] == s[usccLength-1]
}

// ValidOrgCode reports whether s is a nine-character organisation code whose last character is the check character of
// GB 11714-1997. A hyphen before the check character is not accepted.
func ValidOrgCode(s string) bool {
	if len(s) != orgLength {
		return false
	}
	weights := [8]int{3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		v := alnumValue(s[i])
		if v < 0 {
			return false
		}
		sum += v * w
	}
	check := byte('0')
	switch c := 11 - sum%11; c {
	case 10:
		check = 'X'
	case 11:
	default:
		check = byte('0' + c)
	}
	return s[8] == check
}

// alnumValue maps 0-9 to 0-9 and A-Z to 10-35, as GB 11714 does.
func alnumValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	}
	return -1
}

// SiteIDCodeForm returns the form of a website identification code (网站标识码), see 政府网站发展指引, 国办发〔2017〕47号. The form is
// "local" (six-digit division and four-digit serial), "ministry" ("bm" and eight digits), or "" for neither. Some real
// sites have twelve digits, so callers warn and do not refuse.
func SiteIDCodeForm(s string) string {
	digits := func(s string) bool {
		return s != "" && strings.Trim(s, "0123456789") == ""
	}
	switch {
	case len(s) == 10 && digits(s):
		return "local"
	case len(s) == 10 && strings.HasPrefix(s, "bm") && digits(s[2:]):
		return "ministry"
	}
	return ""
}
