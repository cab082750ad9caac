package resource

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
