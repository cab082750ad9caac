package compare

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// Key is equal for two items of the same title and the same text, white space and letter
// case aside. Without text it is "": such items are never the same.
func Key(title, text string) string {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	h := sha256.New()
	for _, part := range []string{title, text} {
		h.Write([]byte(strings.Map(func(r rune) rune {
			if unicode.IsSpace(r) || r == '\u3000' {
				return -1
			}
			return unicode.ToLower(r)
		}, part)))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}
