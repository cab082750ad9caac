package typo

import (
	"strings"
	"testing"

	"guiyi/internal/lexicon/words"
)

func found(text string) (out []string) {
	r := []rune(text)
	for _, s := range New(words.Default()).Find(r) {
		out = append(out, string(r[s.From:s.To])+">"+s.With)
	}
	return out
}

func TestFind(t *testing.T) {
	for text, want := range map[string]string{
		"坚持实事球是，加强监督捡查":    "实事球是>实事求是 捡查>检查",
		"提高服务质亮":           "服务质亮>服务质量",
		"摩托车驾驶人应当佩戴头盔":     "",
		"模托车驾驶人应当佩戴头盔":     "模托车>摩托车",
		"各级人民政府应当依法履行职责":   "",
		"工程款壹佰万元":          "", // numerals of amounts
		"含浦镇的道路":           "", // a place that the list does not have
		"村民孙力军反映":          "", // a name
		"":                 "",
		"abc 123，。":        "",
		"他也会来，给他一份，还会再来一次": "", // words of one character side by side
	} {
		if got := strings.Join(found(text), " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestReason(t *testing.T) {
	s := New(words.Default()).Find([]rune("乘坐模托车"))
	if len(s) != 1 || !strings.Contains(s[0].Reason, "模托车") || !strings.Contains(s[0].Reason, "摩托车") || s[0].Gain <= 0 {
		t.Errorf("%+v", s)
	}
}

// TestBounded: long runs and many mistakes give a bounded number. The time limit of the tests ends what does not end.
func TestBounded(t *testing.T) {
	for _, text := range []string{strings.Repeat("档", 30_000), strings.Repeat("模托车的", 5_000)} {
		if n := len(New(words.Default()).Find([]rune(text))); n > maxFound {
			t.Errorf("%d suggestions", n)
		}
	}
}

func TestBlurred(t *testing.T) {
	for _, c := range [][2]string{{"zhang", "zan"}, {"ning", "lin"}, {"shi", "si"}} {
		if blurred(c[0]) != blurred(c[1]) {
			t.Errorf("%s and %s: %s, %s", c[0], c[1], blurred(c[0]), blurred(c[1]))
		}
	}
	if blurred("ma") == blurred("mu") || blurred("") != "" {
		t.Error("different sounds are one")
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"正档原则", "\xff", "𠀀中", strings.Repeat("正档", 30)} {
		f.Add(s)
	}
	m := New(words.Default())
	f.Fuzz(func(t *testing.T, s string) {
		text, end := []rune(s), 0
		for _, x := range m.Find(text) {
			if x.From < end || x.To > len(text) || x.From >= x.To || len([]rune(x.With)) != x.To-x.From {
				t.Fatalf("%q: %+v after %d", s, x, end)
			}
			end = x.To
		}
	})
}
