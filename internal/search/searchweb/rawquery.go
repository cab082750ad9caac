package searchweb

import (
	"net/url"
	"regexp"
	"strings"

	"guiyi/internal/kernel/charset"
)

// oldEscape matches a character as the JavaScript function escape writes it: %u4F9B.
var oldEscape = regexp.MustCompile(`%u([0-9A-Fa-f]{4})`)

// parseQuery parses the query of an address. It also accepts GBK and the %u escapes of old pages and scripts. gb is
// true when the search text was in GBK. Parameters that cannot be parsed are missing in v; err then describes the
// first.
func parseQuery(raw string) (v url.Values, gb bool, err error) {
	raw = oldEscape.ReplaceAllStringFunc(raw, func(s string) string { return url.QueryEscape(fromHex(s[2:])) })
	v, err = url.ParseQuery(raw)
	for name, values := range v {
		for i, value := range values {
			text, was := charset.DecodeParam(value)
			values[i] = text
			gb = gb || was && name == "q" && i == 0
		}
	}
	return v, gb, err
}

func fromHex(digits string) string {
	var r rune
	for _, d := range strings.ToLower(digits) {
		r = r<<4 | rune(strings.IndexRune("0123456789abcdef", d))
	}
	return string(r)
}
