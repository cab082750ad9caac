package charset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"guiyi/internal/kernel/fault"
)

const (
	sample = "清河市人民政府关于印发重点工作安排的通知，各县（区）人民政府，市政府各部门：现将有关事项通知如下。镕堃㛃"
	fanti  = "市政府關於發布重點工作計劃的通知，各區政府及市政府各部門：現將有關事項通知如下，請認真執行。"
)

func to(t *testing.T, e encoding.Encoding, s string) []byte {
	t.Helper()
	b, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func page(charset, text string) string {
	return "<html><head><meta charset=\"" + charset + "\"><title>" + text + "</title></head><body><p>" + text +
		"</p></body></html>"
}

func TestDecode(t *testing.T) {
	gbk, b5 := simplifiedchinese.GB18030, traditionalchinese.Big5
	twice := func(e encoding.Encoding) string {
		b, _ := e.NewDecoder().Bytes([]byte("各县人民政府关于工作安排的通知"))
		return string(b)
	}
	cases := []struct {
		name, http string
		raw        []byte
		want       string
		encoding   string
		repaired   bool
	}{
		{"empty", "", nil, "", "utf-8", false},
		{"ascii", "", []byte("<p>hello</p>"), "<p>hello</p>", "utf-8", false},
		{"utf-8", "", []byte(page("utf-8", sample)), page("utf-8", sample), "utf-8", false},
		{"utf-8 with BOM", "", []byte("\xEF\xBB\xBF" + sample), sample, "utf-8", false},
		{"utf-8 under gb2312", "", []byte(page("gb2312", sample)), page("gb2312", sample), "utf-8", false},
		{"gb18030", "", to(t, gbk, page("gb2312", sample)), page("gb2312", sample), "gb18030", false},
		{"gbk under utf-8", "text/html; charset=utf-8", to(t, gbk, page("utf-8", sample)), page("utf-8", sample),
			"gb18030", false},
		{"gbk undeclared", "", to(t, gbk, sample), sample, "gb18030", false},
		{"gbk under a UTF-8 mark", "", append([]byte("\xEF\xBB\xBF"), to(t, gbk, sample)...), sample, "gb18030", false},
		{"big5", "", to(t, b5, page("big5", fanti)), page("big5", fanti), "big5", false},
		{"big5 undeclared", "", to(t, b5, fanti), fanti, "big5", false},
		{"big5 under gb2312", "gb2312", to(t, b5, fanti), fanti, "big5", false},
		{"utf-16le mark", "", to(t, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), page("x", sample)),
			page("x", sample), "utf-16le", false},
		{"utf-16be no mark", "", to(t, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), page("x", sample)),
			page("x", sample), "utf-16be", false},
		{"utf-16le no mark", "", to(t, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), page("x", sample)),
			page("x", sample), "utf-16le", false},
		{"hz", "hz-gb-2312", []byte("~{<:Ky2;S{~}"), "己所不欲", "hz-gb-2312", false},
		{"latin", "iso-8859-1", []byte("caf\xE9 au lait, d\xE9j\xE0 vu"), "café au lait, déjà vu", "windows-1252",
			false},
		{"cut in the middle of a character", "", []byte(sample[:len(sample)-21] + "\xE4\xB8" + "\n" + sample),
			sample[:len(sample)-21] + "\n" + sample, "utf-8", true},
		{"gbk piece in a utf-8 page", "", append([]byte(page("utf-8", sample)+"<p>"),
			append(to(t, gbk, "主办单位：清河市政府办公室"), "</p>"...)...),
			page("utf-8", sample) + "<p>主办单位：清河市政府办公室</p>", "utf-8", true},
		{"encoded twice through latin", "", []byte(twice(charmap.ISO8859_1)), "各县人民政府关于工作安排的通知", "utf-8", true},
		{"one line encoded twice", "", []byte(sample + "\n" + twice(charmap.ISO8859_1) + "\n"),
			sample + "\n各县人民政府关于工作安排的通知\n", "utf-8", true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, info, err := Decode(c.raw, c.http)
			if err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("text = %q, want %q", got, c.want)
			}
			if info.Encoding != c.encoding || info.Repaired > 0 != c.repaired {
				t.Errorf("info = %+v, want %s repaired %v", info, c.encoding, c.repaired)
			}
		})
	}
}

func TestDecodeDoubleGBK(t *testing.T) {
	const text = "各县人民政府工作通知" // even number of bytes in every pair, so that nothing was lost
	wrong, _ := simplifiedchinese.GBK.NewDecoder().String(text)
	if strings.ContainsRune(wrong, '\uFFFD') {
		t.Fatal("the sample itself is lossy")
	}
	got, info, err := Decode([]byte(wrong), "")
	if err != nil || got != text || info.Repaired != 1 {
		t.Errorf("got %q %+v %v", got, info, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	noise := make([]byte, 4096)
	for i, x := 0, uint32(7); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	for name, raw := range map[string][]byte{
		"pdf": []byte("%PDF-1.4 ..."), "zip": []byte("PK\x03\x04abc"), "png": {0x89, 'P', 'N', 'G', 13, 10},
		"noise":      noise,
		"high noise": []byte(strings.Repeat("\xFF\xFE\xFF", 400))[1:],
	} {
		if text, info, err := Decode(raw, ""); !fault.Is(err, fault.Unsupported) {
			t.Errorf("%s: got %.20q %+v %v, want unsupported", name, text, info, err)
		}
	}
}

// shared returns the folder of real input, or skips.
func shared(t *testing.T, parts ...string) string {
	t.Helper()
	dir := filepath.Join(append([]string{"..", "..", "..", "..", "shared", "data"}, parts...)...)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("real input %s is not here: test skipped", filepath.Join(parts...))
	}
	return dir
}

func TestDerivedGBKEqualsOriginals(t *testing.T) {
	dir := shared(t, "html-gov", "derived-gbk")
	files, _ := filepath.Glob(filepath.Join(dir, "*.html"))
	if len(files) == 0 {
		t.Skip("no files")
	}
	for _, f := range files {
		raw, _ := os.ReadFile(f)
		got, info, err := Decode(raw, "")
		if err != nil || info.Encoding != "gb18030" && info.Encoding != "utf-8" {
			t.Errorf("%s: %+v %v", filepath.Base(f), info, err)
			continue
		}
		orig, err := os.ReadFile(filepath.Join(filepath.Dir(dir), filepath.Base(f)))
		if err != nil {
			continue
		}
		want, _, err := Decode(orig, "")
		if err != nil {
			t.Errorf("%s: original: %v", filepath.Base(f), err)
			continue
		}
		if a, b := hanOnly(got), hanOnly(want); a != b &&
			(info.Repaired == 0 || max(len(a), len(b))-min(len(a), len(b)) > len(b)/50) {
			t.Errorf("%s: Chinese text differs from the UTF-8 original (%d and %d characters)", filepath.Base(f),
				len(a), len(b))
		}
	}
}

func hanOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if isHan(r) {
			return r
		}
		return -1
	}, s)
}

func TestLegacyEncodings(t *testing.T) {
	files, _ := filepath.Glob(filepath.Join(shared(t, "html-gov", "legacy-encodings"), "*"))
	for _, f := range files {
		raw, _ := os.ReadFile(f)
		want, _, _ := strings.Cut(filepath.Base(f), "__")
		want = canonical(strings.SplitN(want, "_", 2)[0])
		got, info, err := Decode(raw, "")
		if err != nil || info.Encoding != want {
			t.Errorf("%s: %+v %v, want %s", filepath.Base(f), info, err, want)
			continue
		}
		if n := count(got); n.bad > 0 || n.share() < 0.35 && n.han > 20 {
			t.Errorf("%s: garbled: %+v", filepath.Base(f), n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(sample), "gbk")
	f.Add([]byte("\xFF\xFEa\x00"), "")
	f.Add([]byte("\xB0\xA1\xB0"), "big5")
	f.Fuzz(func(t *testing.T, raw []byte, http string) {
		text, info, err := Decode(raw, http)
		if err != nil {
			if fault.KindOf(err) != fault.Unsupported {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		if text != strings.ToValidUTF8(text, "") || info.Encoding == "" {
			t.Fatalf("not valid text: %+v", info)
		}
	})
}
