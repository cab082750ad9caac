package compare

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// Key returns a hash of title and text that ignores white space and letter case. Without text it returns "": items
// without text are never equal.
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
