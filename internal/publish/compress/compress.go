package compress

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"guiyi/internal/publish/manifest"
)

// Compression levels, measured on pages of 14.2 KB, more than half of which is the frame of the site. Each column gives
// the compressed size and the CPU time per page in µs, on a busy machine, so only the ratios are meaningful:
//
//	gzip 3  5,330 B   90     Brotli 3 (streaming)  5,246 B  209     zstd fastest  5,475 B  125
//	gzip 4  5,194 B  103     Brotli 5              4,171 B  791     zstd default  5,274 B  104
//	gzip 6  5,087 B  134     Brotli 9              4,078 B  1,287
const (
	fastGzip    = 3
	smallGzip   = 6
	smallBrotli = 5
	// MinSize is the minimum size in bytes of a body that gets compressed forms.
	MinSize = 256
)

// Form is one compressed form of a body.
type Form struct {
	Encoding string // manifest.Brotli or manifest.Gzip
	Body     []byte
}

// Compressor compresses bodies. It is safe for concurrent use.
type Compressor struct{ fast, small, brotli sync.Pool }

// New returns a compressor.
func New() *Compressor {
	c := &Compressor{}
	c.fast.New = func() any { return gzipAt(fastGzip) }
	c.small.New = func() any { return gzipAt(smallGzip) }
	c.brotli.New = func() any { return brotli.NewWriterLevel(io.Discard, smallBrotli) }
	return c
}

func gzipAt(level int) *gzip.Writer {
	w, _ := gzip.NewWriterLevel(io.Discard, level) // cannot fail: the level is constant
	return w
}

// Fast makes a gzip form at a low level, for pages of full builds. It returns no form if compression does not help.
func (c *Compressor) Fast(contentType string, body []byte) ([]Form, error) {
	if !Compressible(contentType, len(body)) {
		return nil, nil
	}
	gz, err := compress(&c.fast, body)
	return smaller(body, Form{manifest.Gzip, gz}), err
}

// Small makes smaller Brotli and gzip forms, for pages that are requested most.
func (c *Compressor) Small(contentType string, body []byte) ([]Form, error) {
	if !Compressible(contentType, len(body)) {
		return nil, nil
	}
	br, err := compress(&c.brotli, body)
	if err != nil {
		return nil, err
	}
	gz, err := compress(&c.small, body)
	return smaller(body, Form{manifest.Brotli, br}, Form{manifest.Gzip, gz}), err
}

// Compressible reports whether a body with this content type and size in bytes gets compressed forms.
func Compressible(contentType string, size int) bool {
	base, _, _ := strings.Cut(contentType, ";")
	return size >= MinSize && (strings.HasPrefix(base, "text/") || strings.HasSuffix(base, "xml") ||
		base == "application/json" || base == "application/javascript")
}

// smaller returns the forms that are smaller than body.
func smaller(body []byte, forms ...Form) []Form {
	out := forms[:0]
	for _, f := range forms {
		if len(f.Body) < len(body) {
			out = append(out, f)
		}
	}
	return out
}

type resetWriter interface {
	io.WriteCloser
	Reset(w io.Writer)
}

func compress(pool *sync.Pool, body []byte) ([]byte, error) {
	w := pool.Get().(resetWriter) // the pools contain only this type
	defer pool.Put(w)
	var b bytes.Buffer
	b.Grow(len(body)/2 + MinSize)
	w.Reset(&b)
	_, err := w.Write(body)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("compress: %w", err)
	}
	return b.Bytes(), nil
}
