package charset

import (
	"bytes"
	"regexp"
	"strings"
)

// declaredWithin is the number of bytes at the start that are searched for a meta or XML declaration.
const declaredWithin = 8 << 10

var (
	metaCharset = regexp.MustCompile(`(?i)<meta[^>]{0,300}?charset\s*=\s*["']?\s*([a-z0-9_\-]+)`)
	xmlEncoding = regexp.MustCompile(`(?i)^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([a-z0-9_\-]+)`)
	httpCharset = regexp.MustCompile(`(?i)charset\s*=\s*["']?\s*([a-z0-9_\-]+)`)
)

// canonical returns the encoding that browsers use for a label found on Chinese pages, such as gb18030 for gb2312; ""
// when unknown.
func canonical(label string) string {
	switch strings.ToLower(strings.TrimSpace(label)) {
	case "utf-8", "utf8", "unicode-1-1-utf-8":
		return "utf-8"
	case "gb2312", "gb_2312", "gb_2312-80", "gbk", "gb18030", "cp936", "ms936", "x-gbk", "windows-936", "euc-cn",
		"chinese", "gb13000":
		return "gb18030"
	case "big5", "big5-hkscs", "big-5", "cp950", "x-x-big5", "big5hkscs", "cn-big5":
		return "big5"
	case "hz-gb-2312", "hz":
		return "hz-gb-2312"
	case "utf-16", "utf-16le", "unicode", "ucs-2":
		return "utf-16le"
	case "utf-16be":
		return "utf-16be"
	case "iso-8859-1", "latin1", "windows-1252", "us-ascii", "ascii":
		return "windows-1252"
	}
	return ""
}

// declared returns the encodings that the transport and the document claim, in that order, canonical names.
func declared(raw []byte, fromHTTP string) []string {
	var out []string
	add := func(label string) {
		if c := canonical(label); c != "" {
			out = append(out, c)
		}
	}
	if m := httpCharset.FindStringSubmatch(fromHTTP); m != nil {
		add(m[1])
	} else {
		add(fromHTTP)
	}
	head := raw[:min(len(raw), declaredWithin)]
	if m := xmlEncoding.FindSubmatch(bytes.TrimPrefix(head, []byte("\xEF\xBB\xBF"))); m != nil {
		add(string(m[1]))
	}
	if m := metaCharset.FindSubmatch(head); m != nil {
		add(string(m[1]))
	}
	return out
}
