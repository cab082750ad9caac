package search_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"guiyi/internal/search"
)

func TestUnderstand(t *testing.T) {
	for text, want := range map[string]search.Understanding{
		"公积金":                    {Text: "公积金"},
		"殘疾人補貼":                  {Text: "残疾人补贴", Changed: true},
		"请问高龄津贴怎么办理？":            {Text: "高龄津贴", Changed: true},
		"ＡＢＣ１２３":                 {Text: "abc123", Changed: true},
		"Heating":                {Text: "heating"},
		"“公积金” 提取":               {Text: "公积金 提取"},
		"":                       {Empty: true},
		"？！":                     {Text: "?!", Empty: true},
		strings.Repeat("供", 300): {Text: strings.Repeat("供", search.MaxText), Changed: false},
	} {
		got := search.Understand(text)
		if got.Text != want.Text || got.Changed != want.Changed || got.Empty != want.Empty {
			t.Errorf("%.40q: %+v", text, got)
		}
	}
	if got := search.Understand("清政发[2026]018号"); len(got.Numbers) != 1 || got.Empty {
		t.Errorf("%+v", got)
	}
}

// TestSuggest: spellings come from the index and find documents under the filters of the query; the best comes first.
func TestSuggest(t *testing.T) {
	x := opened(t, t.TempDir())
	for i, title := range []string{"住房公积金提取办法", "公积金贷款", "公积金中心搬迁", "公务员招录公告", "老年人高龄津贴申领",
		"高龄津贴发放标准", "高山滑雪场", "老年大学"} {
		id := int64(i + 1)
		doc := search.Document{ID: fmt.Sprint(i), ItemID: id, Title: title, Type: "公告", PublishedAt: id,
			Places: []search.Place{{Site: "qinghe", URL: "/" + fmt.Sprint(i)}}}
		if i == 1 {
			doc.Type = "解读"
		}
		if _, err := x.Upsert(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		name string
		q    search.Query
		want string // of the first; "" none
		n    int64
	}{
		{"in the middle", search.Query{Text: "公极金"}, "公积金", 3},
		{"at the end", search.Query{Text: "高龄津帖"}, "高龄津贴", 2},
		{"at the start", search.Query{Text: "糕龄津贴"}, "高龄津贴", 2},
		{"left out", search.Query{Text: "高龄津津贴"}, "高龄津贴", 2},
		{"turned round", search.Query{Text: "高津龄贴"}, "高龄津贴", 2},
		{"traditional beside a mistake", search.Query{Text: "高齡津帖"}, "高龄津贴", 2},
		{"words of asking beside it", search.Query{Text: "请问公极金怎么办理"}, "公积金", 3},
		{"with a filter", search.Query{Text: "公极金", Type: "解读"}, "公积金", 1},
		{"nothing under the filter", search.Query{Text: "高龄津帖", Type: "解读"}, "", 0},
		{"nothing wrong", search.Query{Text: "公积金"}, "", 0},
		{"nothing alike", search.Query{Text: "量子纠缠"}, "", 0},
		{"one character", search.Query{Text: "龙"}, "", 0},
		{"letters", search.Query{Text: "abcdefg"}, "", 0},
		{"signs", search.Query{Text: "？？"}, "", 0},
		{"a whole sentence", search.Query{Text: strings.Repeat("公极金提取办法在哪", 3)}, "", 0},
	} {
		got, err := x.Suggest(t.Context(), tc.q)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case tc.want == "" && len(got) > 0, tc.want != "" && len(got) == 0, len(got) > 3:
			t.Errorf("%s: %v", tc.name, got)
		case tc.want != "" && (got[0].Text != tc.want || got[0].Total != tc.n):
			t.Errorf("%s: %v, want %s with %d", tc.name, got, tc.want, tc.n)
		}
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Suggest(gone, search.Query{Text: "公极金"}); err == nil {
		t.Error("goes on after it was cancelled")
	}
}
