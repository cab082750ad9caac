package dynamic_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"guiyi/internal/dynamic"
	"guiyi/internal/dynamic/dynamictest"
	"guiyi/internal/theme"
)

// A page is packed for who takes that, unless it is too small or holds a secret: the same page comes out.
func TestCompression(t *testing.T) {
	var secret, tiny bool
	h := dynamictest.Handler(t, dynamic.Options{}, qr(func(w http.ResponseWriter, r *dynamic.Request) error {
		if secret {
			w.Header().Set(dynamic.NoCompression, "1")
		}
		if tiny {
			_, err := io.WriteString(w, "ok")
			return err
		}
		s, err := r.Site()
		if err != nil {
			return err
		}
		return r.Render(w, http.StatusOK, theme.Search{Page: s.Page("搜索"), Query: strings.Repeat("供热", 300)})
	}, 0))
	plain := dynamictest.Get(h, "GET", "/_qr").Body.String()
	for _, c := range []struct {
		name, accept, method string
		secret, tiny         bool
		packed               bool
	}{
		{"taken", "gzip", "GET", false, false, true},
		{"as browsers ask", "gzip, deflate, br, zstd", "GET", false, false, true},
		{"weighed", "br;q=1, gzip;q=0.5", "GET", false, false, true},
		{"not taken", "", "GET", false, false, false},
		{"refused", "gzip;q=0", "GET", false, false, false},
		{"another", "br", "GET", false, false, false},
		{"as it is", "identity", "GET", false, false, false},
		{"a secret beside what was sent", "gzip", "GET", true, false, false},
		{"too small to matter", "gzip", "GET", false, true, false},
		{"an error page", "gzip", "PUT", false, false, true},
	} {
		secret, tiny = c.secret, c.tiny
		w := dynamictest.Get(h, c.method, "/_qr", "Accept-Encoding", c.accept)
		if packed := w.Header().Get("Content-Encoding") == "gzip"; packed != c.packed {
			t.Errorf("%s: %v", c.name, w.Header())
			continue
		}
		vary := strings.Join(w.Header().Values("Vary"), ", ")
		personal := c.method == "GET" && !c.tiny
		if !strings.Contains(vary, "Accept-Encoding") || personal && !strings.Contains(vary, "Cookie") {
			t.Errorf("%s: Vary %q", c.name, vary)
		}
		if w.Header().Get(dynamic.NoCompression) != "" {
			t.Errorf("%s: the mark of a secret goes out", c.name)
		}
		if c.packed && c.method == "GET" && (unpack(t, w) != plain || w.Body.Len() > len(plain)/2) {
			t.Errorf("%s: %d bytes of %d", c.name, w.Body.Len(), len(plain))
		}
	}
}

func unpack(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	w.Body.Reset()
	return string(b)
}

// The id that the edge gave is told to a reader who has to ask for help, and goes back.
func TestRequestID(t *testing.T) {
	h := dynamictest.Handler(t, dynamic.Options{}, qr(says(""), 0))
	const id = "given-by-the-edge"
	w := dynamictest.Get(h, "PUT", "/_qr", "X-Request-Id", id)
	if w.Header().Get("X-Request-Id") != id || !strings.Contains(w.Body.String(), id) {
		t.Errorf("%v %s", w.Header(), w.Body)
	}
}
