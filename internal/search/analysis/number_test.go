package analysis

import (
	"slices"
	"testing"
)

func TestNumberInAnyBrackets(t *testing.T) {
	const want = "国办发2020#45"
	for _, s := range []string{
		"国办发〔2020〕45号", "国办发[2020]45号", "国办发（2020）45号", "国办发(2020)45 号", "国办发【2020】45号",
		"国办发﹝2020﹞045号", "国办发〔２０２０〕４５号", "國辦發〔2020〕45號", "国办发 〔 2020 〕 第 45 号", "国办发［2020］第045号",
		"国办发〈2020〉45号", "国办发《2020》45号", "国办发2020年45号", "国办发2020-45号", "国办发〖2020〗45号",
	} {
		if got := NormalNumber(s); got != want {
			t.Errorf("NormalNumber(%q) = %q", s, got)
		}
		if !slices.Contains(terms("根据"+s+"文件", Number), want) {
			t.Errorf("%q: not among %q", s, terms("根据"+s+"文件", Number))
		}
		refs := Numbers("请问" + s + "的内容")
		if len(refs) != 1 || !slices.Contains(refs[0].Terms, want) {
			t.Errorf("Numbers(%q) = %+v", s, refs)
		}
	}
}

func TestTypedNumbers(t *testing.T) {
	for in, want := range map[string][]string{
		"国办发2020 45":        {"国办发2020#45"},
		"国办发2020-45":        {"国办发2020#45"},
		"国办发〔2020〕45":       {"国办发2020#45"},
		"国务院令第123号":         {"国务院令#123", "务院令#123"},
		"税务总公告2020年第45号":    {"税务总公告2020#45", "务总公告2020#45", "总公告2020#45"},
		"第3号":               nil,
		"2020 45":           nil,
		"电话12345":           nil,
		"教育2023":            nil,
		"〔2020〕45号":         nil,
		"国办发〔20〕45号":        nil,
		"国办发〔2020〕000号":     nil,
		"国办发〔2020〕99999999": nil,
	} {
		refs := Numbers(in)
		var got []string
		if len(refs) > 0 {
			got = refs[0].Terms
		}
		if !slices.Equal(got, want) {
			t.Errorf("Numbers(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestRefRange(t *testing.T) {
	const q = "请看国办发〔2020〕45 号，谢谢"
	refs := Numbers(q)
	if len(refs) != 1 || q[refs[0].Start:refs[0].End] != "请看国办发〔2020〕45 号" {
		t.Fatalf("%+v", refs)
	}
}

func TestNormalNumberOfCodes(t *testing.T) {
	for in, want := range map[string]string{
		"000014349/2020-00123":      "000014349202000123",
		"11230100MB0001/2026-00018": "11230100mb0001202600018",
		" ":                         "",
		"——":                        "",
		"国务院令第 123 号":               "国务院令#123",
	} {
		if got := NormalNumber(in); got != want {
			t.Errorf("NormalNumber(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNumbersInARow(t *testing.T) {
	refs := Numbers("清政发〔2026〕1号清政办发〔2026〕2号")
	if len(refs) != 2 || refs[0].End > refs[1].Start || !slices.Contains(refs[1].Terms, "清政办发2026#2") {
		t.Errorf("%+v", refs)
	}
}
