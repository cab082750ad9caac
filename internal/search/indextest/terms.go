package indextest

import (
	"context"
	"slices"
	"testing"

	"guiyi/internal/search"
)

func terms(t *testing.T, open Open) {
	d := started(t, open,
		entry("a", 1, "公告", map[string]int{"公积": 3, "积金": 3, "公告": 1, "公a": 1, "abc": 1}),
		entry("b", 2, "公告", map[string]int{"公积": 1, "办公": 1, "公𠀀": 1, "公": 1}),
	)
	another := entry("c", 3, "解读", map[string]int{"公积": 1, "市公": 1})
	apply(t, d, search.Batch{Put: []search.Entry{another}}) // a segment of its own
	for _, tc := range []struct {
		field   string
		pattern []rune
		want    []search.Count
	}{
		{search.FieldPairs, []rune{'公', 0}, []search.Count{{Value: "公积", N: 3}, {Value: "公告", N: 1}}},
		{search.FieldPairs, []rune{0, '公'}, []search.Count{{Value: "办公", N: 1}, {Value: "市公", N: 1}}},
		{search.FieldPairs, []rune("积金"), []search.Count{{Value: "积金", N: 1}}},
		{search.FieldPairs, []rune("金积"), nil},
		{search.FieldPairs, []rune("abc"), []search.Count{{Value: "abc", N: 1}}},
		{search.FieldPairs, []rune("ab"), nil},
		{search.FieldPairs, []rune{'𠀀', 0}, nil},
		{search.FieldTitle, []rune{0, '目'}, []search.Count{{Value: "题目", N: 3}}},
		{"none", []rune{0, 0}, nil},
	} {
		got, err := d.Terms(t.Context(), tc.field, tc.pattern)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, func(a, b search.Count) int {
			if a.N != b.N {
				return int(b.N - a.N)
			}
			return slices.Compare([]rune(b.Value), []rune(a.Value))
		})
		want := slices.Clone(tc.want)
		slices.SortFunc(want, func(a, b search.Count) int {
			if a.N != b.N {
				return int(b.N - a.N)
			}
			return slices.Compare([]rune(b.Value), []rune(a.Value))
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s %q: %v, want %v", tc.field, string(tc.pattern), got, want)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Terms(gone, search.FieldPairs, []rune{'公', 0}); err == nil {
		t.Error("goes on after it was cancelled")
	}
}
