package edge

import (
	"bytes"
	"compress/gzip"
	"context"

	"guiyi/internal/edge/verified"
	"guiyi/internal/kernel/a11y"
	"guiyi/internal/publish/manifest"
)

// withAttributes returns the page with attributes added to its html tag, compressed if packed is set. It returns false
// if the page does not start as expected. The result is made from verified bytes and cached.
func (e *Edge) withAttributes(ctx context.Context, from verified.Origin, entry *manifest.Entry, attributes string,
	packed bool) (*verified.Content, bool, error) {
	plain, err := e.src.Plain(ctx, from, entry)
	if err != nil {
		return nil, false, err
	}
	if !a11y.Fits(plain.Bytes) {
		return nil, false, nil
	}
	encoding := "plain"
	if packed {
		encoding = manifest.Gzip
	}
	name := manifest.Sum([]byte(entry.Hash.String() + encoding + attributes))
	c, err := e.src.Derived(ctx, name, func() []byte {
		b := a11y.WithAttributes(plain.Bytes, attributes)
		if packed {
			b = e.gzip(b)
		}
		return b
	})
	return c, err == nil, err
}

func (e *Edge) gzip(b []byte) []byte {
	var out bytes.Buffer
	z := e.packers.Get().(*gzip.Writer)
	defer e.packers.Put(z)
	z.Reset(&out)
	_, _ = z.Write(b) // a bytes.Buffer returns no errors
	_ = z.Close()
	return out.Bytes()
}
