package charset

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// mend decodes raw in the encoding main. Pieces that are invalid there are decoded in the encoding other, as for a
// page that includes a file in a second encoding. Bytes that are invalid in both are dropped. A piece is a run of
// bytes that can occur in a multi-byte character of GB18030 or UTF-8 (0x30–0x39, and 0x40 or more), so no character
// extends beyond a piece.
func mend(raw []byte, other, main candidate) (string, int) {
	var out strings.Builder
	out.Grow(len(raw) + len(raw)/4)
	mended := 0
	for i := 0; i < len(raw); {
		j := i
		if !inside(raw[i]) {
			for j < len(raw) && !inside(raw[j]) {
				j++
			}
			out.Write(raw[i:j])
			i = j
			continue
		}
		high := false
		for j < len(raw) && inside(raw[j]) {
			high = high || raw[j] >= 0x80
			j++
		}
		if !high {
			out.Write(raw[i:j])
			i = j
			continue
		}
		text, fixed := piece(raw[i:j], other, main)
		out.WriteString(text)
		mended += fixed
		i = j
	}
	return out.String(), mended
}

func inside(b byte) bool { return b >= 0x40 || b >= 0x30 && b <= 0x39 }

func piece(b []byte, other, main candidate) (string, int) {
	first := decodeAs(main, b)
	if !strings.ContainsRune(first, utf8.RuneError) {
		return first, 0
	}
	second := decodeAs(other, b)
	if t := count(second); t.bad == 0 && t.han > 1 && t.share() >= 0.3 {
		return second, 1
	}
	return strings.ReplaceAll(first, "\uFFFD", ""), 1
}

func decodeAs(c candidate, b []byte) string {
	if c.enc == nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return run(c.enc, b)
}

// undouble repairs lines whose UTF-8 bytes were read as GBK or Windows-1252 and saved again as UTF-8.
func undouble(text string) (string, int) {
	lines := strings.SplitAfter(text, "\n")
	mended := 0
	for i, line := range lines {
		if !suspicious(line) {
			continue
		}
		if fixed, ok := backwards(line); ok {
			lines[i] = fixed
			mended++
		}
	}
	return strings.Join(lines, ""), mended
}

// suspicious reports whether a text has Chinese but hardly any frequent characters, or many accented letters and no
// Chinese.
func suspicious(s string) bool {
	t := count(s)
	return t.han >= 6 && t.share() < 0.2 || t.latin >= 6 && t.latin > 2*t.han
}

func backwards(line string) (string, bool) {
	before := count(line)
	ways := []func(string) (string, error){
		simplifiedchinese.GB18030.NewEncoder().String,
		charmap.Windows1252.NewEncoder().String,
		charmap.ISO8859_1.NewEncoder().String,
	}
	for _, encode := range ways {
		b, err := encode(line)
		if err != nil {
			continue
		}
		for _, c := range []candidate{utf8Name, gb18030} {
			fixed := decodeAs(c, []byte(b))
			t := count(fixed)
			if t.bad == 0 && t.han >= 2 && t.share() > 0.4 && t.share() > before.share()+0.2 {
				return fixed, true
			}
		}
	}
	return line, false
}
