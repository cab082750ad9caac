package charset

import (
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestDecodeParam(t *testing.T) {
	for _, tc := range []struct {
		in, want string
		gb       bool
	}{
		{"", "", false},
		{"heating 2026", "heating 2026", false},
		{"供热", "供热", false},
		{"\xb9\xa9\xc8\xc8", "供热", true},
		{"\xb9\xa9\xc8", "供", true}, // half a character at the end
		{"2026\xc4\xea\xb9\xa9\xc8\xc8 A", "2026年供热 A", true},
		{"\xaa", "", false},
		{"\x95\x32\x82\x36", "𠀀", true}, // four bytes, GB18030 only
		{"\x90\xac", "惉", true},         // GBK, not GB2312
		{"\xd2\xbb", "一", true},         // valid UTF-8 by chance
		{"\xd2\xbb\xb9\xab", "一公", true},
		{"供热\xe4\xbe", "供热", false}, // UTF-8 that was cut off
		{"供热\xe4", "供热", false},
		{"café", "café", false},
		{"мир", "мир", false},
		{"\xff\xfe\x00", "\x00", false},
		{"a\xffb", "ab", false},
	} {
		got, gb := DecodeParam(tc.in)
		if got != tc.want || gb != tc.gb {
			t.Errorf("%q is %q, %v; want %q, %v", tc.in, got, gb, tc.want, tc.gb)
		}
	}
}

// Common words survive the way through GBK whole, whatever they look like as UTF-8.
func TestDecodeParamWords(t *testing.T) {
	for _, word := range []string{"公积金提取", "清河市人民政府", "依法行政", "营商环境", "一网通办", "不动产登记", "联通", "医保报销",
		"低保", "供暖", "户口", "一", "十", "中", "关于印发《办法》的通知"} {
		raw, err := simplifiedchinese.GBK.NewEncoder().String(word)
		if err != nil {
			t.Fatal(err)
		}
		if got, gb := DecodeParam(raw); got != word || !gb {
			t.Errorf("%s: %q %v", word, got, gb)
		}
		if got, gb := DecodeParam(word); got != word || gb {
			t.Errorf("%s as UTF-8: %q %v", word, got, gb)
		}
	}
}

func FuzzDecodeParam(f *testing.F) {
	f.Add("\xb9\xa9")
	f.Fuzz(func(t *testing.T, s string) {
		if got, _ := DecodeParam(s); !utf8.ValidString(got) {
			t.Errorf("%q gives %q", s, got)
		}
	})
}
