package editorial

import (
	"slices"
	"testing"

	"guiyi/internal/resource"
	"guiyi/internal/resource/compare"
)

// A change in any part of an edition that a reader sees is shown to the reviewer, also where the text is the same.
func TestEveryPartOfAnEditionIsCompared(t *testing.T) {
	base := func() *resource.Edition {
		return &resource.Edition{
			Title:          "标题",
			Body:           `<p>一句。</p><p><a href="/a">二句。</a></p>`,
			Text:           "一句。\n二句。",
			Document:       &resource.DocumentInfo{DocNo: "〔2026〕1号", Validity: "有效"},
			Interpretation: &resource.InterpretationInfo{Form: "文字"},
		}
	}
	if got := changes(base(), base()); slices.ContainsFunc(got, func(c Change) bool { return c.Kind != compare.Same }) {
		t.Errorf("the same: %+v", got)
	}
	for field, change := range map[string]func(*resource.Edition){
		"标题":   func(e *resource.Edition) { e.Title = "新题" },
		"副标题":  func(e *resource.Edition) { e.Subtitle = "副" },
		"摘要":   func(e *resource.Edition) { e.Summary = "摘要" },
		"来源":   func(e *resource.Edition) { e.Source = "新来源" },
		"作者":   func(e *resource.Edition) { e.Author = "作者" },
		"责任编辑": func(e *resource.Edition) { e.Editor = "编辑" },
		"关键词":  func(e *resource.Edition) { e.Keywords = []string{"供热"} },
		"发布时间": func(e *resource.Edition) { e.PublishedAt = 1_700_000_000_000 },
		"正文":   func(e *resource.Edition) { e.Text = "一句。" },
		"链接和图片": func(e *resource.Edition) {
			e.Body = `<p>一句。</p><p><a href="https://evil.example">二句。</a></p>`
		},
		"封面":   func(e *resource.Edition) { e.Cover = &resource.Media{Hash: "ab", Alt: "图"} },
		"附件":   func(e *resource.Edition) { e.Files = []resource.File{{Name: "表.pdf", Hash: "cd"}} },
		"发文字号": func(e *resource.Edition) { e.Document.DocNo = "〔2026〕2号" },
		"有效性":  func(e *resource.Edition) { e.Document.Validity = "废止" },
		"解读形式": func(e *resource.Edition) { e.Interpretation.Form = "视频" },
		"版式":   func(e *resource.Edition) { e.Body = `<h2>一句。</h2><p><a href="/a">二句。</a></p>` },
	} {
		after := base()
		change(after)
		got := changes(base(), after)
		var differ []string
		for _, c := range got {
			if c.Kind != compare.Same && !slices.Contains(differ, c.Field) {
				differ = append(differ, c.Field)
			}
		}
		if !slices.Equal(differ, []string{field}) {
			t.Errorf("%s: changes in %v: %+v", field, differ, got)
		}
	}
}
