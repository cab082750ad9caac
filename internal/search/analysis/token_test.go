package analysis

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func terms(s string, kinds ...Kind) []string {
	var out []string
	for _, t := range Tokens(s) {
		if len(kinds) == 0 || slices.Contains(kinds, t.Kind) {
			out = append(out, t.Term())
		}
	}
	return out
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"清河市ＡＢＣ１２３": "清河市abc123",
		"國務院辦公廳":    "国务院办公厅",
		"①（一）㈡":     "1(一)(二)",
		"e\u0301":   "é",
		"清\u200b河":  "清河",
		"豈":         "岂", // compatibility ideograph, then simplified
		"":          "",
		"𠮶":         "𠮶",
		"㩜":         "㨫",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTokens(t *testing.T) {
	for _, c := range []struct {
		name, in string
		kinds    []Kind
		want     []string
	}{
		{"pairs and characters", "公积金", nil, []string{"公", "公积", "积", "积金", "金"}},
		{"spaced title", "公　 告", []Kind{Bi}, []string{"公告"}},
		{"line end parts", "公\n告", []Kind{Bi}, nil},
		{"punctuation parts", "公，告", []Kind{Bi}, nil},
		{"word parts", "第3季", []Kind{Bi, Word}, []string{"3"}},
		{"latin and digits", "COVID19 5G网络", []Kind{Word}, []string{"covid19", "5g"}},
		{"full width", "ＧＢ／Ｔ２０２６", []Kind{Word}, []string{"gb", "t2026"}},
		{"index number", "11230100MB0001/2026-00018", []Kind{Word},
			[]string{"11230100mb0001", "11230100mb0001202600018", "2026", "00018"}},
		{"telephone", "0450-12345678", []Kind{Word}, []string{"0450", "045012345678", "12345678"}},
		{"date is no code", "2026-11-20", []Kind{Word}, []string{"2026", "11", "20"}},
		{"traditional", "國務院", []Kind{Bi}, []string{"国务", "务院"}},
		{"Mongolian and Tibetan are words", "ᠮᠣᠩᠭᠣᠯ བོད་ཡིག", []Kind{Word}, []string{"ᠮᠣᠩᠭᠣᠯ", "བོད", "ཡིག"}},
		{"ideographic zero", "二〇二六", []Kind{Bi}, []string{"二〇", "〇二", "二六"}},
		{"nothing", " ，。\u200b\xff", nil, nil},
	} {
		if got := terms(c.in, c.kinds...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEveryAdjacentPairIsATerm(t *testing.T) {
	const doc = "各县（区）人民政府，市政府各部门：为贯彻落实國務院辦公廳《关于…的通知》（国办发〔2020〕45号）精神。"
	have := terms(doc, Bi)
	rs := []rune(doc)
	for i := range len(rs) - 1 {
		pair := terms(string(rs[i:i+2]), Bi)
		if len(pair) == 1 && !slices.Contains(have, pair[0]) {
			t.Errorf("pair %q is missing", pair[0])
		}
	}
}

func TestOffsetsPointIntoOriginal(t *testing.T) {
	const doc = "ＡＢＣ國務 院，e\u0301t\u200be ① 国办发［２０２０］０４５号"
	for _, tok := range Tokens(doc) {
		if part := doc[tok.Start:tok.End]; !strings.HasPrefix(Fold(strings.ReplaceAll(part, " ", "")),
			firstRune(tok.Term())) {
			t.Errorf("%q stands for %q", tok.Term(), part)
		}
	}
}

func firstRune(s string) string { _, n := utf8.DecodeRuneInString(s); return s[:n] }

func TestLongWordIsCut(t *testing.T) {
	got := terms(strings.Repeat("a1", 500))
	if len(got) != 1 || len(got[0]) != maxWord {
		t.Errorf("%q", got)
	}
}

func TestTableIsApplied(t *testing.T) {
	if n := utf8.RuneCountInString(t2sPairs); n%2 != 0 || n < 6000 {
		t.Fatalf("%d characters in the table", n)
	}
	if got := Fold("龍龜鬱籲臺灣裏髮發麵"); got != "龙龟郁吁台湾里发发面" {
		t.Errorf("%q", got)
	}
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"国办发〔2020〕45号", "e\u0301\u0301", "\xff\xfe公", "第号〔〕", "a-b-c/1234567890", "公　告"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, tok := range Tokens(s) {
			if tok.Start < 0 || tok.End > len(s) || tok.Start >= tok.End {
				t.Fatalf("%q: range %d..%d of %d", tok.Term(), tok.Start, tok.End, len(s))
			}
			if term := tok.Term(); term == "" || !utf8.ValidString(term) {
				t.Fatalf("term %q", term)
			}
		}
		for _, ref := range Numbers(s) {
			if ref.Start < 0 || ref.End > len(s) || ref.Start >= ref.End || len(ref.Terms) == 0 {
				t.Fatalf("%+v", ref)
			}
		}
		NormalNumber(s)
	})
}

func BenchmarkTokens(b *testing.B) {
	doc := strings.Repeat("各县（区）人民政府，市政府各部门：为贯彻落实国务院办公厅关于2026年稳就业的通知精神，", 100)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		Tokens(doc)
	}
}
