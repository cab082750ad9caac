package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// DecodeParam decodes a query parameter. Its encoding is not declared: it is UTF-8, or GB18030 from old pages. A
// truncated character at the end and invalid bytes are dropped. gb reports whether it was GB18030.
func DecodeParam(s string) (text string, gb bool) {
	if utf8.ValidString(s) {
		if text, ok := pairsOfGB(s); ok {
			return text, true
		}
		return s, false
	}
	if text, ok := cutUTF8(s); ok {
		return text, false
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, ""), false
	}
	text = strings.TrimSuffix(text, "\uFFFD") // half a character
	if strings.ContainsRune(text, utf8.RuneError) {
		return strings.ToValidUTF8(s, ""), false
	}
	return text, text != ""
}

// cutUTF8 drops the incomplete last character of a UTF-8 text, as in a truncated address. It reports false when the
// rest is not valid UTF-8 or has no character of three or more bytes.
func cutUTF8(s string) (string, bool) {
	for n := 1; n < utf8.UTFMax && n < len(s); n++ {
		head := s[:len(s)-n]
		if utf8.RuneStart(s[len(s)-n]) && s[len(s)-n] >= 0xE0 && utf8.ValidString(head) {
			return head, strings.ContainsFunc(head, func(r rune) bool { return r > 0x7FF })
		}
	}
	return "", false
}

// pairsOfGB decodes the few Chinese words whose GBK bytes are also valid UTF-8. In UTF-8 each pair of bytes would be a
// letter of an alphabet that is not used here; in GBK it is a common Chinese character.
func pairsOfGB(s string) (string, bool) {
	found := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0xB0 && c <= 0xD7 && i+1 < len(s) && s[i+1] >= 0xA1:
			found = true
			i++
		case c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			return "", false
		}
	}
	if !found {
		return "", false
	}
	text, err := simplifiedchinese.GBK.NewDecoder().String(s)
	return text, err == nil
}
