package notation

import (
	"regexp"
	"strings"
)

var numberPattern = regexp.MustCompile(
	`([\p{Han}]{1,20}(?:[、，,和及]?[\p{Han}]{1,12}){0,3})\s*[\[\(（【〔﹝［〈<「『]\s*((?:19|20)\d{2})\s*年?\s*[\]\)）】〕﹞］〉>」』]\s*(?:第\s*)?(\d{1,5})\s*号`)

// decreePattern matches numbers of decrees and announcements, which have no year in brackets: 国令第712号.
var decreePattern = regexp.MustCompile(`^\s*([\p{Han}]{1,20}(?:令|公告|通告))\s*[（(]?\s*第?\s*(\d{1,5})\s*号\s*[）)]?\s*$`)

// notNumber matches words before a document number that do not belong to it.
var notNumber = regexp.MustCompile(`^(?:.*(?:文号|字号|编号|根据|按照|依据|印发|废止|原|见|的|以))`)

// DocNumber finds the first document number in s. canonical has the brackets 〔〕 and no leading zeros; raw is the text
// as written.
func DocNumber(s string) (canonical, raw string, ok bool) {
	n := narrow.Replace(s)
	if m := numberPattern.FindStringSubmatch(n); m != nil {
		agency := strings.TrimSpace(notNumber.ReplaceAllString(m[1], ""))
		if agency == "" {
			return "", "", false
		}
		raw = written(s, agency, m[0])
		return strings.Join(strings.Fields(agency), "") + "〔" + m[2] + "〕" + trimZeros(m[3]) + "号",
			strings.TrimSpace(raw), true
	}
	if m := decreePattern.FindStringSubmatch(n); m != nil {
		return m[1] + "第" + trimZeros(m[2]) + "号", strings.TrimSpace(m[0]), true
	}
	return "", "", false
}

// written returns the document number as it is written in s, for example with full-width digits.
func written(s, agency, found string) string {
	if i := strings.LastIndex(found, agency); i >= 0 {
		found = found[i:]
	}
	for off := 0; ; {
		i := strings.Index(s[off:], agency)
		if i < 0 {
			return found
		}
		rest := s[off+i:]
		if j := strings.Index(rest, "号"); j > 0 &&
			strings.TrimSpace(narrow.Replace(rest[:j+len("号")])) == strings.TrimSpace(found) {
			return rest[:j+len("号")]
		}
		off += i + len(agency)
	}
}

func trimZeros(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" {
		return t
	}
	return s
}
