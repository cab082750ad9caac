package metadata

import (
	"regexp"

	"guiyi/internal/org"
)

var docNoPattern = regexp.MustCompile(`^[\p{Han}（）()]{1,20}〔\d{4}〕[1-9]\d{0,4}号$`)

// orderNoPattern matches the number of an order or announcement, such as 国务院令第711号 or 公告2020年第61号.
var orderNoPattern = regexp.MustCompile(`^\p{Han}{0,20}(\d{4}年)?第\s?([1-9]\d{0,5}|[一二三四五六七八九十百千零〇]{1,10})\s?号$`)

// ValidDocNo reports whether s is a document number (发文字号, 党政机关公文处理工作条例, GB/T 9704). It has an issuer code, the
// year in brackets U+3014 and U+3015, and a serial number without leading zeros. The number of an order or announcement
// (第711号) is also valid.
func ValidDocNo(s string) bool { return docNoPattern.MatchString(s) || orderNoPattern.MatchString(s) }

var indexNoPattern = regexp.MustCompile(`^([0-9A-Z]{9}|[0-9A-Z]{18})/(\d{4}|\d{6})-(\d{5})$`)

// CheckIndexNo checks an index number (索引号). It has an organization code or unified social credit code with a correct
// check digit, the year or year and month, and a five-digit serial number. CheckIndexNo returns "" or a Chinese text.
func CheckIndexNo(s string) string {
	m := indexNoPattern.FindStringSubmatch(s)
	if m == nil {
		return "索引号“" + s + "”不合规范，应如 000014349/2017-00110"
	}
	if len(m[1]) == 9 && !org.ValidOrgCode(m[1]) || len(m[1]) == 18 && !org.ValidUSCC(m[1]) {
		return "索引号“" + s + "”里的机构代码校验位不对"
	}
	return ""
}
