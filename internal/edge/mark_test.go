package edge

import (
	"bytes"
	"os"
	"testing"

	"guiyi/internal/publish/manifest"
)

// FuzzMark: a mark on disk holds only as it was sealed, whatever stands in the file.
func FuzzMark(f *testing.F) {
	h := &headsDir{dir: f.TempDir(), seal: bytes.Repeat([]byte{7}, sealSize)}
	if err := h.save(manifest.Head{Site: "qinghe", Revision: 3}); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(h.path("qinghe", markSuffix))
	if err != nil {
		f.Fatal(err)
	}
	was, err := h.readMark("qinghe")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(bytes.Replace(text, []byte(`"revision":3`), []byte(`"revision":2`), 1))
	f.Add([]byte(`{"site":"qinghe","seal":null}`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := h.parseMark("qinghe", b)
		if err == nil && (m.Site != was.Site || m.Revision != was.Revision || m.Hash != was.Hash) {
			t.Errorf("%q holds as %+v", b, m)
		}
	})
}
