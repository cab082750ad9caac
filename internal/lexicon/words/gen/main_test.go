package main

import (
	"slices"
	"testing"
)

func TestWordLines(t *testing.T) {
	got := wordLines("中国 1000 ns\n中国 20 n\n罕见 2 n\nAB型 9 n\n一二三四五六七八 9 n\n工作 3\n坏行\n")
	if !slices.Equal(got, []string{"中国=", "工作%"}) {
		t.Errorf("%q", got)
	}
}

func TestPinyinLines(t *testing.T) {
	got := pinyinLines("0x4E00: \"yī\",\n0x884C: \"xíng,háng,hàng\",\n0x20000: \"x\",\n0x5973: \"nǚ,rǔ\",\n")
	if !slices.Equal(got, []string{"一yi", "女nv,ru", "行xing,hang"}) {
		t.Errorf("%q", got)
	}
}

func TestRunRefuses(t *testing.T) {
	if run("", "", nil) == nil || run("", "", []string{"none", "none"}) == nil {
		t.Error("accepted")
	}
}
