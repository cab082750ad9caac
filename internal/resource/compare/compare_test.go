package compare_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"guiyi/internal/resource/compare"
)

func TestSentences(t *testing.T) {
	for text, want := range map[string][]string{
		"":                      nil,
		" \n\n ":                nil,
		"没有句号":                  {"没有句号"},
		"一。二！三？":                {"一。", "二！", "三？"},
		"标题\n第一条 甲；乙。":          {"标题", "第一条 甲；", "乙。"},
		"他说：“来。”然后走了。":          {"他说：“来。”", "然后走了。"},
		"Version 3.5 stays. 不断": {"Version 3.5 stays. 不断"},
		"\xff。x":                {"\xff。", "x"},
	} {
		if got := compare.Sentences(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestDiff(t *testing.T) {
	long := strings.Repeat("甲。", 3000)
	for name, c := range map[string]struct {
		a, b string
		want []compare.Change
	}{
		"same":       {"一。二。", "一。二。", nil},
		"both empty": {"", "", nil},
		"one changed": {"一。二。三。", "一。二改。三。",
			[]compare.Change{{Removed: []string{"二。"}, Added: []string{"二改。"}}}},
		"added at the end": {"一。", "一。二。", []compare.Change{{Added: []string{"二。"}}}},
		"removed first":    {"一。二。", "二。", []compare.Change{{Removed: []string{"一。"}}}},
		"two places": {"一。二。三。四。", "零。二。三。五。", []compare.Change{
			{Removed: []string{"一。"}, Added: []string{"零。"}}, {Removed: []string{"四。"}, Added: []string{"五。"}}}},
		"moved": {"一。二。三。", "二。三。一。",
			[]compare.Change{{Removed: []string{"一。"}}, {Added: []string{"一。"}}}},
		"all new": {"", "一。", []compare.Change{{Added: []string{"一。"}}}},
	} {
		if got := compare.Diff(c.a, c.b); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := compare.Diff("x。"+long+"y。", "z。"+long+"乙。"); len(got) == 0 {
		t.Error("long texts are the same")
	}
}

func TestKey(t *testing.T) {
	if compare.Key("A", " \n") != "" || compare.Key("A b", "正 文") != compare.Key("ab", "正\u3000文") ||
		compare.Key("A", "正文") == compare.Key("A正", "文") {
		t.Error("keys")
	}
}
