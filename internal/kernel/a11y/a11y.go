package a11y

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
)

// Cookie is the name of the cookie.
const Cookie = "a11y"

const (
	maxCookie = 512 // bytes of its value
	// PageStart is the beginning of every page; the settings are written into its last tag.
	PageStart = "<!DOCTYPE html>\n<html lang=\"zh-CN\">"
)

// setting is a display setting. A flag has an attribute without a value.
type setting struct {
	name, attribute string
	flag            bool
	values          []string
}

// settings are in the order of their attributes in the tag.
var settings = []setting{
	{"elder", "data-elder", true, []string{"1"}},
	{"zoom", "data-zoom", false, []string{"125", "150", "175", "200"}},
	{"theme", "data-theme", false, []string{"yb", "by", "wb"}},
	{"text", "data-text-only", true, []string{"1"}},
	{"cursor", "data-cursor", true, []string{"1"}},
	{"art", "data-art", false, []string{"0.9", "1.25"}},
}

// Values returns the allowed values of each setting.
func Values() map[string][]string {
	out := map[string][]string{}
	for _, s := range settings {
		out[s.name] = slices.Clone(s.values)
	}
	return out
}

// Attributes returns the attributes of the html tag for settings by name, each with a space before it; "" when nothing
// is set. Unknown names and values are ignored.
func Attributes(set map[string]string) string {
	return attributes(func(s setting) string { return set[s.name] })
}

func attributes(value func(setting) string) string {
	var b strings.Builder
	for _, s := range settings {
		v := value(s)
		if !slices.Contains(s.values, v) {
			continue
		}
		b.WriteString(" " + s.attribute)
		if !s.flag {
			b.WriteString(`="` + v + `"`)
		}
	}
	return b.String()
}

// OfCookies returns the Attributes for the Cookie headers of a request. Of several cookies the first is used. Of
// several values of one setting the last one is used.
func OfCookies(headers []string) string {
	for _, h := range headers {
		for h != "" {
			var pair string
			pair, h, _ = strings.Cut(h, ";")
			if name, v, ok := strings.Cut(strings.TrimSpace(pair), "="); ok && name == Cookie {
				return ofValue(strings.Trim(strings.TrimSpace(v), `"`))
			}
		}
	}
	return ""
}

func ofValue(value string) string {
	if len(value) > maxCookie {
		return ""
	}
	text, err := url.QueryUnescape(value)
	if err != nil {
		return ""
	}
	return attributes(func(s setting) (set string) {
		for pair := range strings.SplitSeq(text, "&") {
			if name, v, _ := strings.Cut(pair, "="); name == s.name && slices.Contains(s.values, v) {
				set = v
			}
		}
		return set
	})
}

// Fits reports whether attributes can be written into a page.
func Fits(page []byte) bool { return bytes.HasPrefix(page, []byte(PageStart)) }

// WithAttributes returns the page with the attributes written into its html tag. A page that does not begin with
// PageStart is returned unchanged.
func WithAttributes(page []byte, attributes string) []byte {
	if attributes == "" || !Fits(page) {
		return page
	}
	at := len(PageStart) - 1
	out := make([]byte, 0, len(page)+len(attributes))
	return append(append(append(out, page[:at]...), attributes...), page[at:]...)
}
