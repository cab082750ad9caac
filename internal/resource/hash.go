package resource

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"unicode"
)

// contentHash covers everything of an edition that a reader can see. Equal hashes mean
// that importing again changes nothing.
func contentHash(class Class, e *Edition) string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	// Encoding plain values into a hash cannot fail.
	_ = enc.Encode([]any{class, e.Title, e.Subtitle, e.Summary, e.Source, e.Author, e.Editor, nonNil(e.Keywords),
		e.Body, e.PublishedAt,
		orZero(e.Cover), nonNil(e.Files), orZero(e.Document), orZero(e.Interpretation)})
	return hex.EncodeToString(h.Sum(nil))
}

// mergeKey is equal for two items of the same title and the same text, white
// space and punctuation width aside. Items without text are never merged.
func mergeKey(e *Edition) string {
	if strings.TrimSpace(e.Text) == "" {
		return ""
	}
	h := sha256.New()
	for _, part := range []string{e.Title, e.Text} {
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
