package manifest

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"guiyi/internal/kernel/fault"
)

// MaxPath is the length limit of a path in bytes.
const MaxPath = 1024

// CheckPath says what is wrong with p as a manifest path. A path is in percent-decoded form, starts with "/", has no
// empty, "." or ".." segment, no backslash, no control character, is valid UTF-8 in NFC and at most MaxPath bytes long.
// A redirect or a gone entry may carry a query after "?": the address of a page of an older system.
func CheckPath(p string) error {
	reason := pathFault(p)
	if reason == "" {
		return nil
	}
	return fault.New(fault.Invalid, "路径 %.200q 不能发布：%s", p, reason)
}

func pathFault(p string) string {
	switch {
	case !strings.HasPrefix(p, "/"):
		return "必须以“/”开头"
	case len(p) > MaxPath:
		return "超过 1024 字节"
	case !utf8.ValidString(p):
		return "不是有效的 UTF-8"
	}
	path, query, hasQuery := strings.Cut(p, "?")
	if hasQuery && query == "" {
		return "“?”之后为空"
	}
	if strings.ContainsAny(path, "\\#") {
		return "含有“\\”或“#”"
	}
	if reason := segmentFault(path[1:]); reason != "" {
		return reason
	}
	return runeFault(p, len(path))
}

// segmentFault checks the path without its first slash; the last segment may be empty (a directory).
func segmentFault(path string) string {
	for {
		segment, rest, more := strings.Cut(path, "/")
		switch {
		case segment == "" && more:
			return "含有空的路径段“//”"
		case segment == "." || segment == "..":
			return "含有“.”或“..”路径段"
		case !more:
			return ""
		}
		path = rest
	}
}

// runeFault checks every character; from byte queryAt on percent escapes are allowed.
func runeFault(p string, queryAt int) string {
	mark := false
	for i, r := range p {
		if r < 0x80 {
			if r < 0x20 || r == 0x7f {
				return "含有控制字符"
			}
			if r == '%' && i < queryAt && i+2 < len(p) && isHex(p[i+1]) && isHex(p[i+2]) {
				return "含有百分号编码，应使用解码后的形式"
			}
			mark = false
			continue
		}
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp, unicode.Bidi_Control) || r == '\ufeff' {
			return "含有控制字符"
		}
		isMark := unicode.Is(unicode.M, r)
		if notNFC(r) || mark && isMark {
			return "不是 Unicode NFC 形式"
		}
		mark = isMark
	}
	return ""
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// notNFC reports whether r never stands in NFC text or could combine with a character before it there (the quick-check
// values No and Maybe of UAX 15). With the refusal of two combining marks in a row, whose order could be wrong, what
// passes is in NFC; the little that is in NFC and does not pass is not worth the full tables.
func notNFC(r rune) bool {
	if r < 0x300 || 0x30ff <= r && r <= 0xabff { // Latin 1, kana, Han, Hangul syllables begin here
		return false
	}
	for s := nfcUnsafe; s != ""; {
		lo, n := utf8.DecodeRuneInString(s)
		hi, m := utf8.DecodeRuneInString(s[n:])
		if lo <= r && r <= hi {
			return true
		}
		s = s[n+m:]
	}
	return false
}

// nfcUnsafe holds inclusive ranges, two characters each. A test compares it with the tables of golang.org/x/text.
const nfcUnsafe = "" +
	"\u0300\u0304\u0306\u030c\u030f\u030f\u0311\u0311\u0313\u0314\u031b\u031b\u0323\u0328\u032d\u032e\u0330\u0331" +
	"\u0338\u0338\u0340\u0345\u0374\u0374\u037e\u037e\u0387\u0387\u0653\u0655\u093c\u093c\u0958\u095f\u09be\u09be" +
	"\u09d7\u09d7\u09dc\u09dd\u09df\u09df\u0a33\u0a33\u0a36\u0a36\u0a59\u0a5b\u0a5e\u0a5e\u0b3e\u0b3e\u0b56\u0b57" +
	"\u0b5c\u0b5d\u0bbe\u0bbe\u0bd7\u0bd7\u0c56\u0c56\u0cc2\u0cc2\u0cd5\u0cd6\u0d3e\u0d3e\u0d57\u0d57\u0dca\u0dca" +
	"\u0dcf\u0dcf\u0ddf\u0ddf\u0f43\u0f43\u0f4d\u0f4d\u0f52\u0f52\u0f57\u0f57\u0f5c\u0f5c\u0f69\u0f69\u0f73\u0f73" +
	"\u0f75\u0f76\u0f78\u0f78\u0f81\u0f81\u0f93\u0f93\u0f9d\u0f9d\u0fa2\u0fa2\u0fa7\u0fa7\u0fac\u0fac\u0fb9\u0fb9" +
	"\u102e\u102e\u1161\u1175\u11a8\u11c2\u1b35\u1b35\u1f71\u1f71\u1f73\u1f73\u1f75\u1f75\u1f77\u1f77\u1f79\u1f79" +
	"\u1f7b\u1f7b\u1f7d\u1f7d\u1fbb\u1fbb\u1fbe\u1fbe\u1fc9\u1fc9\u1fcb\u1fcb\u1fd3\u1fd3\u1fdb\u1fdb\u1fe3\u1fe3" +
	"\u1feb\u1feb\u1fee\u1fef\u1ff9\u1ff9\u1ffb\u1ffb\u1ffd\u1ffd\u2000\u2001\u2126\u2126\u212a\u212b\u2329\u232a" +
	"\u2adc\u2adc\u3099\u309a\uf900\ufa0d\ufa10\ufa10\ufa12\ufa12\ufa15\ufa1e\ufa20\ufa20\ufa22\ufa22\ufa25\ufa26" +
	"\ufa2a\ufa6d\ufa70\ufad9\ufb1d\ufb1d\ufb1f\ufb1f\ufb2a\ufb36\ufb38\ufb3c\ufb3e\ufb3e\ufb40\ufb41\ufb43\ufb44" +
	"\ufb46\ufb4e\U000110ba\U000110ba\U00011127\U00011127\U0001133e\U0001133e\U00011357\U00011357" +
	"\U000114b0\U000114b0\U000114ba\U000114ba\U000114bd\U000114bd\U000115af\U000115af\U00011930\U00011930" +
	"\U0001d15e\U0001d164\U0001d1bb\U0001d1c0\U0002f800\U0002fa1d"
