package dynamic

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"

	"guiyi/internal/kernel/web"
)

const (
	minCompressSize = 1024 // below this size an answer fits one packet
	compressLevel   = 5
	// jitter is the maximum number of random bytes added to an answer. It keeps the length from revealing whether text
	// that an attacker put into the query also occurs in a secret of the page (BREACH).
	jitter = 64
)

// compress compresses pages for clients that accept gzip. A handler sets [NoCompression] when its page repeats user
// input next to a secret, such as the token of a form.
func compress() (web.Middleware, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressSize), gzhttp.CompressionLevel(compressLevel),
		gzhttp.RandomJitter(jitter, 0, false),
		gzhttp.EnableZstd(false)) // with Zstandard the jitter would be a second frame
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler { return wrap(next) }, nil
}

// NoCompression is a response header that disables compression; it is removed before sending.
const NoCompression = gzhttp.HeaderNoCompression
