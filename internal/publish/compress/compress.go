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

// Levels, measured on pages of 14.2 KB in which the frame of the site is more than half
// (CPU µs on a busy machine, so only their ratio means something):
//
//	gzip 3  5,330 B   90     Brotli 3 (streaming)  5,246 B  209     zstd fastest  5,475 B  125
//	gzip 4  5,194 B  103     Brotli 5              4,171 B  791     zstd default  5,274 B  104
//	gzip 6  5,087 B  134     Brotli 9              4,078 B  1,287
const (
	fastGzip    = 3
	smallGzip   = 6
	smallBrotli = 5
	// MinSize is the size below which a compressed form is not worth a round of
	// negotiation, in bytes.
	MinSize = 256
)

// Form is one compressed form of a body.
type Form struct {
	Encoding string // manifest.Brotli, Gzip or Zstd
	Body     []byte
}

// Compressor compresses bodies. It is safe for concurrent use.
type Compressor struct{ fast, small, brotli sync.Pool }

// New makes a press.
func New() *Compressor {
	p := &Compressor{}
	p.fast.New = func() any { return gzipAt(fastGzip) }
	p.small.New = func() any { return gzipAt(smallGzip) }
	p.brotli.New = func() any { return brotli.NewWriterLevel(io.Discard, smallBrotli) }
	return p
}

func gzipAt(level int) *gzip.Writer {
	w, _ := gzip.NewWriterLevel(io.Discard, level) // cannot fail: the level is constant
	return w
}

// Fast makes the form that every client takes, at the speed of a full build.
func (p *Compressor) Fast(contentType string, body []byte) ([]Form, error) {
	if !Compressible(contentType, len(body)) {
		return nil, nil
	}
	gz, err := compress(&p.fast, body)
	return smaller(body, Form{manifest.Gzip, gz}), err
}

// Small makes small forms for what is asked for most.
func (p *Compressor) Small(contentType string, body []byte) ([]Form, error) {
	if !Compressible(contentType, len(body)) {
		return nil, nil
	}
	br, err := compress(&p.brotli, body)
	if err != nil {
		return nil, err
	}
	gz, err := compress(&p.small, body)
	return smaller(body, Form{manifest.Brotli, br}, Form{manifest.Gzip, gz}), err
}

// Compressible reports whether a body of this type and size, in bytes, gets compressed forms.
func Compressible(contentType string, size int) bool {
	base, _, _ := strings.Cut(contentType, ";")
	return size >= MinSize && (strings.HasPrefix(base, "text/") || strings.HasSuffix(base, "xml") ||
		base == "application/json" || base == "application/javascript")
}

// smaller returns the forms that are smaller than the body.
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
	w := pool.Get().(resetWriter) // the pools hold nothing else
	defer pool.Put(w)
	var b bytes.Buffer
	b.Grow(len(body)/2 + MinSize)
	w.Reset(&b)
	_, err := w.Write(body)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("press: %w", err)
	}
	return b.Bytes(), nil
}
