package searchweb

import (
	"net/url"
	"regexp"
	"strings"

	"guiyi/internal/kernel/charset"
)

// oldEscape is how the function escape of old scripts writes a character: %u4F9B.
var oldEscape = regexp.MustCompile(`%u([0-9A-Fa-f]{4})`)

// parameters reads a query as old pages and old scripts write it too: in GBK, and with the escapes of scripts. gb tells
// that the search words were in GBK; what cannot be read is left out, and err says so.
func parameters(raw string) (v url.Values, gb bool, err error) {
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
