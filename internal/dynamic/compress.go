package dynamic

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"

	"guiyi/internal/kernel/web"
)

const (
	minCompressSize = 1024 // bytes: below, a packet is a packet
	compressLevel   = 5
	// jitter is how many random bytes an answer grows by at most, so that its length does not tell whether what an
	// attacker put into a query is also in a secret of the page (BREACH).
	jitter = 64
)

// compress packs pages for clients that take gzip. A handler whose page repeats what was sent next to a secret, such
// as the token of a form, sets [NoCompression].
func compress() (web.Middleware, error) {
	wrap, err := gzhttp.NewWrapper(gzhttp.MinSize(minCompressSize), gzhttp.CompressionLevel(compressLevel),
		gzhttp.RandomJitter(jitter, 0, false), gzhttp.EnableZstd(false)) // of Zstandard it would be a second frame
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler { return wrap(next) }, nil
}

// NoCompression is a header of an answer that must go out as it is; it is taken off.
const NoCompression = gzhttp.HeaderNoCompression
