package exchange_test

import (
	"cmp"
	"strings"
	"testing"

	"guiyi/internal/exchange"
	"guiyi/internal/exchange/office"
	"guiyi/internal/kernel/fault"
)

// TestTexts: a file is read by its content, whatever its name; a PDF that is too large is not read into memory.
func TestTexts(t *testing.T) {
	var texts exchange.Texts
	t.Cleanup(func() { _ = texts.Close() })
	for _, c := range []struct {
		name, file   string
		size         int64 // 0 = that of the file
		format, text string
		kind         fault.Kind // Internal = none
	}{
		{"a.pdf", docx(t), 0, "docx", "关于放假的通知\n现将有关事项通知如下。", fault.Internal},
		{"a.docx", "%PDF-1.7", office.MaxDocx + 1, "", "", fault.TooLarge},
		{"a.txt", "说明", 0, "txt", "说明", fault.Internal},
		{"a.zip", "PK\x03\x04 damaged", 0, "", "", fault.Unsupported},
	} {
		got, err := texts.Read(t.Context(), c.name, strings.NewReader(c.file),
			cmp.Or(c.size, int64(len(c.file))))
		if got.Text != c.text || got.Format != c.format || (err != nil) != (c.kind != fault.Internal) ||
			err != nil && !fault.Is(err, c.kind) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}
