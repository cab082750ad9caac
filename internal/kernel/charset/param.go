package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// DecodeParam decodes a query parameter, whose encoding is not declared: UTF-8, or GB18030 as old pages send it. A
// truncated character at the end is dropped, and so are invalid bytes. gb reports whether it was GB18030.
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

// cutUTF8 returns the whole characters of a text of several bytes a character whose end is missing.
func cutUTF8(s string) (string, bool) {
	for n := 1; n < utf8.UTFMax && n < len(s); n++ {
		head := s[:len(s)-n]
		if utf8.RuneStart(s[len(s)-n]) && s[len(s)-n] >= 0xE0 && utf8.ValidString(head) {
			return head, strings.ContainsFunc(head, func(r rune) bool { return r > 0x7FF })
		}
	}
	return "", false
}

// pairsOfGB decodes the few Chinese words whose GBK bytes happen to be valid UTF-8: every two bytes then form one
// character of an alphabet that is not used here, and are a common Chinese character in GBK.
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
