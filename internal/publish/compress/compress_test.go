package compress

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/gzip"

	"guiyi/internal/publish/manifest"
)

const html = "text/html; charset=utf-8"

// page is a text that compresses as pages do, another one for each number.
func page(n int) []byte {
	var b bytes.Buffer
	for i := range 200 {
		fmt.Fprintf(&b, "<li><a href=\"/zwgk/t%d_%d.html\">关于做好第%d项工作的通知</a></li>\n", n, i, n*i%97)
	}
	return b.Bytes()
}

func unpack(t testing.TB, f Form) []byte {
	t.Helper()
	var r io.Reader
	switch f.Encoding {
	case manifest.Gzip:
		z, err := gzip.NewReader(bytes.NewReader(f.Body))
		if err != nil {
			t.Fatal(err)
		}
		r = z
	case manifest.Brotli:
		r = brotli.NewReader(bytes.NewReader(f.Body))
	default:
		t.Fatalf("encoding %q", f.Encoding)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func names(forms []Form) string {
	var out []string
	for _, f := range forms {
		out = append(out, f.Encoding)
	}
	return strings.Join(out, " ")
}

// TestForms: each form is the body, whoever used the encoder before, and at the same time.
func TestForms(t *testing.T) {
	p := New()
	var all sync.WaitGroup
	for worker := range 4 {
		all.Go(func() {
			for i := range 20 {
				body := page(worker*100 + i)
				for want, press := range map[string]func(string, []byte) ([]Form, error){"gzip": p.Fast,
					"br gzip": p.Small} {
					forms, err := press(html, body)
					if err != nil || names(forms) != want {
						t.Errorf("forms %q, want %q: %v", names(forms), want, err)
						return
					}
					for _, f := range forms {
						if !bytes.Equal(unpack(t, f), body) {
							t.Errorf("%s is not the body", f.Encoding)
						}
						if len(f.Body)*4 > len(body) {
							t.Errorf("%s has %d of %d bytes", f.Encoding, len(f.Body), len(body))
						}
					}
				}
			}
		})
	}
	all.Wait()
}

// TestSameBytes: the same body gives the same forms, so that a page made anew is the page
// that was signed.
func TestSameBytes(t *testing.T) {
	a, b := New(), New()
	for i := range 5 {
		if _, err := b.Small(html, page(1000+i)); err != nil { // an encoder with a past
			t.Fatal(err)
		}
		x, _ := a.Small(html, page(i))
		y, _ := b.Small(html, page(i))
		for n := range x {
			if !bytes.Equal(x[n].Body, y[n].Body) {
				t.Errorf("%s differs between two presses", x[n].Encoding)
			}
		}
	}
}

// TestNone: what does not shrink, is small or packed already gets no form.
func TestNone(t *testing.T) {
	noise := make([]byte, 4<<10)
	rng := rand.NewChaCha8([32]byte{1})
	_, _ = rng.Read(noise)
	for name, c := range map[string]struct {
		kind string
		body []byte
	}{
		"small":  {html, page(1)[:MinSize-1]},
		"empty":  {html, nil},
		"png":    {"image/png", page(1)},
		"pdf":    {"application/pdf", page(1)},
		"noise":  {html, noise},
		"woff2":  {"font/woff2", page(1)},
		"nosort": {"", page(1)},
	} {
		for _, press := range []func(string, []byte) ([]Form, error){New().Fast, New().Small} {
			if forms, err := press(c.kind, c.body); err != nil || len(forms) > 0 {
				t.Errorf("%s: forms %q, %v", name, names(forms), err)
			}
		}
	}
	for _, kind := range []string{html, "text/css", "image/svg+xml", "application/rss+xml; charset=utf-8",
		"application/json", "application/javascript"} {
		if !Compressible(kind, MinSize) {
			t.Errorf("%s gets no form", kind)
		}
	}
}

func BenchmarkLight(b *testing.B) { bench(b, New().Fast) }
func BenchmarkDense(b *testing.B) { bench(b, New().Small) }

func bench(b *testing.B, press func(string, []byte) ([]Form, error)) {
	body := page(1)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := press(html, body); err != nil {
			b.Fatal(err)
		}
	}
}
